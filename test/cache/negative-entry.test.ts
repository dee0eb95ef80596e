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
const TEMPORARY = new ProviderError("cloud-unavailable", { request: "POST https://a.example/", status: 503 });
const AT = 1_000_000;
const METADATA = { registry: "a.example", identity: "the node" };

interface Case {
  readonly name: string;
  readonly error: ProviderError;
  /** Relative to the failure, as `checkedAt`. */
  readonly startedAt: number;
  readonly checkedAt: number;
  readonly isHit: boolean;
}

const CASES: readonly Case[] = [
  {
    name: "a refusal, for a run that waited for it",
    error: REFUSED,
    startedAt: -1,
    checkedAt: 1,
    isHit: true,
  },
  { name: "a refusal, for a run 5 s later", error: REFUSED, startedAt: 5000, checkedAt: 5000, isHit: true },
  {
    name: "a refusal, for a run more than 5 s later",
    error: REFUSED,
    startedAt: 5001,
    checkedAt: 5001,
    isHit: false,
  },
  {
    name: "a temporary failure, for a run that waited for it",
    error: TEMPORARY,
    startedAt: -1,
    checkedAt: 1,
    isHit: true,
  },
  {
    name: "a temporary failure, for a later run",
    error: TEMPORARY,
    startedAt: 1,
    checkedAt: 1,
    isHit: false,
  },
  {
    name: "a temporary failure, for a run that started at the same time",
    error: TEMPORARY,
    startedAt: 0,
    checkedAt: 0,
    isHit: true,
  },
  {
    name: "a temporary failure, for a run that waited longer than 5 s",
    error: TEMPORARY,
    startedAt: -1,
    checkedAt: 5001,
    isHit: false,
  },
  { name: "a failure in the future", error: REFUSED, startedAt: -2, checkedAt: -1, isHit: false },
];

for (const { name, error, startedAt, checkedAt, isHit } of CASES) {
  test(`${name}, is ${isHit ? "a hit" : "no hit"}`, () => {
    assert.equal(
      isNegativeHit(
        { error, failedAtMonotonic: AT, metadata: METADATA },
        { startedAt: AT + startedAt, hasStaleLogin: false },
        AT + checkedAt,
      ),
      isHit,
    );
  });
}

test("an entry expires after 5 s", () => {
  const failure: NegativeEntry = { error: TEMPORARY, failedAtMonotonic: AT, metadata: METADATA };
  assert.deepEqual(
    [-1, 0, 5 * SECOND, 5 * SECOND + 1].map((age) => isRecent(failure, AT + age)),
    [false, true, true, false],
  );
});

test("an entry is read as it was written, without the cause", () => {
  const error = TEMPORARY.with({
    cause: new Error("canary"),
    identity: "instance role",
    attempts: 3,
    requestId: "r-1",
  });
  const text = JSON.stringify(encodeNegativeEntry({ error, failedAtMonotonic: AT, metadata: METADATA }));
  assert.doesNotMatch(text, /canary/);
  const parsed = parseNegativeEntry(JSON.parse(text));
  assert.deepEqual(
    [parsed?.error.code, parsed?.failedAtMonotonic, parsed?.error.message],
    [error.code, AT, error.message],
  );
  const { cause: _, ...facts } = error.facts;
  assert.deepEqual(parsed?.error.facts, facts);
});

const INVALID: Readonly<Record<string, Record<string, unknown>>> = {
  "an unknown code": { code: "toString" },
  "a missing code": { code: undefined },
  "facts that are a list": { facts: [] },
  "a fact of the wrong type": { facts: { status: "503" } },
  "a fact that is an object": { facts: { detail: {} } },
  "a time that is a text": { failedAtMonotonic: "1" },
  "incomplete metadata": { metadata: {} },
};
for (const [name, change] of Object.entries(INVALID)) {
  test(`an entry with ${name} is invalid`, () => {
    assert.equal(
      parseNegativeEntry({
        ...encodeNegativeEntry({ error: REFUSED, failedAtMonotonic: AT, metadata: METADATA }),
        ...change,
      }),
      undefined,
    );
  });
}

const NO_REFUSALS: readonly (readonly [what: string, error: ProviderError])[] = [
  ["a throttled request, for which AWS returns 400", new ProviderError("throttled", { status: 400 })],
  ["a web page of a proxy", new ProviderError("response-not-json", { status: 403 })],
  ["a wrong clock", new ProviderError("clock-skew", { status: 403 })],
  ["expired keys", new ProviderError("aws-credentials-expired", { status: 400 })],
  [
    "an issuer that STS could not reach",
    new ProviderError("aws-sts-token-rejected", { status: 400, vendorCode: "IDPCommunicationError" }),
  ],
  ["a failing service", new ProviderError("cloud-unavailable", { status: 503 })],
  ["a refused connection", new ProviderError("connection-refused")],
  ["a local failure", new ProviderError("file-unreadable")],
];
for (const [what, error] of NO_REFUSALS) {
  test(`${what} is not a refusal`, () => {
    assert.equal(isRefusal(error), false);
  });
}

for (const status of [400, 401, 403]) {
  test(`access denied with ${status} is a refusal`, () => {
    assert.equal(isRefusal(new ProviderError("aws-access-denied", { status })), true);
  });
}
