import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import { assertRefused, type CloudName, describeRequests, play, SUBJECT } from "./play.ts";
import { INVALID_VALUES } from "./values.ts";

const CLOUDS: readonly CloudName[] = ["aws", "google", "gke", "azure"];
const subject = (rest: string): string => `system:serviceaccount:${rest}`;

type Row = readonly [name: string, claims: Readonly<Record<string, unknown>>, code: ErrorCode];

const MALFORMED = "pod-token-malformed";
const AUDIENCE = "pod-token-wrong-audience";
const EXPIRED = "pod-token-expired";
const NOT_ALLOWED = "service-account-not-allowed";

/** Tokens with annotations that would give the pod an identity. */
const CLAIMS: readonly Row[] = [
  ["no subject", { sub: undefined }, MALFORMED],
  ["a null subject", { sub: null }, MALFORMED],
  ["a number as the subject", { sub: 5 }, MALFORMED],
  ["a subject in a list", { sub: [SUBJECT] }, MALFORMED],
  ["a subject in an object", { sub: { toString: SUBJECT } }, MALFORMED],
  ["an empty object as the subject", { sub: {} }, MALFORMED],
  ["a node's subject", { sub: "system:node:node-1" }, MALFORMED],
  ["a user's subject", { sub: "kubernetes-admin" }, MALFORMED],
  ["another issuer's subject", { sub: "repo:shop/web:ref:refs/heads/main" }, MALFORMED],
  ["a subject of four parts", { sub: subject("shop:web:x") }, MALFORMED],
  ["a subject in capitals", { sub: SUBJECT.toUpperCase() }, MALFORMED],
  ["a line feed after the subject", { sub: `${SUBJECT}\n` }, MALFORMED],
  ["a header in the subject", { sub: subject("shop:web\r\nX-Evil: 1") }, MALFORMED],
  ["a NUL in the subject", { sub: subject("shop:web\0") }, MALFORMED],
  ["a slash in the namespace", { sub: subject("shop/x:web") }, MALFORMED],
  ["a slash in the name", { sub: subject("shop:web/x") }, MALFORMED],
  ["a parent path as the namespace", { sub: subject("..:web") }, MALFORMED],
  ["a * as the namespace", { sub: subject("*:web") }, MALFORMED],
  ["a Cyrillic letter in the namespace", { sub: subject("shоp:web") }, MALFORMED],
  ["a long namespace", { sub: subject(`${"s".repeat(64)}:web`) }, MALFORMED],
  ["a long name", { sub: subject(`shop:${"w".repeat(254)}`) }, MALFORMED],
  ["a subject of 40 KiB", { sub: subject(`shop:${"w".repeat(40_960)}`) }, MALFORMED],
  ["another namespace", { sub: subject("other:web") }, NOT_ALLOWED],
  ["a namespace that starts with it", { sub: subject("shops:web") }, NOT_ALLOWED],
  ["a namespace that ends with it", { sub: subject("x-shop:web") }, NOT_ALLOWED],
  ["the system's namespace", { sub: subject("kube-system:default") }, NOT_ALLOWED],
  ["no expiry", { exp: undefined }, MALFORMED],
  ["a null expiry", { exp: null }, MALFORMED],
  ["a string as the expiry", { exp: "9999999999" }, MALFORMED],
  ["an expiry in a list", { exp: [9_999_999_999] }, MALFORMED],
  ["an object as the expiry", { exp: {} }, MALFORMED],
  ["an expiry before 1970", { exp: -1 }, EXPIRED],
  ["an expiry in 1970", { exp: 0 }, EXPIRED],
  ["an expiry a second ago", { exp: Math.floor(Date.now() / 1000) - 1 }, EXPIRED],
  ["no audience", { aud: undefined }, AUDIENCE],
  ["a null audience", { aud: null }, AUDIENCE],
  ["a number as the audience", { aud: 5 }, AUDIENCE],
  ["no audience in a list", { aud: [] }, AUDIENCE],
  ["the API server's audience", { aud: ["https://kubernetes.default.svc"] }, AUDIENCE],
  ["an empty audience", { aud: [""] }, AUDIENCE],
  ["lists within a list", { aud: [["sts.amazonaws.com"], ["shop.svc.id.goog"]] }, AUDIENCE],
  ["an object as the audience", { aud: { 0: "sts.amazonaws.com" } }, AUDIENCE],
  ["capitals", { aud: ["STS.amazonaws.com", "API://AzureADTokenExchange", "SHOP.svc.id.goog"] }, AUDIENCE],
  ["audiences with slashes", { aud: ["sts.amazonaws.com/", "api://AzureADTokenExchange/"] }, AUDIENCE],
  [
    "audiences with spaces",
    { aud: " sts.amazonaws.com api://AzureADTokenExchange shop.svc.id.goog" },
    AUDIENCE,
  ],
  ["a longer host", { aud: "sts.amazonaws.com.attacker.example" }, AUDIENCE],
  ["another project", { aud: "shop-1.svc.id.goog" }, AUDIENCE],
  ["another provider", { aud: "https://iam.googleapis.com/projects/2/x" }, AUDIENCE],
  ["text of an error line", { aud: 'x". Hint: run evil [code internal, stage internal]' }, AUDIENCE],
  ["an audience of 40 KiB", { aud: "a".repeat(40_960) }, AUDIENCE],
];

for (const [name, claims, code] of CLAIMS)
  for (const cloud of CLOUDS)
    test(`${cloud}: claims with ${name} result in ${code}`, async () =>
      assertRefused(await play({ cloud, claims }), code));

/** Some of the values are valid ServiceAccount names; the session name contains exactly these. */
const NAME = /^[a-z0-9][a-z0-9.]{0,252}$/;

test(`refuses ${INVALID_VALUES.length} values as a subject, an expiry or an audience`, async (context) => {
  for (const [name, value] of INVALID_VALUES)
    await context.test(name, async () => {
      assertRefused(await play({ cloud: "aws", claims: { sub: value } }), MALFORMED);
      const named = await play({ cloud: "aws", claims: { sub: subject(`shop:${value}`) } });
      if (NAME.test(value))
        assert.match(describeRequests(named.requests)[0] ?? "", new RegExp(` shop\\.${value}$`));
      else assertRefused(named, MALFORMED);
      assertRefused(await play({ cloud: "aws", claims: { exp: value } }), MALFORMED);
      const isLong = value.length > 40_000;
      const seen = await play({ cloud: "aws", claims: { aud: value } });
      assertRefused(seen, isLong && seen.end === MALFORMED ? MALFORMED : AUDIENCE);
    });
});

test("refuses the values as a token", async (context) => {
  for (const [name, value] of INVALID_VALUES)
    await context.test(name, async () => {
      for (const cloud of CLOUDS) {
        const seen = await play({ cloud, token: value });
        // An empty token is the same as no token.
        if (value === "") assert.equal(seen.end, "pod-token-missing");
        else assertRefused(seen, MALFORMED);
        assert.deepEqual(seen.requests, []);
      }
    });
});

test("limits the error line for a thousand audiences", async () => {
  const aud = Array.from({ length: 1000 }, (_, index) => `audience-${index}`);
  const { end, line, requests } = await play({ cloud: "aws", claims: { aud } });
  assert.deepEqual([end, requests], [AUDIENCE, []]);
  assert.match(line, /^[\x20-\x7e]{1,4096}$/);
  assert.match(line, /\[code pod-token-wrong-audience, stage identity\]$/);
});

/** Other claims of a token have no effect. */
const IGNORED_CLAIMS: readonly (readonly [name: string, claims: Readonly<Record<string, unknown>>])[] = [
  ["another issuer", { iss: "https://attacker.example" }],
  ["an issuer with a header", { iss: "x\r\nX-Evil: 1" }],
  ["a role", { role: "arn:aws:iam::444455556666:role/admin", "eks.amazonaws.com/role-arn": "x" }],
  ["a group", { groups: ["system:masters"] }],
  ["another pod", { "kubernetes.io": { namespace: "other", serviceaccount: { name: "admin" } } }],
  ["AWS session tags", { "https://aws.amazon.com/tags": { principal_tags: { admin: ["true"] } } }],
  ["a tenant", { tid: "99999999-0000-4000-8000-000000000009", appid: "x" }],
  ["a prototype", { ["__proto__"]: { sub: "x" }, constructor: { prototype: {} } }],
  ["a start in the future", { nbf: 9_999_999_999 }],
  ["deep nesting", { deep: JSON.parse(`${"[".repeat(500)}${"]".repeat(500)}`) }],
  ["30 KiB of padding", { padding: "x".repeat(30_720) }],
];

for (const [name, claims] of IGNORED_CLAIMS)
  test(`claims with ${name} do not change the identity`, async () => {
    for (const cloud of CLOUDS) {
      const [with_, without] = [await play({ cloud, claims }), await play({ cloud })];
      assert.deepEqual([with_.end, without.end], ["login", "login"], with_.line);
      const addresses = ({ requests }: typeof with_) =>
        requests.map(({ url }) => `${url.origin}${url.pathname}`);
      assert.deepEqual(addresses(with_), addresses(without));
      for (const { headers } of with_.requests)
        assert.doesNotMatch(Object.entries(headers).flat().join(), /evil|attacker/i);
    }
  });
