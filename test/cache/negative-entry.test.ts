import assert from "node:assert/strict";
import { test } from "node:test";
import {
  encodeNegativeEntry,
  isNegativeHit,
  isRecent,
  isRefusal,
  type NegativeEntry,
  parseNegativeEntry,
} from "../../src/cache/negative-entry.ts";
import { SECOND } from "../../src/core/time.ts";
import { ProviderError } from "../../src/errors/provider-error.ts";

const REFUSED = new ProviderError("aws-access-denied", { request: "POST https://a.example/", status: 400 });
const PASSING = new ProviderError("cloud-unavailable", { request: "POST https://a.example/", status: 503 });
const AT = 1_000_000;
const ABOUT = { registry: "a.example", identity: "the node" };

interface Case {
  readonly name: string;
  readonly error: ProviderError;
  /** After the failure, negative: before. */
  readonly began: number;
  readonly asks: number;
  readonly shared: boolean;
}

const CASES: readonly Case[] = [
  { name: "a refusal, of who waited for it", error: REFUSED, began: -1, asks: 1, shared: true },
  { name: "a refusal, of who comes 5 s later", error: REFUSED, began: 5000, asks: 5000, shared: true },
  { name: "a refusal, of who comes later still", error: REFUSED, began: 5001, asks: 5001, shared: false },
  { name: "what passes, of who waited for it", error: PASSING, began: -1, asks: 1, shared: true },
  { name: "what passes, of who comes later", error: PASSING, began: 1, asks: 1, shared: false },
  { name: "what passes, of who began in the same moment", error: PASSING, began: 0, asks: 0, shared: true },
  { name: "what passes, of who waits since long ago", error: PASSING, began: -1, asks: 5001, shared: false },
  { name: "a failure of the future", error: REFUSED, began: -2, asks: -1, shared: false },
];

for (const { name, error, began, asks, shared } of CASES) {
  test(`${name}, is ${shared ? "an answer" : "none"}`, () => {
    assert.equal(
      isNegativeHit(
        { error, failedAtMonotonic: AT, metadata: ABOUT },
        { startedAt: AT + began, hasStaleLogin: false },
        AT + asks,
      ),
      shared,
    );
  });
}

test("for 5 s who holds a good login need not ask again", () => {
  const failure: NegativeEntry = { error: PASSING, failedAtMonotonic: AT, metadata: ABOUT };
  assert.deepEqual(
    [-1, 0, 5 * SECOND, 5 * SECOND + 1].map((age) => isRecent(failure, AT + age)),
    [false, true, true, false],
  );
});

test("a failure comes back as it was written, without its cause", () => {
  const error = PASSING.with({
    cause: new Error("canary"),
    identity: "instance role",
    attempts: 3,
    requestId: "r-1",
  });
  const text = JSON.stringify(encodeNegativeEntry({ error, failedAtMonotonic: AT, metadata: ABOUT }));
  assert.doesNotMatch(text, /canary/);
  const back = parseNegativeEntry(JSON.parse(text));
  assert.deepEqual(
    [back?.error.code, back?.failedAtMonotonic, back?.error.message],
    [error.code, AT, error.message],
  );
  const { cause: _, ...facts } = error.facts;
  assert.deepEqual(back?.error.facts, facts);
});

const SPOILED: Readonly<Record<string, Record<string, unknown>>> = {
  "a code of nobody's": { code: "toString" },
  "no code": { code: undefined },
  "facts that are none": { facts: [] },
  "a fact of another kind": { facts: { status: "503" } },
  "a fact that is a mapping": { facts: { detail: {} } },
  "no time": { failedAtMonotonic: "1" },
  "nothing of whom it was": { metadata: {} },
};
for (const [name, change] of Object.entries(SPOILED)) {
  test(`with ${name} it is no failure`, () => {
    assert.equal(
      parseNegativeEntry({
        ...encodeNegativeEntry({ error: REFUSED, failedAtMonotonic: AT, metadata: ABOUT }),
        ...change,
      }),
      undefined,
    );
  });
}

const NO_REFUSALS: readonly (readonly [what: string, error: ProviderError])[] = [
  ["a throttled call, which AWS says with 400", new ProviderError("throttled", { status: 400 })],
  ["a page of whoever stands between", new ProviderError("response-not-json", { status: 403 })],
  ["a clock that is wrong", new ProviderError("clock-skew", { status: 403 })],
  ["keys that have ended", new ProviderError("aws-credentials-expired", { status: 400 })],
  [
    "an issuer that STS could not reach",
    new ProviderError("aws-sts-token-rejected", { status: 400, vendorCode: "IDPCommunicationError" }),
  ],
  ["a service that fails", new ProviderError("cloud-unavailable", { status: 503 })],
  ["what nobody has answered", new ProviderError("connection-refused")],
  ["what is wrong on the node", new ProviderError("file-unreadable")],
];
for (const [what, error] of NO_REFUSALS) {
  test(`${what} is no refusal`, () => {
    assert.equal(isRefusal(error), false);
  });
}

for (const status of [400, 401, 403]) {
  test(`a ${status} of the right to a login is one`, () => {
    assert.equal(isRefusal(new ProviderError("aws-access-denied", { status })), true);
  });
}
