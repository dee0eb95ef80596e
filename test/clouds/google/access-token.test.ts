import assert from "node:assert/strict";
import { test } from "node:test";
import { fetchGoogleAccessToken } from "../../../src/clouds/google/access-token.ts";
import type { Milliseconds } from "../../../src/core/time.ts";
import type { Environment } from "../../../src/core/world.ts";
import type { ErrorCode } from "../../../src/errors/provider-error.ts";
import { type Answer, type Exchange, failure, inWorld, json, text } from "../../support/world.ts";

const ORIGIN = "http://169.254.169.254";
const HERE: Environment = { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "google" };
const PUBLIC = "googleapis.com";
const FLAVOR = { "metadata-flavor": "Google" };
const IDENTITY = "the instance's service account";
const SCOPES = "scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdevstorage.read_only";

const google = (answer: Answer): Answer => ({ ...answer, headers: { ...answer.headers, ...FLAVOR } });
const universe = (answer: Answer, origin = ORIGIN): Exchange => ({
  ask: `GET ${origin}/computeMetadata/v1/universe/universe-domain`,
  headers: FLAVOR,
  answer: google(answer),
});
const token = (answer: Answer, origin = ORIGIN): Exchange => ({
  ask: `GET ${origin}/computeMetadata/v1/instance/service-accounts/default/token?${SCOPES}`,
  headers: FLAVOR,
  answer: google(answer),
});
/** A response of another server at the address: without Google's header. */
const unnamed = (exchange: Exchange, answer: Answer): Exchange => ({ ...exchange, answer });
const lives = (seconds: unknown, access_token: unknown = "ya29.x") =>
  token(json({ access_token, expires_in: seconds, token_type: "Bearer" }));

const now = Date.now();

interface Row {
  readonly what: string;
  readonly env?: Environment;
  readonly universe?: string;
  readonly exchanges: readonly Exchange[];
  readonly ends: "token" | ErrorCode;
  /** Virtual milliseconds. */
  readonly by?: Milliseconds;
}

const NONE = universe(text("", 404));
const ROWS: readonly Row[] = [
  {
    what: "a metadata server that does not know its universe",
    exchanges: [NONE, lives(3599)],
    ends: "token",
  },
  {
    what: "a metadata server of the public universe",
    exchanges: [universe(text(PUBLIC)), lives(3599)],
    ends: "token",
  },
  {
    what: "a node and an image of the same partner universe",
    universe: "apis-x.goog",
    exchanges: [universe(text("apis-x.goog")), lives(3599)],
    ends: "token",
  },
  {
    what: "a node of a partner universe and a public image",
    exchanges: [universe(text("apis-x.goog"))],
    ends: "google-universe-mismatch",
  },
  {
    what: "a public node and an image of a partner universe",
    universe: "apis-x.goog",
    exchanges: [NONE],
    ends: "google-universe-mismatch",
  },
  {
    what: "a universe with two lines",
    exchanges: [universe(text(`${PUBLIC}\nx`))],
    ends: "google-universe-mismatch",
  },
  {
    what: "a short-lived token, which is requested again after 2 s",
    exchanges: [NONE, lives(30), lives(3599)],
    ends: "token",
  },
  {
    what: "a second token that is short-lived too",
    exchanges: [NONE, lives(30), lives(28)],
    ends: "token",
  },
  {
    what: "a token with 30 s left, if one more attempt fails",
    exchanges: [NONE, lives(30), token(text("", 503))],
    ends: "token",
    by: 2100,
  },
  {
    what: "a token with 30 s left, if the next attempt is throttled",
    exchanges: [NONE, lives(30), token({ ...text("", 429), headers: { "retry-after": "5" } })],
    ends: "token",
    by: 2100,
  },
  {
    what: "a token with 30 s left, if the next attempt times out",
    exchanges: [NONE, lives(30), { ...lives(3599), after: 60_000 }],
    ends: "token",
    by: 4100,
  },
  {
    what: "a token with 30 s left, if the next connection is refused",
    exchanges: [NONE, lives(30), { ...lives(3599), answer: { fails: "connection-refused" } }],
    ends: "token",
    by: 2100,
  },
  {
    what: "a token with 30 s left, if the next response is malformed",
    exchanges: [NONE, lives(30), lives("long")],
    ends: "token",
  },
  {
    what: "a token with 30 s left, if the next token has expired",
    exchanges: [NONE, lives(30), lives(0)],
    ends: "token",
  },
  {
    what: "a token that is about to expire, if the next one needs retries",
    exchanges: [NONE, lives(5), { ...token(text("", 503)), times: 3 }, lives(3599)],
    ends: "token",
  },
  {
    what: "a token that is about to expire, if there is no other",
    exchanges: [NONE, lives(5), { ...token(text("", 503)), times: Number.POSITIVE_INFINITY }],
    ends: "metadata-not-ready",
    by: 15_100,
  },
  {
    what: "two tokens that are about to expire",
    exchanges: [NONE, lives(5), lives(3)],
    ends: "token-expired",
  },
  { what: "a token with a lifetime of 0", exchanges: [NONE, lives(0), lives(0)], ends: "token-expired" },
  { what: "an expired token", exchanges: [NONE, lives(-5), lives(-5)], ends: "token-expired" },
  {
    what: "a token without a lifetime",
    exchanges: [NONE, lives(undefined)],
    ends: "response-malformed",
  },
  { what: "a token whose lifetime is a word", exchanges: [NONE, lives("long")], ends: "response-malformed" },
  { what: "a token with an absurd lifetime", exchanges: [NONE, lives(1e99)], ends: "response-malformed" },
  { what: "an empty token", exchanges: [NONE, lives(3599, "")], ends: "response-malformed" },
  {
    what: "an instance without a service account",
    exchanges: [NONE, token(text("", 404))],
    ends: "google-instance-has-no-service-account",
  },
  {
    what: "a 404 for the universe without Metadata-Flavor",
    exchanges: [unnamed(NONE, text("", 404))],
    ends: "metadata-wrong-service",
  },
  {
    what: "a 404 for the token without Metadata-Flavor",
    exchanges: [NONE, unnamed(lives(3599), text("", 404))],
    ends: "metadata-wrong-service",
  },
  {
    what: "a 404 with another Metadata-Flavor",
    exchanges: [NONE, unnamed(lives(3599), { status: 404, headers: { "metadata-flavor": "Other" } })],
    ends: "metadata-wrong-service",
  },
  {
    what: "a universe without Metadata-Flavor",
    exchanges: [unnamed(NONE, text(PUBLIC))],
    ends: "metadata-wrong-service",
  },
  {
    what: "a token without Metadata-Flavor",
    exchanges: [NONE, unnamed(lives(3599), json({ access_token: "ya29.x", expires_in: 3599 }))],
    ends: "metadata-wrong-service",
  },
  {
    what: "a 403 without Metadata-Flavor",
    exchanges: [NONE, unnamed(lives(3599), text("", 403))],
    ends: "metadata-forbidden",
  },
  {
    what: "a metadata server that keeps throttling",
    exchanges: [NONE, { ...token(text("", 429)), times: Number.POSITIVE_INFINITY }],
    ends: "throttled",
    by: 15_100,
  },
  { what: "a 403", exchanges: [NONE, token(text("", 403))], ends: "metadata-forbidden" },
  {
    what: "a metadata server at GCE_METADATA_HOST",
    env: { GCE_METADATA_HOST: "127.0.0.1:8080" },
    exchanges: [
      universe(text("", 404), "http://127.0.0.1:8080"),
      token(json({ access_token: "ya29.x", expires_in: 3599 }), "http://127.0.0.1:8080"),
    ],
    ends: "token",
  },
  {
    what: "an invalid GCE_METADATA_HOST",
    env: { GCE_METADATA_HOST: "a b" },
    exchanges: [],
    ends: "environment-invalid",
  },
  {
    what: "a single word as GCE_METADATA_HOST, which may be a secret and is not looked up",
    env: { GCE_METADATA_HOST: "hunter2-canary" },
    exchanges: [],
    ends: "environment-invalid",
  },
  {
    what: "the short name metadata as GCE_METADATA_HOST",
    env: { GCE_METADATA_HOST: "metadata" },
    exchanges: [
      universe(text("", 404), "http://metadata"),
      token(json({ access_token: "ya29.x", expires_in: 3599 }), "http://metadata"),
    ],
    ends: "token",
  },
  {
    what: "a GCE_METADATA_HOST with a password",
    env: { GCE_METADATA_HOST: "a:b@127.0.0.1" },
    exchanges: [],
    ends: "environment-invalid",
  },
  {
    what: "a node of another cloud",
    env: { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "aws" },
    exchanges: [],
    ends: "platform-mismatch",
  },
];

const NODE = {
  pod: undefined,
  credentialSource: { kind: "node" },
  impersonate: undefined,
  endpoints: {},
} as const;
const noSubject = () => assert.fail("a subject token was asked for");

for (const { what, env = HERE, universe: wanted = PUBLIC, exchanges, ends, by } of ROWS)
  test(`Google's node token: ${ends === "token" ? "returns a token" : `fails with ${ends}`} for ${what}`, () =>
    inWorld({ env, exchanges, now }, async (world) => {
      if (ends !== "token") {
        const error = await failure(fetchGoogleAccessToken(wanted, NODE, noSubject, world));
        assert.deepEqual([error.code, error.facts.identity ?? IDENTITY], [ends, IDENTITY]);
        assert.ok(world.elapsed() <= (by ?? 15_000), `${world.elapsed()} ms`);
        return;
      }
      const found = await fetchGoogleAccessToken(wanted, NODE, noSubject, world);
      assert.ok(world.elapsed() <= (by ?? 15_000), `${world.elapsed()} ms`);
      assert.equal(found.token.expose(), "ya29.x");
      assert.ok(Number(found.expiresAt) > world.now());
      for (const { proxy } of world.requests) assert.equal(proxy, undefined);
    }));
