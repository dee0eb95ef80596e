import assert from "node:assert/strict";
import { test } from "node:test";
import { getErrorDefinitions } from "../src/errors/codes.ts";
import {
  describeThrown,
  type ErrorCode,
  ensureProviderError,
  getExitStatus,
  ProviderError,
} from "../src/errors/provider-error.ts";

const STAGES = ["request", "config", "identity", "token", "exchange", "cache", "internal", "remote"];

for (const [code, { stage, sentence, hint }] of Object.entries(getErrorDefinitions()))
  test(`the error ${code} has a stage, a sentence and a hint`, () => {
    assert.match(code, /^[a-z][a-z0-9-]*[a-z0-9]$/);
    assert.ok(STAGES.includes(stage), stage);
    for (const text of [sentence, hint]) {
      assert.match(text, /^[\x20-\x7e]{8,}$/, "plain ASCII on one line");
      assert.doesNotMatch(text, /[.!:;]$|^\s|\s$| {2}/, "no full stop, no needless space");
    }
    assert.ok(sentence.length <= 160 && hint.length <= 260, "short enough for one log line");
  });

test("no two errors have the same sentence", () => {
  const sentences = Object.values(getErrorDefinitions()).map(({ sentence }) => sentence);
  assert.deepEqual([...new Set(sentences)], sentences);
});

const STATUS: readonly (readonly [ErrorCode, 1 | 2])[] = [
  ["request-not-json", 2],
  ["image-malformed", 2],
  ["argument-unknown", 2],
  ["azure-config-malformed", 2],
  ["environment-unsafe", 2],
  ["aws-environment-keys-incomplete", 2],
  ["aws-profile-missing", 2],
  ["aws-web-identity-file-invalid", 2],
  ["ca-file-invalid", 2],
  ["metadata-timeout", 1],
  ["pod-identity-missing", 1],
  ["config-invalid", 2],
  ["file-unsafe", 2],
  ["variable-missing", 2],
  ["aws-access-denied", 1],
  ["connection-refused", 1],
  ["cache-disabled", 1],
  ["cache-unusable", 1],
  ["deadline-exceeded", 1],
  ["internal", 1],
];
for (const [code, status] of STATUS)
  test(`the error ${code} results in exit status ${status}`, () => {
    assert.equal(getExitStatus(new ProviderError(code)), status);
  });

test("an error of the network has the stage of the request, token by default", () => {
  assert.equal(new ProviderError("dns-failed", { stage: "exchange" }).stage, "exchange");
  assert.equal(new ProviderError("dns-failed").stage, "token");
  assert.equal(new ProviderError("aws-instance-has-no-role", { stage: "exchange" }).stage, "identity");
});

test("with() keeps the facts that an error already has", () => {
  const error = new ProviderError("throttled", { attempts: 3 }).with({ attempts: 1, identity: "the node" });
  assert.deepEqual(error.facts, { attempts: 3, identity: "the node" });
});

test("with() replaces undefined facts", () => {
  const error = new ProviderError("throttled", { identity: undefined, hint: undefined, attempts: 3 });
  const { facts, hint } = error.with({ identity: "the node", hint: "wait", attempts: undefined });
  assert.deepEqual([facts.identity, hint, facts.attempts], ["the node", "wait", 3]);
});

const SECRET = "hunter2-canary";
const THROWN: readonly (readonly [what: string, thrown: unknown, says: string])[] = [
  ["an error", new Error(SECRET), "Error"],
  ["a system error", Object.assign(new Error(SECRET), { code: "EPERM" }), "Error EPERM"],
  [
    "an error whose code is not a string",
    Object.assign(new TypeError(SECRET), { code: { SECRET } }),
    "TypeError",
  ],
  ["a string", SECRET, "string"],
  ["an object", { message: SECRET }, "object"],
  ["undefined", undefined, "undefined"],
];
for (const [what, thing, says] of THROWN)
  test(`shows only the class of ${what} that a library throws`, () => {
    const error = ensureProviderError(thing);
    assert.deepEqual([error.code, describeThrown(thing)], ["internal", says]);
    assert.ok(!error.message.includes(SECRET), error.message);
  });
