import assert from "node:assert/strict";
import { test } from "node:test";
import { SECOND } from "../../src/core/time.ts";
import { Egress } from "../../src/egress/egress.ts";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import {
  type Answer,
  type Exchange,
  failure,
  type HttpResponse,
  inWorld,
  json,
  text,
} from "../support/world.ts";

const TOKEN = { origin: "https://api.example", kind: "token", stage: "token" } as const;
const METADATA = { origin: "http://169.254.169.254", kind: "metadata", stage: "identity" } as const;
const PATH = { token: "https://api.example/x?secret=1", metadata: "http://169.254.169.254/x?secret=1" };
const GET = (url: string) => ({ method: "GET", url: new URL(url), headers: {} }) as const;
const OK = json({ fine: true });

const ask = (
  kind: "token" | "metadata",
  answer: Exchange["answer"],
  more: Partial<Exchange> = {},
): Exchange => ({
  ask: `GET ${PATH[kind]}`,
  answer,
  ...more,
});

/** A kind, what is answered for ever, and how it must end: code, tries, and no later than (virtual ms). */
interface Patience {
  readonly what: string;
  readonly kind: "token" | "metadata";
  readonly answer: Exchange["answer"];
  readonly after?: number;
  /** A status that is handed back, or the code that is thrown. */
  readonly ends: number | ErrorCode;
  readonly by: number;
  readonly tries: "one" | "several";
}

const fails = (code: ErrorCode): Exchange["answer"] => ({ fails: code });
const PATIENCE: readonly Patience[] = [
  {
    what: "a refused connection",
    kind: "metadata",
    answer: fails("connection-refused"),
    ends: "metadata-refused",
    by: 1500,
    tries: "several",
  },
  {
    what: "no route",
    kind: "metadata",
    answer: fails("network-unreachable"),
    ends: "metadata-refused",
    by: 1500,
    tries: "several",
  },
  {
    what: "no connection",
    kind: "metadata",
    answer: fails("connection-silent"),
    after: 1000,
    ends: "metadata-silent",
    by: 15_000,
    tries: "several",
  },
  {
    what: "no answer",
    kind: "metadata",
    answer: OK,
    after: 60_000,
    ends: "metadata-silent",
    by: 15_000,
    tries: "several",
  },
  {
    what: "a broken connection",
    kind: "metadata",
    answer: fails("connection-lost"),
    ends: "metadata-not-ready",
    by: 15_000,
    tries: "several",
  },
  { what: "500", kind: "metadata", answer: text("", 500), ends: 500, by: 15_000, tries: "several" },
  { what: "503", kind: "metadata", answer: text("", 503), ends: 503, by: 15_000, tries: "several" },
  { what: "408", kind: "metadata", answer: text("", 408), ends: 408, by: 15_000, tries: "several" },
  { what: "429", kind: "metadata", answer: text("", 429), ends: 429, by: 15_000, tries: "several" },
  { what: "400", kind: "metadata", answer: text("", 400), ends: 400, by: 10, tries: "one" },
  { what: "403", kind: "metadata", answer: text("", 403), ends: 403, by: 10, tries: "one" },
  { what: "404", kind: "metadata", answer: text("", 404), ends: 404, by: 10, tries: "one" },
  {
    what: "an answer that is too large",
    kind: "metadata",
    answer: fails("answer-too-large"),
    ends: "answer-too-large",
    by: 10,
    tries: "one",
  },
  {
    what: "a redirect",
    kind: "metadata",
    answer: text("", 302),
    ends: "metadata-foreign",
    by: 10,
    tries: "one",
  },

  {
    what: "a refused connection",
    kind: "token",
    answer: fails("connection-refused"),
    ends: "connection-refused",
    by: 3000,
    tries: "several",
  },
  {
    what: "no name",
    kind: "token",
    answer: fails("dns-failed"),
    ends: "dns-failed",
    by: 3000,
    tries: "several",
  },
  {
    what: "no proxy",
    kind: "token",
    answer: fails("proxy-unreachable"),
    ends: "proxy-unreachable",
    by: 3000,
    tries: "several",
  },
  {
    what: "no route",
    kind: "token",
    answer: fails("network-unreachable"),
    ends: "network-unreachable",
    by: 3000,
    tries: "several",
  },
  {
    what: "a broken connection",
    kind: "token",
    answer: fails("connection-lost"),
    ends: "connection-lost",
    by: 5000,
    tries: "several",
  },
  {
    what: "no TLS",
    kind: "token",
    answer: fails("tls-failed"),
    ends: "tls-failed",
    by: 5000,
    tries: "several",
  },
  {
    what: "no connection",
    kind: "token",
    answer: fails("connection-silent"),
    after: 3000,
    ends: "connection-silent",
    by: 30_000,
    tries: "several",
  },
  {
    what: "no answer",
    kind: "token",
    answer: OK,
    after: 60_000,
    ends: "answer-timeout",
    by: 30_000,
    tries: "several",
  },
  {
    what: "an untrusted certificate",
    kind: "token",
    answer: fails("tls-untrusted"),
    ends: "tls-untrusted",
    by: 10,
    tries: "one",
  },
  {
    what: "a certificate of another name",
    kind: "token",
    answer: fails("tls-wrong-name"),
    ends: "tls-wrong-name",
    by: 10,
    tries: "one",
  },
  {
    what: "a proxy that refuses",
    kind: "token",
    answer: fails("proxy-refused"),
    ends: "proxy-refused",
    by: 10,
    tries: "one",
  },
  {
    what: "a proxy that wants a password",
    kind: "token",
    answer: fails("proxy-authentication"),
    ends: "proxy-authentication",
    by: 10,
    tries: "one",
  },
  { what: "408", kind: "token", answer: text("", 408), ends: 408, by: 5000, tries: "several" },
  { what: "429", kind: "token", answer: text("", 429), ends: 429, by: 43_000, tries: "several" },
  {
    what: "429 and Retry-After: 1",
    kind: "token",
    answer: { status: 429, headers: { "retry-after": "1" } },
    ends: 429,
    by: 43_000,
    tries: "several",
  },
  { what: "500", kind: "token", answer: text("", 500), ends: 500, by: 5000, tries: "several" },
  { what: "599", kind: "token", answer: text("", 599), ends: 599, by: 5000, tries: "several" },
  ...[400, 401, 403, 404, 409, 410, 418].map(
    (status): Patience => ({
      what: `${status}`,
      kind: "token",
      answer: text("", status),
      ends: status,
      by: 10,
      tries: "one",
    }),
  ),
];

for (const { what, kind, answer, after, ends, by, tries } of PATIENCE)
  test(`${kind} that has ${what} for ever ends in ${ends} after ${tries} ${tries === "one" ? "try" : "tries"} within ${by / SECOND} s`, () =>
    inWorld(
      { exchanges: [ask(kind, answer, { times: Infinity, ...(after === undefined ? {} : { after }) })] },
      async (world) => {
        const destination = kind === "token" ? TOKEN : METADATA;
        const egress = new Egress(world, [destination]);
        if (typeof ends === "number") assert.equal((await egress.send(GET(PATH[kind]))).status, ends);
        else {
          const error = await failure(egress.send(GET(PATH[kind])));
          assert.equal(error.code, ends);
          assert.deepEqual([error.facts.tries, error.facts.stage], [world.asked.length, destination.stage]);
        }
        assert.ok(tries === "one" ? world.asked.length === 1 : world.asked.length > 1, `${world.asked}`);
        assert.ok(world.elapsed() <= by, `${world.elapsed()} ms`);
      },
    ));

test("what fails first and then answers is an answer", () =>
  inWorld(
    { exchanges: [ask("token", text("", 503)), ask("token", fails("connection-lost")), ask("token", OK)] },
    async (world) => {
      assert.equal((await new Egress(world, [TOKEN]).send(GET(PATH.token))).status, 200);
    },
  ));

const RETRY_AFTER: readonly (readonly [header: string, least: number])[] = [
  ["0", 0],
  ["1", 1000],
  ["20", 20_000],
  ["42", 42_000],
  ["Wed, 21 Oct 2026 07:28:00 GMT", 0],
  ["-5", 0],
  ["1.5", 0],
  ["soon", 0],
];
for (const [header, least] of RETRY_AFTER)
  test(`Retry-After: ${header} is waited for ${least} ms at least`, () =>
    inWorld(
      { exchanges: [ask("token", { status: 429, headers: { "retry-after": header } }), ask("token", OK)] },
      async (world) => {
        await new Egress(world, [TOKEN]).send(GET(PATH.token));
        assert.ok((world.sleeps[0] ?? -1) >= least, `${world.sleeps}`);
      },
    ));

for (const header of ["43", "9999", "999999"])
  test(`Retry-After: ${header} is longer than the run, so the answer is final at once`, () =>
    inWorld(
      { exchanges: [ask("token", { status: 429, headers: { "retry-after": header } })] },
      async (world) => {
        assert.equal((await new Egress(world, [TOKEN]).send(GET(PATH.token))).status, 429);
        assert.deepEqual(world.sleeps, []);
      },
    ));

/** At the first answer the clock stands at 1 ms; the last try is at 43 s. */
const THROTTLED: readonly (readonly [random: number, first: number, second: number])[] = [
  [0, 0, 21_499],
  [0.5, 13_000, 22_498.5],
  [0.75, 19_500, 20_560.75],
];
for (const [random, ...pauses] of THROTTLED)
  test(`a throttled call stays away for any time of 26 s, then of the later half of the rest: ${pauses} ms for ${random}`, () =>
    inWorld(
      { exchanges: [ask("token", text("", 429), { times: 2 }), ask("token", OK)], random: () => random },
      async (world) => {
        await new Egress(world, [TOKEN]).send(GET(PATH.token));
        assert.deepEqual(world.sleeps, pauses);
      },
    ));

test("what a vendor calls throttling is waited for like 429, whatever its status", () =>
  inWorld(
    { exchanges: [ask("token", text("slow down", 400), { times: 3 }), ask("token", OK)] },
    async (world) => {
      const throttles = {
        ...TOKEN,
        retryWindow: ({ status }: HttpResponse) => (status === 400 ? ("throttled" as const) : undefined),
      };
      assert.equal((await new Egress(world, [throttles]).send(GET(PATH.token))).status, 200);
      assert.ok(world.elapsed() > 30_000, `${world.elapsed()} ms`);
    },
  ));

test("a service that throttles and then breaks is tried again as if it had just been asked first", () =>
  inWorld(
    {
      exchanges: [
        ask("token", text("", 429)),
        ask("token", text("", 503), { times: 2 }),
        ask("token", fails("connection-lost")),
        ask("token", OK),
      ],
    },
    async (world) => {
      assert.equal((await new Egress(world, [TOKEN]).send(GET(PATH.token))).status, 200);
    },
  ));

test("throttling does not outlast the run: a try after it ends with the run", () =>
  inWorld(
    {
      exchanges: [ask("token", text("", 429)), ask("token", OK, { after: 60_000, times: Infinity })],
      random: () => 0.9,
    },
    async (world) => {
      const sent = new Egress(world, [TOKEN]).send(GET(PATH.token));
      assert.equal((await failure(sent)).code, "answer-timeout");
      assert.ok(world.elapsed() <= 45_000, `${world.elapsed()} ms`);
    },
  ));

test("Retry-After is no reason to try again what is final", () =>
  inWorld({ exchanges: [ask("token", { status: 403, headers: { "retry-after": "1" } })] }, async (world) => {
    assert.equal((await new Egress(world, [TOKEN]).send(GET(PATH.token))).status, 403);
  }));

for (const status of [300, 301, 302, 303, 304, 305, 307, 308, 399])
  test(`${status} is refused, and where it leads is not asked`, () =>
    inWorld(
      { exchanges: [ask("token", { status, headers: { location: "https://attacker.example/" } })] },
      async (world) => {
        const error = await failure(new Egress(world, [TOKEN]).send(GET(PATH.token)));
        assert.deepEqual([error.code, error.facts.status], ["redirect-refused", status]);
        assert.ok(!JSON.stringify(error.facts).includes("attacker"));
      },
    ));

const PAGES: readonly (readonly [
  what: string,
  answer: Answer,
  kind: "token" | "metadata",
  refused: boolean,
])[] = [
  ["200 and text/html", { status: 200, headers: { "content-type": "text/html" }, body: "{}" }, "token", true],
  [
    "200 and Text/HTML; charset",
    { status: 200, headers: { "content-type": "Text/HTML; charset=utf-8" } },
    "token",
    true,
  ],
  ["200 and a page without a type", { status: 200, body: " \n<!DOCTYPE html><p>" }, "token", true],
  ["200 and <html lang>", { status: 200, body: '<html lang="de">' }, "token", true],
  [
    "403 and a page",
    { status: 403, headers: { "content-type": "text/html" }, body: "<html>" },
    "token",
    true,
  ],
  [
    "500 and a page",
    { status: 500, headers: { "content-type": "text/html" }, body: "<html>" },
    "token",
    false,
  ],
  [
    "200 and XML",
    { status: 200, headers: { "content-type": "text/xml" }, body: "<htmlike/>" },
    "token",
    false,
  ],
  [
    "200 and text/htmlx",
    { status: 200, headers: { "content-type": "text/htmlx" }, body: "{}" },
    "token",
    false,
  ],
  [
    "200 and a page",
    { status: 200, headers: { "content-type": "text/html" }, body: "<html>" },
    "metadata",
    true,
  ],
  [
    "404 and a page",
    { status: 404, headers: { "content-type": "text/html" }, body: "<html>" },
    "metadata",
    false,
  ],
];
for (const [what, answer, kind, refused] of PAGES)
  test(`${kind} that answers ${what} is ${refused ? "not the service" : "taken as it is"}`, () =>
    inWorld({ exchanges: [ask(kind, answer, { times: 1 })], random: () => 1 }, async (world) => {
      const destination = { ...(kind === "token" ? TOKEN : METADATA), retryWindow: () => 0 };
      const sent = new Egress(world, [destination]).send(GET(PATH[kind]));
      if (!refused) assert.equal((await sent).status, answer.status);
      else
        assert.equal((await failure(sent)).code, kind === "token" ? "answer-not-json" : "metadata-foreign");
    }));

const REFUSED = [
  "https://attacker.example/x",
  "http://api.example/x",
  "https://api.example:8443/x",
  "https://api.example.attacker.example/x",
  "https://api.example@attacker.example/x",
  "https://user@api.example/x",
  "https://:password@api.example/x",
  "https://169.254.169.254/x",
  "http://169.254.169.254:81/x",
  "http://[::ffff:169.254.169.254]/x",
];
for (const url of REFUSED)
  test(`a login has no business with ${url}`, () =>
    inWorld({}, async (world) => {
      const error = await failure(new Egress(world, [TOKEN, METADATA]).send(GET(url)));
      assert.equal(error.code, "destination-refused");
      assert.ok(!error.message.includes("password"), error.message);
    }));

test("metadata is never asked through a proxy, whatever the environment says, and a token always is", () =>
  inWorld(
    { env: { HTTPS_PROXY: "http://proxy.example:3128" }, exchanges: [ask("metadata", OK), ask("token", OK)] },
    async (world) => {
      const egress = new Egress(world, [TOKEN, METADATA]);
      await egress.send(GET(PATH.metadata));
      await egress.send(GET(PATH.token));
      const proxies = world.requests.map(({ proxy }) => proxy?.href);
      assert.deepEqual(proxies, [undefined, "http://proxy.example:3128/"]);
    },
  ));

test("a try gets what is left of the budget and no more", () =>
  inWorld({ exchanges: [ask("token", OK, { after: 60_000, times: Infinity })] }, async (world) => {
    assert.equal((await failure(new Egress(world, [TOKEN]).send(GET(PATH.token)))).code, "answer-timeout");
    const timeouts = world.requests.map(({ timeout }) => timeout);
    assert.deepEqual(timeouts.slice(0, 2), [10_000, 10_000]);
    assert.ok((timeouts[2] ?? 0) < 10_000, `${timeouts}`);
  }));

test("two requests of one login share one budget", () =>
  inWorld(
    { exchanges: [ask("metadata", OK, { after: 1900 }), ask("metadata", text("", 500), { after: 50 })] },
    async (first) => {
      const world = { ...first, elapsed: () => first.elapsed() + (first.elapsed() > 0 ? 13_000 : 0) };
      const egress = new Egress(world, [METADATA]);
      await egress.send(GET(PATH.metadata));
      assert.equal((await egress.send(GET(PATH.metadata))).status, 500);
      assert.equal(first.requests[1]?.timeout, 100);
      assert.deepEqual(first.sleeps, [], "there is no time left for another try");
    },
  ));

test("the whole run ends at 45 s, whatever is left of a kind's own budget", () =>
  inWorld({ exchanges: [ask("token", OK, { after: 60_000 })] }, async (first) => {
    const world = { ...first, elapsed: () => first.elapsed() + 44_000 };
    assert.equal((await failure(new Egress(world, [TOKEN]).send(GET(PATH.token)))).code, "answer-timeout");
    assert.equal(first.requests[0]?.timeout, 1000);
  }));

test("what was asked is said without its query, and its step is announced", () =>
  inWorld({ exchanges: [ask("token", text("", 403))] }, async (world) => {
    const egress = new Egress(world, [TOKEN]);
    await egress.send(GET(PATH.token));
    assert.deepEqual(world.steps, ["asking GET https://api.example/x"]);
    assert.deepEqual(egress.lastExchange?.facts, {
      stage: "token",
      asked: "GET https://api.example/x",
      tries: 1,
      status: 403,
    });
  }));

test("what is no failure of the wire is thrown as it is, without another try", () =>
  inWorld({}, async (first) => {
    const world = { ...first, exchange: () => Promise.reject(new TypeError("a mistake of ours")) };
    await assert.rejects(new Egress(world, [TOKEN]).send(GET(PATH.token)), TypeError);
  }));
