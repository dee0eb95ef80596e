import assert from "node:assert/strict";
import { test } from "node:test";
import { identityMode } from "../../src/config/policy.ts";
import type { Rule } from "../../src/config/schema.ts";
import { ProviderError } from "../../src/errors/provider-error.ts";
import {
  type AnnotationKey,
  type AnnotationPolicy,
  readAnnotation,
  requireAllowedAnnotation,
  usesAnnotations,
} from "../../src/identities/annotations.ts";
import { requireAllowed, requireIdentity, selectPod } from "../../src/identities/identity.ts";
import type { Pod } from "../../src/identities/pod.ts";
import { createLoginContext, type LoginContextOptions } from "../support/login-context.ts";
import { thrown } from "../support/world.ts";

const IMAGE = "shop.azurecr.io/team/app";
const SUBJECT = "system:serviceaccount:shop:web";

function contextWith(token: boolean, rule: Rule | undefined) {
  const options: LoginContextOptions = { ...(token ? { subject: SUBJECT } : {}), ...(rule ? { rule } : {}) };
  return createLoginContext(IMAGE, options);
}

function podWith(annotations: Readonly<Record<string, string>>): Pod {
  const { pod } = createLoginContext(IMAGE, { subject: SUBJECT, annotations });
  assert.ok(pod);
  return pod;
}

/** The identity that is used, or the error; and whether the pod's own identity was looked up. */
function outcome(token: boolean, rule: Rule | undefined, named: boolean): string {
  const context = contextWith(token, rule);
  try {
    const pod = selectPod(context);
    if (pod === undefined) return "node";
    requireIdentity(context, pod, named ? {} : undefined);
    return named ? "pod as role, asked" : "node, asked";
  } catch (error) {
    assert.ok(error instanceof ProviderError);
    return error.code === "pod-identity-missing" ? `${error.code}, asked` : error.code;
  }
}

type Mode = "no rule" | "no mode" | "pod" | "node" | "pod-then-node";
const ALLOWING = { serviceAccounts: ["shop/*"], repositories: ["team"] };
const REFUSING = { serviceAccounts: ["other/*"] };

function ruleOf(mode: Mode, allow?: Rule["allow"]): Rule | undefined {
  if (mode === "no rule") return undefined;
  return {
    match: ["*.azurecr.io"],
    ...(mode === "no mode" ? {} : { identity: mode }),
    ...(allow ? { allow } : {}),
  };
}

const TRUTH: readonly (readonly [Mode, token: boolean, named: boolean, outcome: string])[] = [
  ["no rule", false, false, "node"],
  ["no rule", true, false, "pod-identity-missing, asked"],
  ["no rule", true, true, "pod as role, asked"],
  ["no mode", false, false, "node"],
  ["no mode", true, false, "pod-identity-missing, asked"],
  ["no mode", true, true, "pod as role, asked"],
  ["pod", false, false, "pod-token-missing"],
  ["pod", true, false, "pod-identity-missing, asked"],
  ["pod", true, true, "pod as role, asked"],
  ["node", false, false, "node"],
  ["node", true, false, "node"],
  ["node", true, true, "node"],
  ["pod-then-node", false, false, "node"],
  ["pod-then-node", true, false, "node, asked"],
  ["pod-then-node", true, true, "pod as role, asked"],
];

for (const [mode, token, named, expected] of TRUTH) {
  const who = token ? `a pod with ${named ? "a" : "no"} role` : "a request without a token";
  test(`${mode}: ${who} results in ${expected}`, () =>
    assert.equal(outcome(token, ruleOf(mode), named), expected));
  if (mode === "no rule") continue;
  test(`${mode}: ${who} that the rule does not allow is refused before its identity is looked up`, () => {
    const refusal = mode === "pod" && !token ? "pod-token-missing" : "service-account-not-allowed";
    assert.equal(outcome(token, ruleOf(mode, REFUSING), named), refusal);
  });
  if (token)
    test(`${mode}: ${who} that the rule allows results in ${expected}`, () =>
      assert.equal(outcome(token, ruleOf(mode, ALLOWING), named), expected));
}

const MODES: readonly (readonly [name: string, rule: Partial<Rule> | undefined, mode: Rule["identity"]])[] = [
  ["an empty rule", {}, undefined],
  ["a role of AWS", { aws: { roleArn: "arn:aws:iam::111122223333:role/pull" } }, undefined],
  ["the request's token", { aws: { subjectToken: "request" } }, "pod"],
  ["a token from a file", { aws: { subjectToken: "file:/t" } }, "node"],
  ["a token of another cloud for Google", { google: { subjectToken: "aws" } }, "node"],
  ["a token of another cloud for Azure", { azure: { subjectToken: "google" } }, "node"],
  ["a profile", { aws: { profile: "p" } }, "node"],
  ["a shared file", { aws: { configFile: "/c" } }, "node"],
  ["a key file", { google: { credentialsFile: "/k" } }, "node"],
  ["a provider of workload identities", { google: { workloadIdentityProvider: "p" } }, undefined],
  ["a secret", { azure: { clientSecretFile: "/s" } }, "node"],
  ["a secret in a variable", { azure: { clientSecretEnv: "S" } }, "node"],
  ["a certificate", { azure: { certificateFile: "/c" } }, "node"],
  ["a static login", { static: { dockerConfig: "/d" } }, "node"],
  ["a certificate and identity: pod", { identity: "pod", azure: { certificateFile: "/c" } }, "pod"],
  [
    "a profile and identity: pod-then-node",
    { identity: "pod-then-node", aws: { profile: "p" } },
    "pod-then-node",
  ],
  ["identity: node only", { identity: "node" }, "node"],
];

for (const [name, rule, mode] of MODES)
  test(`a rule with ${name} has the identity mode ${mode ?? "of the request"}`, () =>
    assert.equal(identityMode({ match: ["x"], ...rule }), mode));

const ALLOWED: readonly (readonly [
  name: string,
  allow: Rule["allow"],
  token: boolean,
  image: string,
  end: string,
])[] = [
  ["no list", {}, false, IMAGE, "allowed"],
  ["its own name", { serviceAccounts: ["shop/web"] }, true, IMAGE, "allowed"],
  ["its namespace", { serviceAccounts: ["shop/*"] }, true, IMAGE, "allowed"],
  ["every name", { serviceAccounts: ["*/*"] }, true, IMAGE, "allowed"],
  ["a * alone", { serviceAccounts: ["*"] }, true, IMAGE, "service-account-not-allowed"],
  ["a longer namespace", { serviceAccounts: ["shops/*"] }, true, IMAGE, "service-account-not-allowed"],
  ["a shorter name", { serviceAccounts: ["shop/we"] }, true, IMAGE, "service-account-not-allowed"],
  ["capitals", { serviceAccounts: ["Shop/web"] }, true, IMAGE, "service-account-not-allowed"],
  ["every name, without a token", { serviceAccounts: ["*/*"] }, false, IMAGE, "service-account-not-allowed"],
  ["the repository", { repositories: ["team/app"] }, false, IMAGE, "allowed"],
  ["a prefix of the path", { repositories: ["x", "team"] }, false, IMAGE, "allowed"],
  ["a tag", { repositories: ["team/app"] }, false, `${IMAGE}:1.0@sha256:00`, "allowed"],
  ["another path", { repositories: ["teams"] }, false, IMAGE, "repository-not-allowed"],
  ["a part of a segment", { repositories: ["te"] }, false, IMAGE, "repository-not-allowed"],
  ...["team/../x", "team/%2e%2e/x", "team//x", "Team/x", "", "team/x:1/y", "team\\x"].map(
    (path): (typeof ALLOWED)[number] => [
      `every path, for ${JSON.stringify(path)}`,
      { repositories: ["*", "team"] },
      false,
      `shop.azurecr.io/${path}`,
      "repository-not-allowed",
    ],
  ),
];

for (const [name, allow, token, image, end] of ALLOWED)
  test(`a rule that allows ${name} results in ${end}`, () => {
    const rule: Rule = { match: ["x"], ...(allow ? { allow } : {}) };
    const use = () =>
      requireAllowed(createLoginContext(image, { rule, ...(token ? { subject: SUBJECT } : {}) }));
    if (end === "allowed") use();
    else assert.equal(thrown(use).code, end);
  });

const ARN = /^arn:aws:iam::[0-9]{12}:role\/[\w-]+$/;
const KEYS: readonly AnnotationKey[] = ["eks.amazonaws.com/ecr-role-arn", "eks.amazonaws.com/role-arn"];
const ROLE = "arn:aws:iam::111122223333:role/a";

test("reads the first annotation that is present", () => {
  const of = (annotations: Readonly<Record<string, string>>) =>
    readAnnotation(podWith(annotations), KEYS, ARN);
  assert.equal(of({}), undefined);
  assert.equal(of({ "eks.amazonaws.com/role-arn": ROLE }), ROLE);
  assert.equal(
    of({ "eks.amazonaws.com/role-arn": `${ROLE}2`, "eks.amazonaws.com/ecr-role-arn": ROLE }),
    ROLE,
  );
  assert.equal(of({ "EKS.amazonaws.com/role-arn": ROLE, "x/role-arn": ROLE, toString: ROLE }), undefined);
});

test("refuses a malformed first annotation instead of reading the next", () => {
  const pod = podWith({ "eks.amazonaws.com/ecr-role-arn": "", "eks.amazonaws.com/role-arn": ROLE });
  assert.equal(thrown(() => readAnnotation(pod, KEYS, ARN)).code, "annotation-malformed");
});

const MALFORMED = [
  ...["", " ", "x", `${ROLE}\n`, `\n${ROLE}`, ` ${ROLE}`, `${ROLE}\0`, `${ROLE}\r\nX-Y: z`, `${ROLE}/../b`],
  ...[`${ROLE}%0a`, `${ROLE}é`, `arn:aws:iam::111122223333:role/${"a".repeat(640)}`, "a".repeat(65_536)],
];

for (const value of MALFORMED)
  test(`refuses the value ${JSON.stringify(value).slice(0, 60)} and quotes it`, () => {
    const pod = podWith({ "eks.amazonaws.com/role-arn": value });
    const { code, facts } = thrown(() => readAnnotation(pod, KEYS, ARN));
    assert.equal(code, "annotation-malformed");
    assert.match(facts.detail ?? "", /^eks\.amazonaws\.com\/role-arn: "[^\n\r]{0,126}"$/);
    assert.equal(facts.identity, "ServiceAccount shop/web");
  });

/** Reads an annotation under a rule, as the clouds' identities do. */
function readAllowed(pod: Pod, policy: AnnotationPolicy): string | undefined {
  if (!usesAnnotations(policy)) return undefined;
  const role = readAnnotation(pod, KEYS, ARN);
  if (role !== undefined) requireAllowedAnnotation(pod, role, policy);
  return role;
}

const LIST = ["arn:aws:iam::111122223333:role/*"];
const LISTS: readonly (readonly [
  what: string,
  list: readonly string[] | undefined,
  hasDefaultIdentity: boolean,
  annotated: boolean,
  end: string | undefined,
])[] = [
  ["no list and no identity", undefined, false, true, "annotation-not-allowed"],
  ["no list and no identity, without an annotation", undefined, false, false, undefined],
  ["no list and an identity", undefined, true, true, undefined],
  ["a list with the role", LIST, false, true, ROLE],
  ["a list with the role and an identity", LIST, true, true, ROLE],
  ["a list, without an annotation", LIST, true, false, undefined],
  ["an empty list", [], true, true, "annotation-not-allowed"],
  ["a list of one *", ["*"], true, true, "annotation-not-allowed"],
  ["a list with another role", [`${ROLE}b`], true, true, "annotation-not-allowed"],
];

for (const [what, allowList, hasDefaultIdentity, annotated, end] of LISTS)
  test(`annotations under a rule with ${what} result in ${end ?? "none"}`, () => {
    const pod = podWith(annotated ? { "eks.amazonaws.com/role-arn": ROLE } : {});
    const found = () => readAllowed(pod, { allowList, hasDefaultIdentity });
    if (end !== "annotation-not-allowed") return assert.equal(found(), end);
    const { code, facts } = thrown(found);
    assert.deepEqual(
      [code, facts.detail, facts.identity],
      [end, JSON.stringify(ROLE), "ServiceAccount shop/web"],
    );
  });

test("an annotation that is not used is not validated", () => {
  const pod = podWith({ "eks.amazonaws.com/role-arn": "x" });
  const read = (hasDefaultIdentity: boolean) =>
    readAllowed(pod, { allowList: undefined, hasDefaultIdentity });
  assert.equal(read(true), undefined);
  assert.equal(thrown(() => read(false)).code, "annotation-malformed");
});
