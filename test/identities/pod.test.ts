import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../../src/core/secret.ts";
import { SECOND } from "../../src/core/time.ts";
import { formatServiceAccount, type Pod, parsePod, requireTokenAudience } from "../../src/identities/pod.ts";
import { tokenSaying } from "../support/token.ts";
import { NOW, thrown } from "../support/world.ts";

const EXP = NOW / SECOND + 3600;
const SUB = "system:serviceaccount:shop:web";

function read(token: Secret, annotations: Readonly<Record<string, string>> = {}): Pod | undefined {
  const request = { image: "x/y", serviceAccountToken: token, serviceAccountAnnotations: annotations };
  return parsePod({ apiVersion: "credentialprovider.kubelet.k8s.io/v1", ...request }, NOW);
}

/** Parses a token with these claims and a valid `sub` and `exp`. */
const withClaims = (claims: object): Secret => tokenSaying(JSON.stringify({ sub: SUB, exp: EXP, ...claims }));

test("returns no pod for a request without a token", () => {
  const request = { image: "x/y", serviceAccountToken: undefined, serviceAccountAnnotations: {} } as const;
  assert.equal(parsePod({ apiVersion: "credentialprovider.kubelet.k8s.io/v1", ...request }, NOW), undefined);
});

test("reads the pod from the token's claims and the request's annotations", () => {
  const annotations = { "a/b": "c" };
  const pod = read(withClaims({ aud: ["one", "two"] }), annotations);
  assert.ok(pod);
  const { namespace, serviceAccount, audiences, expiresAt } = pod;
  assert.deepEqual(
    [namespace, serviceAccount, audiences, expiresAt],
    ["shop", "web", ["one", "two"], EXP * SECOND],
  );
  assert.equal(pod.annotations["a/b"], "c");
  assert.equal(formatServiceAccount(pod), "ServiceAccount shop/web");
});

const SUBJECTS: readonly (readonly [sub: string, namespace: string, name: string])[] = [
  ["system:serviceaccount:a:b", "a", "b"],
  ["system:serviceaccount:kube-system:my.app-1.x", "kube-system", "my.app-1.x"],
  [`system:serviceaccount:${"n".repeat(63)}:${"s".repeat(253)}`, "n".repeat(63), "s".repeat(253)],
];

for (const [sub, namespace, name] of SUBJECTS)
  test(`accepts the subject ${sub.slice(0, 60)}`, () => {
    const pod = read(withClaims({ sub }));
    assert.deepEqual([pod?.namespace, pod?.serviceAccount], [namespace, name]);
  });

const NO_SUBJECTS: readonly unknown[] = [
  ...[undefined, null, 5, true, "", "web", "shop:web", "system:node:web", "system:serviceaccount:shop"],
  ...[[SUB], [[SUB]], { sub: SUB }, { toString: SUB }, { toString: null, valueOf: null }],
  ...[`${SUB}:more`, `${SUB}\n`, `\n${SUB}`, `${SUB}\0`, `${SUB} `, ` ${SUB}`, SUB.toUpperCase()],
  ...["system:serviceaccount::web", "system:serviceaccount:shop:", "system:serviceaccount:shop:we b"],
  ...[
    "system:serviceaccount:../x:web",
    "system:serviceaccount:shop:../web",
    "system:serviceaccount:shop:.web",
  ],
  ...["system:serviceaccount:shop/x:web", "system:serviceaccount:shop:web/x", "system:serviceaccount:shop:*"],
  ...["system:serviceaccount:*:web", "system:serviceaccount:s.hop:web", "system:serviceaccount:-shop:web"],
  ...[
    "system:serviceaccount:shop:wéb",
    "system:serviceaccount:shop:web\r\nx: y",
    "system:serviceaccount:shop:%2e",
  ],
  ...[`system:serviceaccount:${"n".repeat(64)}:web`, `system:serviceaccount:shop:${"s".repeat(254)}`],
  ...[
    "SYSTEM:serviceaccount:shop:web",
    "xsystem:serviceaccount:shop:web",
    "repo:shop/web:ref:refs/heads/main",
  ],
];

for (const sub of NO_SUBJECTS)
  test(`refuses the subject ${JSON.stringify(sub)?.slice(0, 60)}`, () =>
    assert.equal(thrown(() => read(withClaims({ sub }))).code, "pod-token-malformed"));

/** The claims as written in JSON. */
const NO_TIMES = ["null", '"1900000000"', "true", "[1900000000]", "{}", "1e999", "-1e999"];

for (const exp of NO_TIMES)
  test(`refuses the expiry ${exp}`, () => {
    const token = tokenSaying(`{"sub":"${SUB}","exp":${exp}}`);
    assert.equal(thrown(() => read(token)).code, "pod-token-malformed");
  });

const good = withClaims({}).expose();
const [head = "", body = "", signature = ""] = good.split(".");
const NO_TOKENS: readonly (readonly [name: string, text: string])[] = [
  ["a word", "SECRET"],
  ["two parts", `${head}.${body}`],
  ["four parts", `${good}.SECRET`],
  ["an empty signature", `${head}.${body}.`],
  ["an empty head", `.${body}.${signature}`],
  ["claims that are not base64", `${head}.SECRET!.${signature}`],
  ["padding", `${head}.${body}=.${signature}`],
  ["the standard base64 alphabet", `${head}.${body}+/.${signature}`],
  ["claims that are not JSON", tokenSaying("SECRET").expose()],
  ["claims as a list", tokenSaying(`["${SUB}"]`).expose()],
  ["null claims", tokenSaying("null").expose()],
  ["claims as a string", tokenSaying(`"${SUB}"`).expose()],
  ["a line feed at its end", `${good}\n`],
  ["a line feed at its beginning", `\n${good}`],
  ["a header after it", `${good}\r\nX-Other: SECRET`],
  ["a space in it", `${head} .${body}.${signature}`],
  ["a NUL in it", `${head}.${body}.${signature}\0`],
  ["letters that are not ASCII", `${head}.${body}.é`],
  ["more than 64 KiB", `${good}${"A".repeat(64 * 1024)}`],
  [
    "claims that come from the prototype alone",
    tokenSaying(`{"__proto__":{"sub":"${SUB}","exp":1e10}}`).expose(),
  ],
  ["claims in a constructor", tokenSaying(`{"constructor":{"sub":"${SUB}","exp":1e10}}`).expose()],
];

for (const [name, text] of NO_TOKENS)
  test(`refuses a token with ${name} without quoting it`, () => {
    const error = thrown(() => read(new Secret(text)));
    assert.equal(error.code, "pod-token-malformed");
    assert.equal(error.facts.detail ?? error.facts.identity, undefined);
  });

test("reads a token of almost 64 KiB, and one with claims nested a thousand times", () => {
  assert.equal(read(withClaims({ padding: "x".repeat(48_000) }))?.serviceAccount, "web");
  const deep = `${"[".repeat(1000)}${"]".repeat(1000)}`;
  assert.equal(read(tokenSaying(`{"sub":"${SUB}","exp":${EXP},"deep":${deep}}`))?.serviceAccount, "web");
});

test("reads the last of duplicate claims", () => {
  const token = tokenSaying(`{"sub":"system:serviceaccount:a:b","sub":"${SUB}","exp":${EXP}}`);
  assert.equal(read(token)?.namespace, "shop");
});

const USES: readonly (readonly [name: string, claims: object, wanted: readonly string[], end: string])[] = [
  ["the accepted audience", { aud: "one" }, ["one"], "usable"],
  ["one of several audiences", { aud: ["two", "one"] }, ["one"], "usable"],
  ["one of several accepted audiences", { aud: "one" }, ["two", "one"], "usable"],
  ["another audience", { aud: "two" }, ["one"], "pod-token-wrong-audience"],
  ["the audience in capitals", { aud: "ONE" }, ["one"], "pod-token-wrong-audience"],
  ["an audience that starts with it", { aud: "one.attacker" }, ["one"], "pod-token-wrong-audience"],
  ["a slash after it", { aud: "one/" }, ["one"], "pod-token-wrong-audience"],
  ["all audiences in one string", { aud: "one,two" }, ["one"], "pod-token-wrong-audience"],
  ["no audience", {}, ["one"], "pod-token-wrong-audience"],
  ["a list within the list", { aud: [["one"]] }, ["one"], "pod-token-wrong-audience"],
  ["an expiry of now", { aud: "one", exp: NOW / SECOND }, ["one"], "pod-token-expired"],
  ["an expiry in a second", { aud: "one", exp: NOW / SECOND + 1 }, ["one"], "usable"],
  ["an expiry before 1970", { aud: "two", exp: -1 }, ["one"], "pod-token-expired"],
  ["an expiry beyond any calendar", { aud: "one", exp: 1e300 }, ["one"], "usable"],
  ["an expiry in a fraction of a second", { aud: "one", exp: NOW / SECOND + 0.5 }, ["one"], "usable"],
];

for (const [name, claims, wanted, end] of USES)
  test(`a token with ${name} is ${end}`, () => {
    const use = () => {
      const pod = read(withClaims(claims));
      assert.ok(pod);
      requireTokenAudience(pod, wanted);
    };
    if (end === "usable") use();
    else assert.equal(thrown(use).code, end);
  });

test("quotes the expected and the actual audiences in the error", () => {
  const pod = read(withClaims({ aud: ['a"b\n', "x".repeat(500)] }));
  assert.ok(pod);
  const { facts } = thrown(() => requireTokenAudience(pod, ["one", "two"]));
  assert.match(facts.detail ?? "", /^expected "one" or "two", got "a\\"b\\n", "x{123}\.\.\."$/);
  assert.equal(facts.identity, "ServiceAccount shop/web");
});
