import assert from "node:assert/strict";
import { test } from "node:test";
import type { AwsRule, Rule } from "../../src/config/schema.ts";
import { HOUR } from "../../src/core/time.ts";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import { type AwsIdentity, resolveAwsIdentity } from "../../src/identities/aws.ts";
import { formatServiceAccount } from "../../src/identities/pod.ts";
import { createLoginContext, type LoginContextOptions } from "../support/login-context.ts";
import { NOW, thrown } from "../support/world.ts";

const IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app";
const SUBJECT = "system:serviceaccount:shop:default";
const ROLE = "arn:aws:iam::123456789012:role/pull";
const OTHER = "arn:aws:iam::123456789012:role/teams/other";
const NEXT = "arn:aws:iam::999988887777:role/images";

type Pairs = Readonly<Record<string, string>>;
const upstream = (role: string): Pairs => ({ "eks.amazonaws.com/ecr-role-arn": role });
const workload = (role: string): Pairs => ({ "eks.amazonaws.com/role-arn": role });

const POD: LoginContextOptions = { subject: SUBJECT };
const rule = (aws: AwsRule | undefined, more: Partial<Rule> = {}): Rule => ({
  match: ["*.dkr.ecr.*.amazonaws.com"],
  ...(aws === undefined ? {} : { aws }),
  ...more,
});
const allowing = (...annotationRoles: readonly string[]): Rule =>
  rule(undefined, { allow: { annotationRoles } });

interface Options extends LoginContextOptions {
  /** The registry's. */
  readonly partition?: string;
}

function accessOf({ partition = "aws", ...options }: Options): AwsIdentity {
  return resolveAwsIdentity(createLoginContext(IMAGE, options), partition);
}

/** A short description of the resulting identity. */
function summary({ credentialSource, chain }: AwsIdentity): string {
  const after = chain.map(({ arn, externalId, sessionName }) =>
    [` → ${arn}`, externalId, sessionName].filter(Boolean).join(" "),
  );
  return startOf(credentialSource) + after.join("");
}

function startOf(start: AwsIdentity["credentialSource"]): string {
  switch (start.kind) {
    case "node":
      return ["node", start.profile, start.configFile].filter(Boolean).join(" ");
    case "pod-identity":
      return `${formatServiceAccount(start.pod)} by the agent`;
    case "web-identity":
      return [start.role.arn, "by", start.subject.kind, start.role.sessionName].filter(Boolean).join(" ");
  }
}

const BY_REQUEST = `${ROLE} by request shop.default`;

const BECOMES: readonly (readonly [what: string, options: Options, who: string])[] = [
  ["a node without a rule", {}, "node"],
  ["a node with a rule without AWS settings", { rule: rule(undefined) }, "node"],
  ["a node with a profile", { rule: rule({ profile: "p" }) }, "node p"],
  ["a node with a shared file", { rule: rule({ configFile: "/c" }) }, "node /c"],
  ["a node that assumes a role", { rule: rule({ roleArn: ROLE, externalId: "x-1" }) }, `node → ${ROLE} x-1`],
  [
    "a node that assumes a chain of roles",
    { rule: rule({ roleArn: ROLE, chain: [{ roleArn: NEXT, externalId: "x-1" }] }) },
    `node → ${ROLE} → ${NEXT} x-1`,
  ],
  ["a node with a token file", { rule: rule({ roleArn: ROLE, subjectToken: "file:/t" }) }, `${ROLE} by file`],
  [
    "a node with Google's token",
    { rule: rule({ roleArn: ROLE, subjectToken: "google" }) },
    `${ROLE} by google`,
  ],
  ["a node with Azure's token", { rule: rule({ roleArn: ROLE, subjectToken: "azure" }) }, `${ROLE} by azure`],
  [
    "a pod whose rule names a profile, which is the node's",
    { ...POD, rule: rule({ profile: "p" }) },
    "node p",
  ],
  [
    "a pod whose rule names a shared file, which is the node's",
    { ...POD, rule: rule({ configFile: "/c" }) },
    "node /c",
  ],
  [
    "a pod whose rule names a token of the node",
    { ...POD, rule: rule({ roleArn: ROLE, subjectToken: "google" }) },
    `${ROLE} by google`,
  ],
  ["a pod with its rule's role", { ...POD, rule: rule({ roleArn: ROLE }) }, BY_REQUEST],
  [
    "a pod with its rule's role and a chain, with the pod's session name",
    { ...POD, rule: rule({ roleArn: ROLE, chain: [{ roleArn: NEXT, externalId: "x-1" }] }) },
    `${BY_REQUEST} → ${NEXT} x-1 shop.default`,
  ],
  [
    "a pod under a rule with identity node",
    { ...POD, annotations: upstream(ROLE), rule: rule({ roleArn: OTHER }, { identity: "node" }) },
    `node → ${OTHER}`,
  ],
  ["a pod with the pull annotation and without a rule", { ...POD, annotations: upstream(ROLE) }, BY_REQUEST],
  [
    "a pod without a rule, with any audience",
    { ...POD, audience: "x", annotations: upstream(ROLE) },
    BY_REQUEST,
  ],
  ["a pod with AWS_ECR_ROLE_ARN and without a rule", { ...POD, env: { AWS_ECR_ROLE_ARN: ROLE } }, BY_REQUEST],
  [
    "a pod whose annotation takes precedence over AWS_ECR_ROLE_ARN",
    { ...POD, annotations: upstream(ROLE), env: { AWS_ECR_ROLE_ARN: OTHER } },
    BY_REQUEST,
  ],
  [
    "a pod with an allowed pull annotation",
    { ...POD, annotations: upstream(ROLE), rule: allowing(ROLE) },
    BY_REQUEST,
  ],
  [
    "a pod with an allowed workload annotation",
    { ...POD, annotations: workload(ROLE), rule: allowing("arn:aws:iam::123456789012:role/p*") },
    BY_REQUEST,
  ],
  [
    "a pod with both annotations, of which the pull annotation takes precedence",
    { ...POD, annotations: { ...workload(OTHER), ...upstream(ROLE) }, rule: allowing(ROLE) },
    BY_REQUEST,
  ],
  [
    "a pod with an allowed role that has a path",
    { ...POD, annotations: workload(OTHER), rule: allowing("arn:aws:iam::123456789012:role/teams/*") },
    `${OTHER} by request shop.default`,
  ],
  [
    "a pod whose annotation is ignored",
    { ...POD, annotations: upstream(OTHER), rule: rule({ roleArn: ROLE }) },
    BY_REQUEST,
  ],
  [
    "a pod with an allowed annotation beside the rule's role",
    {
      ...POD,
      annotations: upstream(OTHER),
      rule: rule({ roleArn: ROLE }, { allow: { annotationRoles: [OTHER] } }),
    },
    `${OTHER} by request shop.default`,
  ],
  [
    "a pod without an annotation, with the rule's role",
    { ...POD, rule: rule({ roleArn: ROLE }, { allow: { annotationRoles: [OTHER] } }) },
    BY_REQUEST,
  ],
  [
    "a pod whose rule sets an audience",
    { ...POD, audience: "own", rule: rule({ roleArn: ROLE, subjectTokenAudience: "own" }) },
    BY_REQUEST,
  ],
  [
    "a pod whose token has several audiences",
    { ...POD, audience: ["x", "sts.amazonaws.com"], rule: rule({ roleArn: ROLE }) },
    BY_REQUEST,
  ],
  [
    "a pod with EKS Pod Identity",
    { ...POD, audience: "pods.eks.amazonaws.com", rule: rule({ podIdentity: true }) },
    "ServiceAccount shop/default by the agent",
  ],
  [
    "a pod with EKS Pod Identity and a chain, with the pod's session name",
    {
      ...POD,
      audience: "pods.eks.amazonaws.com",
      rule: rule({ podIdentity: true, chain: [{ roleArn: NEXT }] }),
    },
    `ServiceAccount shop/default by the agent → ${NEXT} shop.default`,
  ],
  [
    "a pod without an identity under a rule with pod-then-node",
    { ...POD, rule: rule(undefined, { identity: "pod-then-node" }) },
    "node",
  ],
  [
    "a pod with an identity under a rule with pod-then-node",
    { ...POD, annotations: upstream(ROLE), rule: { ...allowing(ROLE), identity: "pod-then-node" } },
    BY_REQUEST,
  ],
  [
    "a static pod, without a token, under a rule with pod-then-node",
    { rule: { ...allowing(ROLE), identity: "pod-then-node" } },
    "node",
  ],
];
for (const [what, options, who] of BECOMES)
  test(`resolves the identity of ${what}`, () => assert.equal(summary(accessOf(options)), who));

const PODS = { partition: "aws-us-gov" };
const REFUSED: readonly (readonly [what: string, options: Options, code: ErrorCode])[] = [
  ["a pod without an identity", POD, "pod-identity-missing"],
  ["a pod with an empty AWS_ECR_ROLE_ARN", { ...POD, env: { AWS_ECR_ROLE_ARN: "" } }, "pod-identity-missing"],
  ["the workload annotation without a rule", { ...POD, annotations: workload(ROLE) }, "pod-identity-missing"],
  [
    "AWS_ECR_ROLE_ARN with a rule",
    { ...POD, rule: rule(undefined), env: { AWS_ECR_ROLE_ARN: ROLE } },
    "pod-identity-missing",
  ],
  [
    "AWS_ECR_ROLE_ARN that is not a role",
    { ...POD, env: { AWS_ECR_ROLE_ARN: "role/pull" } },
    "environment-invalid",
  ],
  [
    "an annotation under a rule without an allow list",
    { ...POD, annotations: upstream(ROLE), rule: rule(undefined) },
    "annotation-not-allowed",
  ],
  [
    "a role that is not allowed",
    { ...POD, annotations: upstream(ROLE), rule: allowing(OTHER) },
    "annotation-not-allowed",
  ],
  [
    "a role that is not allowed, with pod-then-node",
    { ...POD, annotations: upstream(ROLE), rule: { ...allowing(OTHER), identity: "pod-then-node" } },
    "annotation-not-allowed",
  ],
  [
    "a role that is not allowed, beside the rule's role",
    {
      ...POD,
      annotations: upstream(OTHER),
      rule: rule({ roleArn: ROLE }, { allow: { annotationRoles: [ROLE] } }),
    },
    "annotation-not-allowed",
  ],
  [
    "a malformed annotation before a valid one",
    { ...POD, annotations: { ...upstream("x"), ...workload(ROLE) }, rule: allowing(ROLE) },
    "annotation-malformed",
  ],
  [
    "a malformed annotation beside AWS_ECR_ROLE_ARN",
    { ...POD, annotations: upstream("x"), env: { AWS_ECR_ROLE_ARN: ROLE } },
    "annotation-malformed",
  ],
  [
    "an annotated role of another partition",
    { ...POD, ...PODS, annotations: upstream(ROLE) },
    "aws-role-partition-mismatch",
  ],
  [
    "the rule's role of another partition",
    { ...POD, ...PODS, rule: rule({ roleArn: ROLE }) },
    "aws-role-partition-mismatch",
  ],
  [
    "a role of the chain of another partition",
    {
      ...POD,
      rule: rule({ roleArn: ROLE, chain: [{ roleArn: NEXT.replace("aws:", "aws-cn:") }] }),
    },
    "aws-role-partition-mismatch",
  ],
  [
    "a node's role of another partition",
    { ...PODS, rule: rule({ roleArn: ROLE }) },
    "aws-role-partition-mismatch",
  ],
  [
    "a role of another partition for a file's token",
    { ...PODS, rule: rule({ roleArn: ROLE, subjectToken: "file:/t" }) },
    "aws-role-partition-mismatch",
  ],
  [
    "AWS_ECR_ROLE_ARN of another partition",
    { ...POD, partition: "aws-cn", env: { AWS_ECR_ROLE_ARN: ROLE } },
    "aws-role-partition-mismatch",
  ],
  [
    "a token for another audience than the rule's",
    { ...POD, audience: "api://AzureADTokenExchange", rule: rule({ roleArn: ROLE }) },
    "pod-token-wrong-audience",
  ],
  [
    "a token whose audience starts with the right one",
    { ...POD, audience: "sts.amazonaws.com.evil.example", rule: rule({ roleArn: ROLE }) },
    "pod-token-wrong-audience",
  ],
  [
    "a token for STS with EKS Pod Identity",
    { ...POD, rule: rule({ podIdentity: true }) },
    "pod-token-wrong-audience",
  ],
  [
    "a token without an audience",
    { ...POD, audience: [], rule: rule({ roleArn: ROLE }) },
    "pod-token-wrong-audience",
  ],
  ["an expired token", { ...POD, expiresAt: NOW - HOUR, rule: rule({ roleArn: ROLE }) }, "pod-token-expired"],
  [
    "an expired token without a rule",
    { ...POD, expiresAt: NOW - HOUR, annotations: upstream(ROLE) },
    "pod-token-expired",
  ],
  [
    "a token that expires now",
    { ...POD, expiresAt: NOW, rule: rule({ roleArn: ROLE }) },
    "pod-token-expired",
  ],
  [
    "no token under a rule that requires one",
    { rule: rule({ roleArn: ROLE }, { identity: "pod" }) },
    "pod-token-missing",
  ],
  [
    "no token under a rule for some ServiceAccounts",
    { rule: rule({ roleArn: ROLE }, { allow: { serviceAccounts: ["shop/*"] } }) },
    "service-account-not-allowed",
  ],
  [
    "another ServiceAccount than the rule's",
    { ...POD, rule: rule({ roleArn: ROLE }, { allow: { serviceAccounts: ["shop/other", "shop-x/*"] } }) },
    "service-account-not-allowed",
  ],
  [
    "another ServiceAccount than the rule's, with pod-then-node",
    {
      ...POD,
      rule: rule(undefined, { identity: "pod-then-node", allow: { serviceAccounts: ["shop/other"] } }),
    },
    "service-account-not-allowed",
  ],
  [
    "another repository than the rule's",
    { ...POD, rule: rule({ roleArn: ROLE }, { allow: { repositories: ["team/ap", "tea"] } }) },
    "repository-not-allowed",
  ],
];
for (const [what, options, code] of REFUSED)
  test(`refuses ${what}`, () => assert.equal(thrown(() => accessOf(options)).code, code));

test("refuses a token that expired a second ago, and accepts one that expires in a second", () => {
  const at = (expiresAt: number) => ({ ...POD, expiresAt, rule: rule({ roleArn: ROLE }) });
  assert.equal(thrown(() => accessOf(at(NOW - 1000))).code, "pod-token-expired");
  assert.equal(summary(accessOf(at(NOW + 1000))), BY_REQUEST);
});

test("a wrong audience is reported with the expected one", () => {
  const error = thrown(() => accessOf({ ...POD, audience: ["a", "b"], rule: rule({ roleArn: ROLE }) }));
  assert.equal(error.facts.detail, 'expected "sts.amazonaws.com", got "a", "b"');
  assert.equal(error.facts.identity, "ServiceAccount shop/default");
});

/** Values that a pod author may write instead of a role. */
const HOSTILE: readonly (readonly [what: string, value: string])[] = [
  ["an empty value", ""],
  ["a space before it", ` ${ROLE}`],
  ["a space after it", `${ROLE} `],
  ["a line feed after it", `${ROLE}\n`],
  ["a carriage return and a header", `${ROLE}\r\nHost: attacker.example`],
  ["a null after it", `${ROLE}\0`],
  ["a tab in it", ROLE.replace("pull", "pu\tll")],
  ["a path out of it", `${ROLE}/..`],
  ["a path out of it and into another", `${ROLE}/../admin`],
  ["a path of dots", "arn:aws:iam::123456789012:role/.."],
  ["a path of one dot", "arn:aws:iam::123456789012:role/./pull"],
  ["an empty segment", "arn:aws:iam::123456789012:role//pull"],
  ["a slash at its end", `${ROLE}/`],
  ["an escaped path", `${ROLE}%2f..`],
  ["a backslash", "arn:aws:iam::123456789012:role\\pull"],
  ["a query", `${ROLE}?x=y`],
  ["another form field", `${ROLE}&DurationSeconds=43200`],
  ["a policy beside it", `${ROLE}&Policy={}`],
  ["a fragment", `${ROLE}#`],
  ["a URL", `https://attacker.example/${ROLE}`],
  ["no name", "arn:aws:iam::123456789012:role/"],
  ["no role", "arn:aws:iam::123456789012:root"],
  ["a user", "arn:aws:iam::123456789012:user/pull"],
  ["a session", "arn:aws:sts::123456789012:assumed-role/pull/x"],
  ["an instance profile", "arn:aws:iam::123456789012:instance-profile/pull"],
  ["a policy", "arn:aws:iam::123456789012:policy/pull"],
  ["a provider", "arn:aws:iam::123456789012:oidc-provider/evil.example"],
  ["a name alone", "pull"],
  ["an account too short", ROLE.replace("123456789012", "12345678901")],
  ["an account too long", ROLE.replace("123456789012", "1234567890123")],
  ["an account of letters", ROLE.replace("123456789012", "abcdefghijkl")],
  ["no account", ROLE.replace("123456789012", "")],
  ["any account", ROLE.replace("123456789012", "*")],
  ["a region in it", ROLE.replace("iam::", "iam:us-east-1:")],
  ["another service", ROLE.replace(":iam:", ":s3:")],
  ["the service in capitals", ROLE.replace(":iam:", ":IAM:")],
  ["an unknown partition", ROLE.replace("arn:aws:", "arn:evil:")],
  ["a partition in capitals", ROLE.replace("arn:aws:", "arn:AWS:")],
  ["a partition with a host", ROLE.replace("arn:aws:", "arn:aws.evil.example:")],
  ["no partition", ROLE.replace("arn:aws:", "arn::")],
  ["a long partition", ROLE.replace("arn:aws:", `arn:aws-${"x".repeat(40)}:`)],
  ["fullwidth digits", ROLE.replace("1234", "\uff11\uff12\uff13\uff14")],
  ["an Arabic digit", ROLE.replace("1", "\u0661")],
  ["a Cyrillic letter", ROLE.replace("pull", "p\u0443ll")],
  ["a look-alike of a colon", ROLE.replace(":iam", "\ua789iam")],
  ["a look-alike of a slash", ROLE.replace("/", "\u2215")],
  ["a soft hyphen", ROLE.replace("pull", "pu\u00adll")],
  ["a right-to-left override", `\u202e${ROLE}`],
  ["half of a surrogate pair", `${ROLE}\ud800`],
  ["a pattern", "*"],
  ["a pattern for all roles", "arn:aws:iam::123456789012:role/*"],
  ["a pattern for one letter", "arn:aws:iam::123456789012:role/pul?"],
  ["two roles", `${ROLE},${OTHER}`],
  ["two roles on two lines", `${ROLE}\n${OTHER}`],
  ["quotes", `"${ROLE}"`],
  ["a shell command", `${ROLE};reboot`],
  ["a shell substitution", "arn:aws:iam::123456789012:role/$(reboot)"],
  ["a template", "arn:aws:iam::123456789012:role/{{pull}}"],
  ["a JSON object", `{"Ref":"${ROLE}"}`],
  ["a prototype", "__proto__"],
  ["a name too long", `arn:aws:iam::123456789012:role/${"a".repeat(513)}`],
  ["64 KiB of a name", `arn:aws:iam::123456789012:role/${"a".repeat(65_536)}`],
  ["64 KiB of dots and slashes", `arn:aws:iam::123456789012:role/${"../".repeat(21_845)}`],
  ["64 KiB of slashes", `arn:aws:iam::123456789012:role${"/".repeat(65_536)}`],
  ["64 KiB of segments", `arn:aws:iam::123456789012:role${"/a".repeat(32_768)}!`],
];
for (const [key, annotations] of [
  ["ecr-role-arn", upstream],
  ["role-arn", workload],
] as const)
  for (const [what, value] of HOSTILE)
    test(`refuses the annotation ${key} with ${what}`, () => {
      const options = { ...POD, annotations: annotations(value), rule: allowing("*", "*:*:*::*:*/*", "*/*") };
      const error = thrown(() => accessOf(options));
      assert.equal(error.code, "annotation-malformed");
      assert.ok(error.message.length < 400, error.message);
      assert.match(error.message, /^[ -~\u0080-\uffff]+$/);
    });

test("accepts the longest role name of IAM", () => {
  const longest = `arn:aws:iam::123456789012:role/${`${"p".repeat(99)}/`.repeat(4)}${"r".repeat(64)}`;
  assert.equal(
    summary(accessOf({ ...POD, annotations: upstream(longest) })),
    `${longest} by request shop.default`,
  );
});

/** Roles that a pattern for one account's team roles must not match. */
const LOOK_ALIKES: readonly string[] = [
  "arn:aws:iam::123456789013:role/team-a",
  "arn:aws:iam::123456789021:role/team-a",
  "arn:aws:iam::023456789012:role/team-a",
  "arn:aws:iam::111122223333:role/team-a",
  "arn:aws:iam::123456789012:role/team",
  "arn:aws:iam::123456789012:role/steam-a",
  "arn:aws:iam::123456789012:role/Team-a",
  "arn:aws:iam::123456789012:role/teams/team-a",
  "arn:aws:iam::123456789012:role/team-a/admin",
  "arn:aws:iam::123456789012:role/team_a",
  "arn:aws-cn:iam::123456789012:role/team-a",
  "arn:aws-us-gov:iam::123456789012:role/team-a",
  "arn:aws-iso:iam::123456789012:role/team-a",
  "arn:aws-evil:iam::123456789012:role/team-a",
];
for (const arn of LOOK_ALIKES)
  test(`refuses a role that resembles an allowed one: ${arn}`, () => {
    const rule = allowing("arn:aws:iam::123456789012:role/team-*");
    const error = thrown(() => accessOf({ ...POD, rule, annotations: workload(arn) }));
    assert.deepEqual([error.code, error.facts.detail], ["annotation-not-allowed", JSON.stringify(arn)]);
  });

test("a pattern that is not a whole ARN allows nothing", () => {
  for (const pattern of ["*", "*pull", "role/pull", "arn:aws:iam::123456789012:*", "arn:*/pull", ""]) {
    const options = { ...POD, rule: allowing(pattern), annotations: upstream(ROLE) };
    assert.equal(thrown(() => accessOf(options)).code, "annotation-not-allowed", pattern);
  }
});

const SESSIONS: readonly (readonly [namespace: string, account: string, session: string])[] = [
  ["shop", "default", "shop.default"],
  ["a", "b", "a.b"],
  ["kube-system", "aws-node.v2", "kube-system.aws-node.v2"],
  ["n".repeat(63), "s".repeat(253), `${"n".repeat(63)}.`],
  ["n".repeat(30), "s".repeat(253), `${"n".repeat(30)}.${"s".repeat(33)}`],
];
for (const [namespace, account, session] of SESSIONS)
  test(`names the session after the pod: ${session}`, () => {
    const subject = `system:serviceaccount:${namespace}:${account}`;
    const { credentialSource } = accessOf({ ...POD, subject, rule: rule({ roleArn: ROLE }) });
    assert.ok(credentialSource.kind === "web-identity");
    assert.equal(credentialSource.role.sessionName, session);
    assert.match(session, /^[\w+=,.@-]{2,64}$/);
  });

test("passes on the rule's region and endpoints for pods and nodes", () => {
  const aws = { roleArn: ROLE, region: "eu-west-1", endpoints: { sts: "https://sts.internal.example" } };
  for (const options of [{}, POD]) {
    const { region, endpoints } = accessOf({ ...options, rule: rule(aws) });
    assert.deepEqual({ region, endpoints }, { region: aws.region, endpoints: aws.endpoints });
  }
});

test("requests a subject token for the rule's audience, or else STS", () => {
  const subjectOf = (aws: AwsRule) => {
    const { credentialSource } = accessOf({ rule: rule({ roleArn: ROLE, ...aws }) });
    return credentialSource.kind === "web-identity" ? credentialSource.subject : undefined;
  };
  assert.deepEqual(subjectOf({ subjectToken: "google" }), { kind: "google", audience: "sts.amazonaws.com" });
  assert.deepEqual(subjectOf({ subjectToken: "azure", subjectTokenAudience: "api://pull" }), {
    kind: "azure",
    audience: "api://pull",
  });
  assert.deepEqual(subjectOf({ subjectToken: "file:/t" }), {
    kind: "file",
    path: "/t",
    setting: "subjectToken",
    audiences: ["sts.amazonaws.com"],
  });
});

for (const identity of ["pod", "pod-then-node", undefined] as const)
  test(`a malformed annotation never falls back to the node with identity ${identity ?? "unset"}`, () => {
    const allow = { annotationRoles: [ROLE] };
    const options = {
      ...POD,
      annotations: workload("not an ARN"),
      rule: rule(undefined, { allow, ...(identity === undefined ? {} : { identity }) }),
    };
    assert.equal(thrown(() => accessOf(options)).code, "annotation-malformed");
  });
