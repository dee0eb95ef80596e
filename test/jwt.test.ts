import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../src/core/secret.ts";
import { describeJwt, readJwtAudiences, readJwtClaims, readJwtExpiry } from "../src/formats/jwt.ts";
import { tokenSaying } from "./support/token.ts";

test("does not let claims change prototypes", () => {
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
  test(`reads the audience ${JSON.stringify(aud)} as ${audiences.join(" and ") || "none"}`, () =>
    assert.deepEqual(readJwtAudiences(tokenSaying(JSON.stringify({ aud }))), audiences));

test("reads the expiry of a token; a token without one has none", () => {
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
  test(`describes ${JSON.stringify(claims)}: ${says}`, () =>
    assert.equal(describeJwt(tokenSaying(JSON.stringify(claims))), says));

test("describes only JWTs", () => assert.equal(describeJwt(new Secret("%7B%7D")), undefined));
