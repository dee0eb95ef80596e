import assert from "node:assert/strict";
import { test } from "node:test";
import { findCanaries } from "./canaries.ts";

const value = 'k3y/with+"odd"=letters?&more';
const bytes = Buffer.from(value);

const LEAKS: Readonly<Record<string, string>> = {
  raw: `password=${value}!`,
  "cut short": `token ${value.slice(0, 12)}…`,
  base64: bytes.toString("base64"),
  base64url: bytes.toString("base64url"),
  "base64 behind a user name": Buffer.from(`AWS:${value}`).toString("base64"),
  "base64 within more": Buffer.from(`xx${value}yyy`).toString("base64"),
  "base64 at the third offset": Buffer.from(`x${value}y`).toString("base64url"),
  hex: bytes.toString("hex"),
  "capital hex": bytes.toString("hex").toUpperCase(),
  "a query": new URLSearchParams({ token: value }).toString(),
  "a path": encodeURIComponent(value),
  "percent escapes throughout": bytes.toString("hex").replace(/../g, "%$&"),
  JSON: JSON.stringify({ token: value }),
  "JSON escapes throughout": [...value].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join(""),
};

for (const [how, text] of Object.entries(LEAKS)) {
  test(`a canary is found ${how}`, () => {
    assert.deepEqual(findCanaries(`before ${text} after`, [{ name: "key", value }]), ["key"]);
  });
}

test("an absent canary is not found", () => {
  assert.deepEqual(
    findCanaries("no login for reg.io: the service throttles its callers", [{ name: "key", value }]),
    [],
  );
});

test("two JWTs with the same beginning are distinguished", () => {
  const jwt = (payload: string, signature: string) =>
    `eyJhbGciOiJSUzI1NiJ9.${Buffer.from(payload).toString("base64url")}.${signature}`;
  const canaries = [
    { name: "one", value: jwt('{"sub":"one"}', "signature-number-one") },
    { name: "two", value: jwt('{"sub":"two"}', "signature-no-two---") },
  ];
  assert.deepEqual(findCanaries(canaries[1]?.value ?? "", canaries), ["two"]);
});
