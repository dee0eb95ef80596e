import assert from "node:assert/strict";
import { test } from "node:test";
import type { AzureRule, Rule } from "../../src/config/schema.ts";
import { HOUR } from "../../src/core/time.ts";
import type { Environment } from "../../src/core/world.ts";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import { type AzureIdentity, resolveAzureIdentity } from "../../src/identities/azure.ts";
import { createLoginContext, type LoginContextOptions } from "../support/login-context.ts";
import { NOW, thrown } from "../support/world.ts";

const IMAGE = "shop.azurecr.io/team/app";
const AUDIENCE = "api://AzureADTokenExchange";
const TENANT = "72f988bf-0000-4000-8000-00000000000a";
const CLIENT = "33333333-0000-4000-8000-00000000000b";
const OTHER = "33333333-0000-4000-8000-00000000000c";
const SUBJECT = "system:serviceaccount:shop:default";

type Pairs = Readonly<Record<string, string>>;
const upstream = (client: string, tenant: string): Pairs => ({
  "kubernetes.azure.com/acr-client-id": client,
  "kubernetes.azure.com/acr-tenant-id": tenant,
});
const workload = (client: string, tenant: string): Pairs => ({
  "azure.workload.identity/client-id": client,
  "azure.workload.identity/tenant-id": tenant,
});

const POD: LoginContextOptions = { subject: SUBJECT, audience: AUDIENCE };
const rule = (azure: AzureRule | undefined, more: Partial<Rule> = {}): Rule => ({
  match: ["*.azurecr.io"],
  ...(azure === undefined ? {} : { azure }),
  ...more,
});
const allowing = (...annotationClients: readonly string[]): Rule =>
  rule(undefined, { allow: { annotationClients } });

const accessOf = (options: LoginContextOptions, env: Environment = {}): AzureIdentity =>
  resolveAzureIdentity(createLoginContext(IMAGE, { ...options, env }), AUDIENCE);

/** A short description of the resulting identity. */
function summary({ credentialSource }: AzureIdentity): string {
  switch (credentialSource.kind) {
    case "node":
      return ["node", credentialSource.clientId, credentialSource.resourceId, credentialSource.objectId]
        .filter(Boolean)
        .join(" ");
    case "assertion":
      return `${credentialSource.tenantId}/${credentialSource.clientId} by ${credentialSource.subject.kind}`;
    default:
      return `${credentialSource.tenantId}/${credentialSource.clientId} by ${credentialSource.kind}`;
  }
}

const app = { tenantId: TENANT, clientId: CLIENT };
const ENV = { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: CLIENT };
const AZURE_JSON: LoginContextOptions = { options: { azureConfigPath: "/azure.json" } };

const BY_ENVIRONMENT: readonly (readonly [string, Environment, LoginContextOptions, who: string])[] = [
  ["a secret", { ...ENV, AZURE_CLIENT_SECRET: "s" }, {}, `${TENANT}/${CLIENT} by secret`],
  [
    "a certificate",
    { ...ENV, AZURE_CLIENT_CERTIFICATE_PATH: "/c" },
    {},
    `${TENANT}/${CLIENT} by certificate`,
  ],
  ["a token file", { ...ENV, AZURE_FEDERATED_TOKEN_FILE: "/t" }, {}, `${TENANT}/${CLIENT} by file`],
  ["no credential", ENV, {}, "node"],
  ["empty variables", { ...ENV, AZURE_CLIENT_SECRET: "", AZURE_FEDERATED_TOKEN_FILE: "" }, {}, "node"],
  ["a secret beside azure.json", { ...ENV, AZURE_CLIENT_SECRET: "s" }, AZURE_JSON, "node"],
  [
    "a secret beside a rule's managed identity",
    { ...ENV, AZURE_CLIENT_SECRET: "s" },
    { rule: rule({ clientId: CLIENT }) },
    `node ${CLIENT}`,
  ],
];
for (const [what, env, options, who] of BY_ENVIRONMENT)
  test(`resolves the environment's application with ${what} to ${who}`, () =>
    assert.equal(summary(accessOf(options, env)), who));

test("refuses an application's credential in the environment without its ids", () => {
  const env = { AZURE_CLIENT_ID: CLIENT, AZURE_CLIENT_SECRET: "s" };
  assert.equal(thrown(() => accessOf({}, env)).code, "environment-invalid");
});

for (const [name, value] of [
  ["AZURE_TENANT_ID", "a b/.."],
  ["AZURE_TENANT_ID", `${TENANT}/..`],
  ["AZURE_TENANT_ID", `${TENANT}\n`],
  ["AZURE_CLIENT_ID", "canary"],
  ["AZURE_CLIENT_ID", `${CLIENT} `],
] as const)
  test(`refuses ${name} with ${JSON.stringify(value)} without quoting it`, () => {
    const error = thrown(() => accessOf({}, { ...ENV, AZURE_CLIENT_SECRET: "s", [name]: value }));
    assert.equal(error.code, "environment-invalid");
    assert.match(error.message, new RegExp(`: ${name} is not `));
    assert.ok(!error.message.includes(value), error.message);
  });

test("a pod never gets the environment's application", () => {
  const error = thrown(() => accessOf(POD, { ...ENV, AZURE_CLIENT_SECRET: "s" }));
  assert.equal(error.code, "pod-identity-missing");
});

const BY_REQUEST = `${TENANT}/${CLIENT} by request`;
const RESOURCE =
  "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i";

const BECOMES: readonly (readonly [what: string, options: LoginContextOptions, who: string])[] = [
  ["a node without a rule", {}, "node"],
  ["a node with a rule without Azure settings", { rule: rule(undefined) }, "node"],
  ["a node with a client id", { rule: rule({ clientId: CLIENT }) }, `node ${CLIENT}`],
  ["a node with a resource id", { rule: rule({ resourceId: RESOURCE }) }, `node ${RESOURCE}`],
  ["a node with an object id", { rule: rule({ objectId: CLIENT }) }, `node ${CLIENT}`],
  [
    "an application with a secret in a file",
    { rule: rule({ ...app, clientSecretFile: "/s" }) },
    `${TENANT}/${CLIENT} by secret`,
  ],
  [
    "an application with a secret in a variable",
    { rule: rule({ ...app, clientSecretEnv: "S" }) },
    `${TENANT}/${CLIENT} by secret`,
  ],
  [
    "an application with a certificate",
    { rule: rule({ ...app, certificateFile: "/c" }) },
    `${TENANT}/${CLIENT} by certificate`,
  ],
  [
    "an application with a token file",
    { rule: rule({ ...app, subjectToken: "file:/t" }) },
    `${TENANT}/${CLIENT} by file`,
  ],
  [
    "an application with AWS's token",
    { rule: rule({ ...app, subjectToken: "aws" }) },
    `${TENANT}/${CLIENT} by aws`,
  ],
  [
    "an application with Google's token",
    { rule: rule({ ...app, subjectToken: "google" }) },
    `${TENANT}/${CLIENT} by google`,
  ],
  [
    "a pod whose rule names a secret, which is the node's",
    { ...POD, rule: rule({ ...app, clientSecretFile: "/s" }) },
    `${TENANT}/${CLIENT} by secret`,
  ],
  ["a pod with its rule's application", { ...POD, rule: rule(app) }, BY_REQUEST],
  [
    "a pod with the pull annotations and without a rule",
    { ...POD, annotations: upstream(CLIENT, TENANT) },
    BY_REQUEST,
  ],
  [
    "a pod without a rule, with any audience",
    { ...POD, audience: "x", annotations: upstream(CLIENT, TENANT) },
    BY_REQUEST,
  ],
  [
    "a pod with allowed pull annotations",
    { ...POD, rule: allowing(`${TENANT}/*`), annotations: upstream(CLIENT, TENANT) },
    BY_REQUEST,
  ],
  [
    "a pod with allowed workload annotations",
    { ...POD, rule: allowing(`${TENANT}/*`), annotations: workload(CLIENT, TENANT) },
    BY_REQUEST,
  ],
  [
    "a pod with annotations in capitals",
    { ...POD, rule: allowing(`${TENANT}/${CLIENT}`), annotations: workload(CLIENT.toUpperCase(), TENANT) },
    `${TENANT}/${CLIENT.toUpperCase()} by request`,
  ],
  [
    "a pod with both pairs of annotations, of which the first takes precedence",
    {
      ...POD,
      rule: allowing(`${TENANT}/*`),
      annotations: { ...workload(OTHER, TENANT), ...upstream(CLIENT, TENANT) },
    },
    BY_REQUEST,
  ],
  [
    "a pod with its client and the rule's tenant",
    {
      ...POD,
      rule: rule({ tenantId: TENANT }, { allow: { annotationClients: [`${TENANT}/${CLIENT}`] } }),
      annotations: { "azure.workload.identity/client-id": CLIENT },
    },
    BY_REQUEST,
  ],
  [
    "a pod whose annotation is ignored",
    { ...POD, rule: rule(app), annotations: upstream(OTHER, TENANT) },
    BY_REQUEST,
  ],
  [
    "a pod with an allowed annotation beside the rule's application",
    {
      ...POD,
      rule: rule(app, { allow: { annotationClients: [`${TENANT}/*`] } }),
      annotations: upstream(OTHER, TENANT),
    },
    `${TENANT}/${OTHER} by request`,
  ],
  [
    "a pod whose rule sets an audience",
    { ...POD, audience: "api://own", rule: rule({ ...app, subjectTokenAudience: "api://own" }) },
    BY_REQUEST,
  ],
  [
    "a pod without an identity under a rule with pod-then-node",
    { ...POD, rule: rule({ objectId: OTHER }, { identity: "pod-then-node" }) },
    `node ${OTHER}`,
  ],
  [
    "a pod with only a tenant under a rule with pod-then-node",
    {
      ...POD,
      rule: rule(undefined, { identity: "pod-then-node" }),
      annotations: { "azure.workload.identity/tenant-id": TENANT },
    },
    "node",
  ],
];
for (const [what, options, who] of BECOMES)
  test(`resolves the identity of ${what}`, () => assert.equal(summary(accessOf(options)), who));

const REFUSED: readonly (readonly [what: string, options: LoginContextOptions, code: ErrorCode])[] = [
  ["a pod without an identity", POD, "pod-identity-missing"],
  [
    "the workload annotations without a rule",
    { ...POD, annotations: workload(CLIENT, TENANT) },
    "pod-identity-missing",
  ],
  [
    "an annotation under a rule without an allow list",
    { ...POD, rule: rule(undefined), annotations: upstream(CLIENT, TENANT) },
    "annotation-not-allowed",
  ],
  [
    "a client that is not allowed",
    { ...POD, rule: allowing(`${TENANT}/${OTHER}`), annotations: upstream(CLIENT, TENANT) },
    "annotation-not-allowed",
  ],
  [
    "a client that is not allowed, with pod-then-node",
    {
      ...POD,
      rule: { ...allowing(`${TENANT}/${OTHER}`), identity: "pod-then-node" },
      annotations: upstream(CLIENT, TENANT),
    },
    "annotation-not-allowed",
  ],
  [
    "a client without a tenant",
    { ...POD, annotations: { "kubernetes.azure.com/acr-client-id": CLIENT } },
    "annotation-malformed",
  ],
  [
    "a client of one pair with a tenant of the other",
    {
      ...POD,
      rule: allowing("*/*"),
      annotations: {
        "kubernetes.azure.com/acr-client-id": CLIENT,
        "azure.workload.identity/tenant-id": TENANT,
      },
    },
    "annotation-malformed",
  ],
  [
    "a token for another audience than the rule's",
    { ...POD, audience: "sts.amazonaws.com", rule: rule(app) },
    "pod-token-wrong-audience",
  ],
  [
    "a token for US Government's audience",
    { ...POD, audience: `${AUDIENCE}USGov`, rule: rule(app) },
    "pod-token-wrong-audience",
  ],
  ["an expired token", { ...POD, expiresAt: NOW - HOUR, rule: rule(app) }, "pod-token-expired"],
  [
    "an expired token without a rule",
    { ...POD, expiresAt: NOW - HOUR, annotations: upstream(CLIENT, TENANT) },
    "pod-token-expired",
  ],
  ["no token under a rule that requires one", { rule: rule(app, { identity: "pod" }) }, "pod-token-missing"],
  [
    "another ServiceAccount than the rule's",
    { ...POD, rule: rule(app, { allow: { serviceAccounts: ["shop/other"] } }) },
    "service-account-not-allowed",
  ],
  [
    "another repository than the rule's",
    { ...POD, rule: rule(app, { allow: { repositories: ["other"] } }) },
    "repository-not-allowed",
  ],
];
for (const [what, options, code] of REFUSED)
  test(`refuses ${what}`, () => assert.equal(thrown(() => accessOf(options)).code, code));

/** Values that a pod author may write instead of an id. */
const HOSTILE: readonly (readonly [what: string, value: (id: string) => string])[] = [
  ["nothing", () => ""],
  ["a space before it", (id) => ` ${id}`],
  ["a space after it", (id) => `${id} `],
  ["a line feed after it", (id) => `${id}\n`],
  ["a carriage return and a header", (id) => `${id}\r\nHost: attacker.example`],
  ["a null after it", (id) => `${id}\0`],
  ["a path out of it", (id) => `${id}/..`],
  ["a path into another tenant", (id) => `../${id}`],
  ["an escaped path", (id) => `${id}%2f..`],
  ["a query", (id) => `${id}?x=y`],
  ["a fragment", (id) => `${id}#`],
  ["a URL", (id) => `https://attacker.example/${id}`],
  ["a host of its own", (id) => `@attacker.example/${id}`],
  ["braces", (id) => `{${id}}`],
  ["no hyphens", (id) => id.replaceAll("-", "")],
  ["a digit too few", (id) => id.slice(1)],
  ["a digit too many", (id) => `${id}0`],
  ["a letter that is not a hexadecimal digit", (id) => `g${id.slice(1)}`],
  ["a Cyrillic letter", (id) => `\u0430${id.slice(1)}`],
  ["fullwidth digits", (id) => `\uff13${id.slice(1)}`],
  ["an Arabic digit", (id) => `\u0663${id.slice(1)}`],
  ["a soft hyphen", (id) => `${id.slice(0, 8)}\u00ad${id.slice(8)}`],
  ["a look-alike of a hyphen", (id) => id.replace("-", "\u2010")],
  ["a right-to-left override", (id) => `\u202e${id}`],
  ["a domain", () => "contoso.onmicrosoft.com"],
  ["the common tenant", () => "common"],
  ["all organizations", () => "organizations"],
  ["a pattern", () => "*"],
  ["a glob of the same length", () => "********-****-****-****-************"],
  ["itself twice", (id) => `${id},${id}`],
  ["64 KiB", (id) => id.repeat(1821)],
  ["a JSON object", (id) => `{"id":"${id}"}`],
  ["another form field", (id) => `${id}&client_id=${OTHER}`],
  ["a prototype", () => "__proto__"],
];
for (const annotations of [upstream, workload])
  for (const [what, value] of HOSTILE)
    for (const [field, hostile] of [
      ["client", annotations(value(CLIENT), TENANT)],
      ["tenant", annotations(CLIENT, value(TENANT))],
    ] as const)
      test(`${annotations.name}'s ${field} is refused unseen by anybody: ${what}`, () => {
        const options = { ...POD, annotations: hostile, rule: allowing("*/*") };
        const error = thrown(() => accessOf(options));
        assert.equal(error.code, "annotation-malformed");
        assert.match(error.message, /^[ -~\u0080-\uffff]{1,400}$/);
      });

/** Values that a pattern for a tenant must not match. */
const LOOK_ALIKES: readonly string[] = [
  TENANT.replace("a", "b"),
  TENANT.replace(/a$/, "b"),
  TENANT.replace("0000", "0001"),
  TENANT.replace("72f9", "9f27"),
  "00000000-0000-0000-0000-000000000000",
  CLIENT,
];
for (const tenant of LOOK_ALIKES)
  test(`refuses a tenant that resembles the allowed one: ${tenant}`, () => {
    const options = { ...POD, rule: allowing(`${TENANT}/*`), annotations: workload(CLIENT, tenant) };
    const error = thrown(() => accessOf(options));
    assert.deepEqual(
      [error.code, error.facts.detail],
      ["annotation-not-allowed", JSON.stringify(`${tenant}/${CLIENT}`)],
    );
  });

test("a pattern without a tenant allows nothing", () => {
  for (const pattern of [CLIENT, "*", `/${CLIENT}`, `${TENANT}${CLIENT}`, `${TENANT}/`]) {
    const options = { ...POD, rule: allowing(pattern), annotations: workload(CLIENT, TENANT) };
    assert.equal(thrown(() => accessOf(options)).code, "annotation-not-allowed", pattern);
  }
});

test("passes on the rule's endpoints for pods and nodes", () => {
  const endpoints = { authority: "https://login.proxy.example" };
  for (const options of [{}, POD])
    assert.deepEqual(accessOf({ ...options, rule: rule({ ...app, endpoints }) }).endpoints, endpoints);
});

test("requests a subject token for the rule's audience, or else that of the registry's cloud", () => {
  const subjectOf = (azure: AzureRule) => {
    const { credentialSource } = accessOf({ rule: rule({ ...app, ...azure }) });
    return credentialSource.kind === "assertion" ? credentialSource.subject : undefined;
  };
  assert.deepEqual(subjectOf({ subjectToken: "aws" }), { kind: "aws", audience: AUDIENCE });
  assert.deepEqual(subjectOf({ subjectToken: "azure", subjectTokenAudience: "api://pull" }), {
    kind: "azure",
    audience: "api://pull",
  });
  assert.deepEqual(subjectOf({ subjectToken: "file:/t" }), {
    kind: "file",
    path: "/t",
    setting: "subjectToken",
    audiences: [AUDIENCE],
  });
});
