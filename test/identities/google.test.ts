import assert from "node:assert/strict";
import { test } from "node:test";
import type { GoogleRule, Rule } from "../../src/config/schema.ts";
import { HOUR } from "../../src/core/time.ts";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import {
  type GoogleCredentialSource,
  type GoogleIdentity,
  resolveGoogleIdentity,
} from "../../src/identities/google.ts";
import { createLoginContext, type LoginContextOptions } from "../support/login-context.ts";
import { NOW, thrown } from "../support/world.ts";

const IMAGE = "europe-docker.pkg.dev/shop/images/app";
const NAME = "projects/1/locations/global/workloadIdentityPools/pool/providers/cluster";
const AUDIENCE = `https://iam.googleapis.com/${NAME}`;
const SUBJECT = "system:serviceaccount:shop:default";
const EMAIL = "puller@shop-1.iam.gserviceaccount.com";
const OTHER = "other@shop-1.iam.gserviceaccount.com";
const GKE_AUDIENCE = "shop-1.svc.id.goog";
const CLUSTER = "https://container.googleapis.com/v1/projects/shop-1/locations/eu/clusters/c";

const POD: LoginContextOptions = { subject: SUBJECT, audience: AUDIENCE };
const GKE_POD: LoginContextOptions = { subject: SUBJECT, audience: GKE_AUDIENCE };
const UPSTREAM: LoginContextOptions = {
  ...GKE_POD,
  options: { gke: { projectId: "shop-1", identityProvider: CLUSTER } },
};
const OPTED_IN = { "iam.gke.io/enable-wi-image-pull": "true" };
const NAMED = { "iam.gke.io/gcp-service-account": EMAIL };

const rule = (google: GoogleRule | undefined, more: Partial<Rule> = {}): Rule => ({
  match: ["*.pkg.dev"],
  ...(google === undefined ? {} : { google }),
  ...more,
});
const provider: GoogleRule = { workloadIdentityProvider: NAME };
const whole = { projectId: "shop-1", location: "eu", clusterName: "c" };
const allowing = (...annotationServiceAccounts: readonly string[]): Rule =>
  rule(provider, { allow: { annotationServiceAccounts } });

const accessOf = (options: LoginContextOptions, credentialsFile?: string): GoogleIdentity =>
  resolveGoogleIdentity(
    createLoginContext(IMAGE, {
      ...options,
      env: credentialsFile === undefined ? {} : { GOOGLE_APPLICATION_CREDENTIALS: credentialsFile },
    }),
  );

/** A short description of the resulting identity. */
function summary({ credentialSource, impersonate }: GoogleIdentity): string {
  return impersonate === undefined ? begun(credentialSource) : `${begun(credentialSource)} as ${impersonate}`;
}

function begun(start: GoogleCredentialSource): string {
  if (start.kind === "node") return "node";
  if (start.kind === "file") return `file ${start.path}`;
  const { pool, subject } = start;
  const source = "audience" in subject ? `${subject.kind} for ${subject.audience}` : subject.kind;
  if (pool.kind === "provider") return `${pool.name === NAME ? "provider" : pool.name} by ${source}`;
  const parts = [pool.projectId, pool.location, pool.clusterName, pool.identityProvider, pool.audience];
  return `gke ${parts.map((part) => part ?? "?").join(" ")} by ${source}`;
}

test("uses the environment's credentials file for the node, unless a rule names another source", () => {
  assert.equal(summary(accessOf({}, "/k")), "file /k");
  assert.equal(summary(accessOf({}, "")), "node");
  assert.equal(summary(accessOf({ rule: rule({ credentialsFile: "/own" }) }, "/k")), "file /own");
  const byToken = { rule: rule({ ...provider, subjectToken: "file:/t" }) };
  assert.equal(summary(accessOf(byToken, "/k")), "provider by file");
  assert.equal(
    thrown(() => accessOf({ subject: "system:serviceaccount:shop:a" }, "/k")).code,
    "pod-identity-missing",
  );
});

const BECOMES: readonly (readonly [what: string, options: LoginContextOptions, who: string])[] = [
  ["a node without a rule", {}, "node"],
  ["a node with a rule without Google settings", { rule: rule(undefined) }, "node"],
  ["a node that impersonates", { rule: rule({ serviceAccount: EMAIL }) }, `node as ${EMAIL}`],
  ["a key", { rule: rule({ credentialsFile: "/k" }) }, "file /k"],
  [
    "a key that impersonates",
    { rule: rule({ credentialsFile: "/k", serviceAccount: EMAIL }) },
    `file /k as ${EMAIL}`,
  ],
  ["a token in a file", { rule: rule({ ...provider, subjectToken: "file:/t" }) }, "provider by file"],
  [
    "AWS's token, for the provider's name",
    { rule: rule({ ...provider, subjectToken: "aws" }) },
    `provider by aws for ${AUDIENCE}`,
  ],
  [
    "AWS's signed request, for the exchange's spelling of the name",
    { rule: rule({ ...provider, subjectToken: "aws-signed" }) },
    `provider by aws-signed for //iam.googleapis.com/${NAME}`,
  ],
  [
    "Azure's token, for the rule's audience",
    { rule: rule({ ...provider, subjectToken: "azure", subjectTokenAudience: "api://pool" }) },
    "provider by azure for api://pool",
  ],
  ["a pod with its rule's provider", { ...POD, rule: rule(provider) }, "provider by request"],
  [
    "a pod whose token is for the name without https:",
    { ...POD, audience: `//iam.googleapis.com/${NAME}`, rule: rule(provider) },
    "provider by request",
  ],
  [
    "a pod whose token is for the rule's audience",
    { ...POD, audience: "shop", rule: rule({ ...provider, subjectTokenAudience: "shop" }) },
    "provider by request",
  ],
  [
    "a pod with the rule's service account",
    { ...POD, rule: rule({ ...provider, serviceAccount: EMAIL }) },
    `provider by request as ${EMAIL}`,
  ],
  [
    "a pod with an allowed annotation",
    { ...POD, rule: allowing("*@shop-1.iam.gserviceaccount.com"), annotations: NAMED },
    `provider by request as ${EMAIL}`,
  ],
  [
    "a pod with an allowed annotation beside the rule's service account",
    {
      ...POD,
      rule: rule({ ...provider, serviceAccount: OTHER }, { allow: { annotationServiceAccounts: [EMAIL] } }),
      annotations: NAMED,
    },
    `provider by request as ${EMAIL}`,
  ],
  [
    "a pod whose annotation is ignored",
    { ...POD, rule: rule(provider), annotations: NAMED },
    "provider by request",
  ],
  ["a pod without an annotation, with an allow list", { ...POD, rule: allowing("*") }, "provider by request"],
  [
    "a pod in GKE's pool with all settings",
    { ...GKE_POD, rule: rule({ gke: whole }) },
    `gke shop-1 eu c ? ${GKE_AUDIENCE} by request`,
  ],
  [
    "a pod in GKE's pool without settings",
    { ...GKE_POD, audience: "whatever", rule: rule({ gke: {} }) },
    "gke ? ? ? ? ? by request",
  ],
  [
    "a pod in GKE's pool that has opted in",
    { ...GKE_POD, annotations: OPTED_IN, rule: rule({ gke: { ...whole, optIn: true } }) },
    `gke shop-1 eu c ? ${GKE_AUDIENCE} by request`,
  ],
  [
    "a pod that has not opted in, with pod-then-node",
    { ...GKE_POD, rule: rule({ gke: { ...whole, optIn: true } }, { identity: "pod-then-node" }) },
    "node",
  ],
  [
    "a pod with auth-provider-gcp's arguments",
    { ...UPSTREAM, annotations: OPTED_IN },
    `gke shop-1 ? ? ${CLUSTER} ? by request`,
  ],
  [
    "a pod with a rule without Google settings and with arguments, with pod-then-node",
    { ...UPSTREAM, annotations: OPTED_IN, rule: rule(undefined, { identity: "pod-then-node" }) },
    "node",
  ],
  [
    "a pod that has not opted in with arguments, with pod-then-node",
    { ...UPSTREAM, rule: rule(undefined, { identity: "pod-then-node" }) },
    "node",
  ],
  [
    "a pod whose rule names a key, which is the node's",
    { ...POD, rule: rule({ credentialsFile: "/k" }) },
    "file /k",
  ],
];

for (const [what, options, who] of BECOMES)
  test(`resolves the identity of ${what}`, () => assert.equal(summary(accessOf(options)), who));

test("passes on the rule's endpoints", () => {
  const endpoints = { sts: "https://sts.example" };
  assert.deepEqual(accessOf({ ...POD, rule: rule({ ...provider, endpoints }) }).endpoints, endpoints);
});

const REFUSED: readonly (readonly [what: string, options: LoginContextOptions, code: ErrorCode])[] = [
  ["a pod without an identity", POD, "pod-identity-missing"],
  ["an annotation without a rule", { ...POD, annotations: NAMED }, "pod-identity-missing"],
  ["an opt-in without arguments or rule", { ...GKE_POD, annotations: OPTED_IN }, "pod-identity-missing"],
  ["a pod that has not opted in, with arguments", UPSTREAM, "pod-identity-missing"],
  [
    "a rule without Google settings beside arguments",
    { ...UPSTREAM, annotations: OPTED_IN, rule: rule(undefined) },
    "pod-identity-missing",
  ],
  [
    "an opt-in of True",
    { ...UPSTREAM, annotations: { "iam.gke.io/enable-wi-image-pull": "True" } },
    "pod-identity-missing",
  ],
  [
    "a pod that has not opted in under a rule with optIn",
    { ...GKE_POD, rule: rule({ gke: { ...whole, optIn: true } }) },
    "pod-identity-missing",
  ],
  [
    "a rule with a service account and without a provider",
    { ...POD, rule: rule({ serviceAccount: EMAIL }) },
    "pod-identity-missing",
  ],
  [
    "a token for another audience",
    { ...POD, audience: "sts.amazonaws.com", rule: rule(provider) },
    "pod-token-wrong-audience",
  ],
  [
    "a token for another provider",
    { ...POD, audience: `${AUDIENCE}x`, rule: rule(provider) },
    "pod-token-wrong-audience",
  ],
  [
    "a token for another project's GKE pool",
    { ...GKE_POD, audience: "shop-2.svc.id.goog", rule: rule({ gke: whole }) },
    "pod-token-wrong-audience",
  ],
  ["an expired token", { ...POD, expiresAt: NOW - HOUR, rule: rule(provider) }, "pod-token-expired"],
  [
    "an expired token with arguments",
    { ...UPSTREAM, expiresAt: NOW - HOUR, annotations: OPTED_IN },
    "pod-token-expired",
  ],
  [
    "an annotation that the rule does not allow",
    { ...POD, rule: allowing(OTHER), annotations: NAMED },
    "annotation-not-allowed",
  ],
  [
    "an account of another project",
    { ...POD, rule: allowing("*@shop-2.iam.gserviceaccount.com"), annotations: NAMED },
    "annotation-not-allowed",
  ],
  [
    "a ServiceAccount that the rule does not allow",
    { ...POD, rule: rule(provider, { allow: { serviceAccounts: ["bank/*"] } }) },
    "service-account-not-allowed",
  ],
  [
    "a node under a rule that requires a pod's token",
    { rule: rule(provider, { identity: "pod" }) },
    "pod-token-missing",
  ],
];

for (const [what, options, code] of REFUSED)
  test(`refuses ${what}`, () => {
    assert.equal(thrown(() => accessOf(options)).code, code);
  });

/**
 * Values that a pod author may write instead of an email; each would end a part of a URL or name another identity.
 */
const HOSTILE: readonly string[] = [
  "",
  " ",
  EMAIL.toUpperCase(),
  ` ${EMAIL}`,
  `${EMAIL} `,
  `${EMAIL}\n`,
  `${EMAIL}\r\nHost: evil.example`,
  `${EMAIL}\0`,
  `${EMAIL}:generateAccessToken?x=`,
  `${EMAIL}:signJwt#`,
  `../../projects/x/serviceAccounts/${EMAIL}`,
  `%2e%2e/${EMAIL}`,
  `${EMAIL}/../${OTHER}`,
  `${EMAIL}%0d%0a`,
  `${EMAIL},${OTHER}`,
  `${EMAIL}.evil.example`,
  `${EMAIL}@evil.example`,
  "puller@shop-1.iam.gserviceaccount.com.",
  "puller@shop-1.iam.gserviceaccount.co",
  "puller@shop-1.iam.gserviceaccount.com/",
  "puller@evil.example/shop-1.iam.gserviceaccount.com",
  "puller@evil.example?.iam.gserviceaccount.com",
  "puller@evil.example#.gserviceaccount.com",
  "puller@@shop-1.iam.gserviceaccount.com",
  "@shop-1.iam.gserviceaccount.com",
  "puller@.gserviceaccount.com",
  "puller@gserviceaccount.com",
  "püller@shop-1.iam.gserviceaccount.com",
  "puller@shop-1.іam.gserviceaccount.com",
  "https://iamcredentials.evil.example/puller@shop-1.iam.gserviceaccount.com",
  "-",
  "*",
  "*@shop-1.iam.gserviceaccount.com",
  '{"email":1}',
  "$(id)@shop-1.iam.gserviceaccount.com",
  `${"a".repeat(101)}@shop-1.iam.gserviceaccount.com`,
  `puller@${"a".repeat(201)}.gserviceaccount.com`,
  "a".repeat(64 * 1024),
  `${EMAIL}${"\n".repeat(64 * 1024)}`,
];

for (const value of HOSTILE)
  test(`refuses the service account ${JSON.stringify(value).slice(0, 80)} (${value.length} characters)`, () => {
    const annotations = { "iam.gke.io/gcp-service-account": value };
    const error = thrown(() => accessOf({ ...POD, rule: allowing("*", "*@*"), annotations }));
    assert.equal(error.code, "annotation-malformed");
    assert.ok((error.facts.detail ?? "").length < 200);
  });

const NO_CONSENT = ["TRUE", "True", "1", "yes", "true ", " true", "false", "", "true,true", "null"];

for (const value of NO_CONSENT)
  test(`only "true" opts in: ${JSON.stringify(value)}`, () => {
    const annotations = { "iam.gke.io/enable-wi-image-pull": value };
    assert.equal(thrown(() => accessOf({ ...UPSTREAM, annotations })).code, "pod-identity-missing");
  });

const STRANGE_CONSENT = ["true\n", "true\0", "trué", "t".repeat(65), "true\r\nX: y"];

for (const value of STRANGE_CONSENT)
  test(`refuses a malformed opt-in: ${JSON.stringify(value).slice(0, 40)}`, () => {
    const annotations = { "iam.gke.io/enable-wi-image-pull": value };
    assert.equal(thrown(() => accessOf({ ...UPSTREAM, annotations })).code, "annotation-malformed");
  });
