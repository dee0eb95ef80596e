import assert from "node:assert/strict";
import { test } from "node:test";
import { fetchInstanceCredentials, openImdsSession } from "../../src/clouds/aws/imds.ts";
import type { Milliseconds } from "../../src/core/time.ts";
import type { World } from "../../src/core/world.ts";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import { type Exchange, failure, inWorld, json, text } from "../support/world.ts";

const resolveInNode = async (world: World) =>
  fetchInstanceCredentials(await openImdsSession(world), undefined);

const V4 = "http://169.254.169.254";
const V6 = "http://[fd00:ec2::254]";
const PATH = "/latest/meta-data/iam/security-credentials/";

const token = (origin: string, answer: Exchange["answer"], after = 1): Exchange => ({
  ask: `PUT ${origin}/latest/api/token`,
  answer,
  after,
  times: Number.POSITIVE_INFINITY,
});
const keys = (origin: string): readonly Exchange[] => [
  { ask: `GET ${origin}${PATH}`, answer: text("node-role\n") },
  {
    ask: `GET ${origin}${PATH}node-role`,
    answer: json({
      Code: "Success",
      AccessKeyId: "K",
      SecretAccessKey: "s",
      Token: "t",
      Expiration: "2999-01-01T00:00:00Z",
    }),
  },
];
const OK = text("token");
const fails = (code: ErrorCode): Exchange["answer"] => ({ fails: code });

interface Race {
  readonly what: string;
  readonly v4: readonly [answer: Exchange["answer"], after?: Milliseconds];
  readonly v6: readonly [answer: Exchange["answer"], after?: Milliseconds];
  /** The address that provides the credentials, or the error code. */
  readonly ends: typeof V4 | typeof V6 | ErrorCode;
  readonly by: Milliseconds;
}

const RACES: readonly Race[] = [
  { what: "IPv4 responds at once", v4: [OK], v6: [OK], ends: V4, by: 250 },
  { what: "IPv4 has no route", v4: [fails("network-unreachable")], v6: [OK], ends: V6, by: 300 },
  { what: "IPv4 does not respond", v4: [OK, 60_000], v6: [OK], ends: V6, by: 300 },
  {
    what: "IPv4 is slow and IPv6 has no route",
    v4: [OK, 900],
    v6: [fails("network-unreachable")],
    ends: V4,
    by: 1000,
  },
  { what: "IPv4 is slow and IPv6 does not respond", v4: [OK, 900], v6: [OK, 60_000], ends: V4, by: 1000 },
  {
    what: "IPv4 refuses and IPv6 has no route",
    v4: [fails("connection-refused")],
    v6: [fails("network-unreachable")],
    ends: "metadata-refused",
    by: 2000,
  },
  {
    what: "IPv4 refuses and IPv6 does not respond",
    v4: [fails("connection-refused")],
    v6: [fails("connect-timeout"), 1000],
    ends: "metadata-refused",
    by: 2000,
  },
  {
    what: "IPv4 does not respond and IPv6 has no route",
    v4: [fails("connect-timeout"), 1000],
    v6: [fails("network-unreachable")],
    ends: "metadata-timeout",
    by: 15_000,
  },
  {
    what: "neither responds",
    v4: [fails("connect-timeout"), 1000],
    v6: [fails("connect-timeout"), 1000],
    ends: "metadata-timeout",
    by: 15_000,
  },
  { what: "IPv4 responds with 403", v4: [text("", 403)], v6: [OK], ends: "metadata-forbidden", by: 250 },
];
for (const { what, v4, v6, ends, by } of RACES)
  test(`the race of addresses ends with ${ends} within ${by} ms if ${what}`, () => {
    const exchanges = [token(V4, ...v4), token(V6, ...v6), ...(ends === V4 || ends === V6 ? keys(ends) : [])];
    return inWorld({ exchanges }, async (world) => {
      if (ends !== V4 && ends !== V6) assert.equal((await failure(resolveInNode(world))).code, ends);
      else assert.equal((await resolveInNode(world)).source, "instance role node-role");
      assert.ok(world.elapsed() <= by, `${world.elapsed()} ms`);
      for (const { proxy } of world.requests) assert.equal(proxy, undefined);
    });
  });

for (const [mode, origin] of [
  ["IPv4", V4],
  ["ipv6", V6],
] as const)
  test(`requests only ${origin} in mode ${mode}`, () =>
    inWorld(
      {
        env: { AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: mode },
        exchanges: [token(origin, OK), ...keys(origin)],
      },
      async (world) => {
        await resolveInNode(world);
        assert.ok(world.asked.every((ask) => ask.includes(origin)));
      },
    ));

const ROLE = `GET ${V4}${PATH}`;
const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: "IPv4" } as const;

test("waits for a role that appears shortly after boot", () =>
  inWorld(
    { env, exchanges: [token(V4, OK), { ask: ROLE, answer: text("", 404), times: 3 }, ...keys(V4)] },
    async (world) => {
      assert.equal((await resolveInNode(world)).accessKeyId, "K");
    },
  ));

test("reports an instance without a role if none appears within 5 s", () =>
  inWorld(
    {
      env,
      exchanges: [token(V4, OK), { ask: ROLE, answer: text("", 404), times: Number.POSITIVE_INFINITY }],
    },
    async (world) => {
      assert.equal((await failure(resolveInNode(world))).code, "aws-instance-has-no-role");
      assert.ok(world.elapsed() <= 5100, `${world.elapsed()} ms`);
    },
  ));

test("never falls back to IMDSv1, whatever IMDSv2 responds", async () => {
  for (const status of [400, 403, 404, 405, 410, 500])
    await inWorld({ env, exchanges: [token(V4, text("", status))] }, async (world) => {
      await failure(resolveInNode(world));
      assert.ok(
        world.asked.every((ask) => ask.startsWith("PUT ")),
        `${world.asked}`,
      );
    });
});
