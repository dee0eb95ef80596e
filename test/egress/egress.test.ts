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

/** A service that gives the same response to every attempt, and the expected end: result, time limit (virtual ms), attempts. */
interface RetryCase {
  readonly what: string;
  readonly kind: "token" | "metadata";
  readonly answer: Exchange["answer"];
  readonly after?: number;
  /** The status of the returned response, or the code of the thrown error. */
  readonly ends: number | ErrorCode;
  readonly by: number;
  readonly tries: "one" | "several";
}

const fails = (code: ErrorCode): Exchange["answer"] => ({ fails: code });
const RETRY_CASES: readonly RetryCase[] = [
  {
    what: "a refused connection",
    kind: "metadata",
    answer: fails("connection-refused"),
    ends: "metadata-refused",
    by: 1500,
    tries: "several",
  },
  {
    what: "no route to the host",
    kind: "metadata",
    answer: fails("network-unreachable"),
    ends: "metadata-refused",
    by: 1500,
    tries: "several",
  },
  {
    what: "a connection timeout",
    kind: "metadata",
    answer: fails("connect-timeout"),
    after: 1000,
    ends: "metadata-timeout",
    by: 15_000,
    tries: "several",
  },
  {
    what: "a response timeout",
    kind: "metadata",
    answer: OK,
    after: 60_000,
    ends: "metadata-timeout",
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
    what: "a response that is too large",
    kind: "metadata",
    answer: fails("response-too-large"),
    ends: "response-too-large",
    by: 10,
    tries: "one",
  },
  {
    what: "a redirect",
    kind: "metadata",
    answer: text("", 302),
    ends: "metadata-wrong-service",
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
    what: "an unknown host name",
    kind: "token",
    answer: fails("dns-failed"),
    ends: "dns-failed",
    by: 3000,
    tries: "several",
  },
  {
    what: "an unreachable proxy",
    kind: "token",
    answer: fails("proxy-unreachable"),
    ends: "proxy-unreachable",
    by: 3000,
    tries: "several",
  },
  {
    what: "no route to the host",
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
    what: "a failed TLS handshake",
    kind: "token",
    answer: fails("tls-failed"),
    ends: "tls-failed",
    by: 5000,
    tries: "several",
  },
  {
    what: "a connection timeout",
    kind: "token",
    answer: fails("connect-timeout"),
    after: 3000,
    ends: "connect-timeout",
    by: 30_000,
    tries: "several",
  },
  {
    what: "a response timeout",
    kind: "token",
    answer: OK,
    after: 60_000,
    ends: "response-timeout",
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
    what: "a certificate for another name",
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
    what: "a proxy that requires a password",
    kind: "token",
    answer: fails("proxy-authentication-required"),
    ends: "proxy-authentication-required",
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
    (status): RetryCase => ({
      what: `${status}`,
      kind: "token",
      answer: text("", status),
      ends: status,
      by: 10,
      tries: "one",
    }),
  ),
];

for (const { what, kind, answer, after, ends, by, tries } of RETRY_CASES)
  test(`${kind} service: ${what} on each attempt ends with ${ends} after ${tries} ${tries === "one" ? "attempt" : "attempts"} within ${by / SECOND} s`, () =>
    inWorld(
      { exchanges: [ask(kind, answer, { times: Infinity, ...(after === undefined ? {} : { after }) })] },
      async (world) => {
        const destination = kind === "token" ? TOKEN : METADATA;
        const egress = new Egress(world, [destination]);
        if (typeof ends === "number") assert.equal((await egress.send(GET(PATH[kind]))).status, ends);
        else {
          const error = await failure(egress.send(GET(PATH[kind])));
          assert.equal(error.code, ends);
          assert.deepEqual(
            [error.facts.attempts, error.facts.stage],
            [world.asked.length, destination.stage],
          );
        }
        assert.ok(tries === "one" ? world.asked.length === 1 : world.asked.length > 1, `${world.asked}`);
        assert.ok(world.elapsed() <= by, `${world.elapsed()} ms`);
      },
    ));

test("returns the response of the first attempt that succeeds", () =>
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
  test(`waits at least ${least} ms for Retry-After: ${header}`, () =>
    inWorld(
      { exchanges: [ask("token", { status: 429, headers: { "retry-after": header } }), ask("token", OK)] },
      async (world) => {
        await new Egress(world, [TOKEN]).send(GET(PATH.token));
        assert.ok((world.sleeps[0] ?? -1) >= least, `${world.sleeps}`);
      },
    ));

for (const header of ["43", "9999", "999999"])
  test(`does not retry if Retry-After: ${header} ends after the run`, () =>
    inWorld(
      { exchanges: [ask("token", { status: 429, headers: { "retry-after": header } })] },
      async (world) => {
        assert.equal((await new Egress(world, [TOKEN]).send(GET(PATH.token))).status, 429);
        assert.deepEqual(world.sleeps, []);
      },
    ));

/** The first response arrives at 1 ms; the cutoff for retries is at 43 s. */
const THROTTLED: readonly (readonly [random: number, first: number, second: number])[] = [
  [0, 0, 21_499],
  [0.5, 13_000, 22_498.5],
  [0.75, 19_500, 20_560.75],
];
for (const [random, ...pauses] of THROTTLED)
  test(`spreads the retries of throttled requests over 26 s, then over the second half of the time left: ${pauses} ms for random ${random}`, () =>
    inWorld(
      { exchanges: [ask("token", text("", 429), { times: 2 }), ask("token", OK)], random: () => random },
      async (world) => {
        await new Egress(world, [TOKEN]).send(GET(PATH.token));
        assert.deepEqual(world.sleeps, pauses);
      },
    ));

test("a response that the destination classifies as throttled is retried like a 429", () =>
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

test("the retry window of a failing service starts after the last throttled response", () =>
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

test("an attempt after throttling times out at the end of the run", () =>
  inWorld(
    {
      exchanges: [ask("token", text("", 429)), ask("token", OK, { after: 60_000, times: Infinity })],
      random: () => 0.9,
    },
    async (world) => {
      const sent = new Egress(world, [TOKEN]).send(GET(PATH.token));
      assert.equal((await failure(sent)).code, "response-timeout");
      assert.ok(world.elapsed() <= 45_000, `${world.elapsed()} ms`);
    },
  ));

test("does not retry a final status because of Retry-After", () =>
  inWorld({ exchanges: [ask("token", { status: 403, headers: { "retry-after": "1" } })] }, async (world) => {
    assert.equal((await new Egress(world, [TOKEN]).send(GET(PATH.token))).status, 403);
  }));

for (const status of [300, 301, 302, 303, 304, 305, 307, 308, 399])
  test(`refuses a redirect with status ${status} and does not follow it`, () =>
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
  test(`${refused ? "refuses" : "returns"} the response of a ${kind} service: ${what}`, () =>
    inWorld({ exchanges: [ask(kind, answer, { times: 1 })], random: () => 1 }, async (world) => {
      const destination = { ...(kind === "token" ? TOKEN : METADATA), retryWindow: () => 0 };
      const sent = new Egress(world, [destination]).send(GET(PATH[kind]));
      if (!refused) assert.equal((await sent).status, answer.status);
      else
        assert.equal(
          (await failure(sent)).code,
          kind === "token" ? "response-not-json" : "metadata-wrong-service",
        );
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
  test(`refuses a request to ${url}, which is not a destination of the login`, () =>
    inWorld({}, async (world) => {
      const error = await failure(new Egress(world, [TOKEN, METADATA]).send(GET(url)));
      assert.equal(error.code, "destination-blocked");
      assert.ok(!error.message.includes("password"), error.message);
    }));

test("sends token requests through the configured proxy and metadata requests directly", () =>
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

test("a request to a destination without retries is tried once", () =>
  inWorld({ exchanges: [ask("metadata", text("", 503))] }, async (world) => {
    const egress = new Egress(world, [{ ...METADATA, withoutRetries: true }]);
    assert.equal((await egress.send(GET(PATH.metadata))).status, 503);
    assert.deepEqual(world.sleeps, []);
  }));

test("the last attempt times out at the end of the budget", () =>
  inWorld({ exchanges: [ask("token", OK, { after: 60_000, times: Infinity })] }, async (world) => {
    assert.equal((await failure(new Egress(world, [TOKEN]).send(GET(PATH.token)))).code, "response-timeout");
    const timeouts = world.requests.map(({ timeout }) => timeout);
    assert.deepEqual(timeouts.slice(0, 2), [10_000, 10_000]);
    assert.ok((timeouts[2] ?? 0) < 10_000, `${timeouts}`);
  }));

test("the requests of one login share one time budget", () =>
  inWorld(
    { exchanges: [ask("metadata", OK, { after: 1900 }), ask("metadata", text("", 500), { after: 50 })] },
    async (first) => {
      const world = { ...first, elapsed: () => first.elapsed() + (first.elapsed() > 0 ? 13_000 : 0) };
      const egress = new Egress(world, [METADATA]);
      await egress.send(GET(PATH.metadata));
      assert.equal((await egress.send(GET(PATH.metadata))).status, 500);
      assert.equal(first.requests[1]?.timeout, 100);
      assert.deepEqual(first.sleeps, [], "there is no time left for a retry");
    },
  ));

test("a request times out at the deadline, 45 s by default, even if its own budget is larger", () =>
  inWorld({ exchanges: [ask("token", OK, { after: 60_000 })] }, async (first) => {
    const world = { ...first, deadline: first.deadline - 44_000 };
    assert.equal((await failure(new Egress(world, [TOKEN]).send(GET(PATH.token)))).code, "response-timeout");
    assert.equal(first.requests[0]?.timeout, 1000);
  }));

test("records the request without its query and announces it as the current step", () =>
  inWorld({ exchanges: [ask("token", text("", 403))] }, async (world) => {
    const egress = new Egress(world, [TOKEN]);
    await egress.send(GET(PATH.token));
    assert.deepEqual(world.steps, ["requesting GET https://api.example/x"]);
    assert.deepEqual(egress.lastExchange?.facts, {
      stage: "token",
      request: "GET https://api.example/x",
      attempts: 1,
      status: 403,
    });
  }));

test("rethrows an error that is not a network error, without a retry", () =>
  inWorld({}, async (first) => {
    const world = { ...first, exchange: () => Promise.reject(new TypeError("a bug")) };
    await assert.rejects(new Egress(world, [TOKEN]).send(GET(PATH.token)), TypeError);
  }));
