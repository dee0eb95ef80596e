import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { matchesAllowList, matchesPathAllowList } from "../../src/identities/allow-list.ts";

const ACCOUNT = "arn:aws:iam::111122223333:role";

const ALLOWED: readonly (readonly [pattern: string, text: string])[] = [
  ["shop/web", "shop/web"],
  ["shop/*", "shop/web"],
  ["*/web", "shop/web"],
  ["*/*", "shop/web"],
  ["shop/w*b", "shop/wb"],
  ["shop/**", "shop/web"],
  ["shop*/web", "shop/web"],
  [`${ACCOUNT}/team-*`, `${ACCOUNT}/team-a`],
  [`${ACCOUNT}/*`, `${ACCOUNT}/a`],
  [`${ACCOUNT}/*/*`, `${ACCOUNT}/a/b`],
  ["*@shop.iam.gserviceaccount.com", "puller@shop.iam.gserviceaccount.com"],
  ["*:role", "a:role"],
];

const REFUSED: readonly (readonly [pattern: string, text: string])[] = [
  ["*", "shop/web"],
  ["shop/*", "shop/web/x"],
  ["shop/*", "shops/web"],
  ["shop/web", "shop/web2"],
  ["shop/web", "xshop/web"],
  ["shop/web", "Shop/web"],
  ["SHOP/*", "shop/web"],
  ["shop.x/web", "shopxx/web"],
  ["shop/w.b", "shop/web"],
  ["shop/w?b", "shop/web"],
  ["shop/[a-z]*", "shop/web"],
  ["shop/(web|x)", "shop/web"],
  ["shop/web$", "shop/web"],
  ["^shop/web", "shop/web"],
  ["shop/we+b", "shop/web"],
  ["shop/\\*", "shop/web"],
  ["shop/{web}", "shop/web"],
  [".*", "shop"],
  ["shop/web", "shop/web\n"],
  ["", "shop/web"],
  [`${ACCOUNT}/team-*`, "arn:aws:iam::444455556666:role/team-a"],
  [`${ACCOUNT}/team-*`, `${ACCOUNT}/team-a/../admin`],
  [`${ACCOUNT}/team-*`, `${ACCOUNT}/x/team-a`],
  ["arn:aws:iam::*:role/team", "arn:aws:iam::1:2:role/team"],
  ["*:role/team-a", `${ACCOUNT}/team-a`],
  ["arn:*", `${ACCOUNT}/team-a`],
  ["*@shop.iam.gserviceaccount.com", "puller@shop.iam.gserviceaccount.com.attacker.example"],
  ["*@shop.iam.gserviceaccount.com", "puller@shopxiam.gserviceaccount.com"],
  ["*@shop.iam.gserviceaccount.com", "x:puller@shop.iam.gserviceaccount.com"],
];

for (const [pattern, text] of ALLOWED)
  test(`${pattern} matches ${text}`, () => assert.equal(matchesAllowList(text, [pattern]), true));
for (const [pattern, text] of REFUSED)
  test(`${pattern} does not match ${JSON.stringify(text)}`, () =>
    assert.equal(matchesAllowList(text, [pattern]), false));

test("one of several patterns is enough, and an empty list matches nothing", () => {
  assert.equal(matchesAllowList("shop/web", ["a/b", "shop/*"]), true);
  assert.equal(matchesAllowList("shop/web", []), false);
});

const PATHS: readonly (readonly [pattern: string, path: string, isAllowed: boolean])[] = [
  ["team", "team", true],
  ["team", "team/app", true],
  ["team", "team/a/b/c", true],
  ["team/app", "team/app", true],
  ["team/*", "team/app/x", true],
  ["team-*/app", "team-a/app", true],
  ["*", "team/app", true],
  ["*/app", "team/app/x", true],
  ["team", "teams/app", false],
  ["team", "app/team", false],
  ["team/app", "team", false],
  ["team/app", "team/apps", false],
  ["team/*", "team", false],
  ["team-*", "team/a", false],
  ["*/app", "team/x/app", false],
  ["te.m", "team", false],
  ["Team", "team", false],
];

for (const [pattern, path, isAllowed] of PATHS)
  test(`${pattern} ${isAllowed ? "matches" : "does not match"} a prefix of ${path}`, () =>
    assert.equal(matchesPathAllowList(path.split("/"), [pattern]), isAllowed));

test("matches like a regular expression in which * matches anything except / and :", () => {
  const letters = fc.constantFrom(..."ab*/:.");
  const globs = fc.string({ unit: letters, maxLength: 8 });
  const texts = fc.string({ unit: fc.constantFrom(..."aab/:."), maxLength: 8 });
  let matched = 0;
  fc.assert(
    fc.property(globs, texts, (glob, text) => {
      const literal = glob.split("*").map((part) => part.replaceAll(".", "\\."));
      const expected = new RegExp(`^${literal.join("[^/:]*")}$`).test(text);
      matched += Number(expected);
      assert.equal(matchesAllowList(text, [glob]), expected, `${glob} and ${text}`);
    }),
    { numRuns: 50_000, seed: 1 },
  );
  assert.ok(matched > 500, `only ${matched} matched`);
});

test("matches a long text against a pattern of many * quickly", () => {
  assert.equal(matchesAllowList(`${"a".repeat(60_000)}!`, [`${"*a".repeat(400)}*b`]), false);
});
