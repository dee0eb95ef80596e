import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../src/core/secret.ts";
import { describeJwt, readJwtAudiences, readJwtClaims, readJwtExpiry } from "../src/formats/jwt.ts";
import { tokenSaying } from "./support/token.ts";

test("claims leave no trace on prototypes", () => {
  const claims = readJwtClaims(tokenSaying('{"__proto__":{"polluted":1},"sub":"x"}'));
  assert.equal(claims?.["polluted"], undefined);
  assert.equal(Object.hasOwn({}, "polluted"), false);
});

const AUDIENCES: readonly (readonly [aud: unknown, audiences: readonly string[]])[] = [
  ["one", ["one"]],
  [
    ["one", "two"],
    ["one", "two"],
  ],
  [[], []],
  [undefined, []],
  [null, []],
  [5, []],
  [{ one: "one" }, []],
  [["one", 5, null, ["two"], { a: "b" }], ["one"]],
  [[["one"]], []],
];

for (const [aud, audiences] of AUDIENCES)
  test(`the audience ${JSON.stringify(aud)} is ${audiences.join(" and ") || "none"}`, () =>
    assert.deepEqual(readJwtAudiences(tokenSaying(JSON.stringify({ aud }))), audiences));

test("a token ends when it says so, and one that does not say has no end", () => {
  assert.equal(readJwtExpiry(tokenSaying('{"exp":1900000000}')), 1_900_000_000_000);
  for (const claims of ["{}", '{"exp":"1900000000"}', '{"exp":1e999}', "[]", "null"])
    assert.equal(readJwtExpiry(tokenSaying(claims)), undefined, claims);
  assert.equal(readJwtExpiry(new Secret("a.b")), undefined);
});

const DESCRIBED: readonly (readonly [claims: object, says: string])[] = [
  [
    { iss: "https://i.example", sub: "s", aud: ["a", "b"] },
    'the token\'s issuer is "https://i.example", its subject "s", its audience "a", "b"',
  ],
  [{}, "the token's issuer is missing, its subject missing, its audience missing"],
  [
    { iss: { toString: "i" }, sub: 5, aud: { toString: null } },
    "the token's issuer is missing, its subject missing, its audience missing",
  ],
];
for (const [claims, says] of DESCRIBED)
  test(`of ${JSON.stringify(claims)} is told: ${says}`, () =>
    assert.equal(describeJwt(tokenSaying(JSON.stringify(claims))), says));

test("of what is no JWT nothing is told", () => assert.equal(describeJwt(new Secret("%7B%7D")), undefined));
