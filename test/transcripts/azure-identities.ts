import { HOUR } from "../../src/core/time.ts";
import { createSelfSigned } from "../cloud/certificate.ts";
import type { CloudOptions } from "../cloud/cloud.ts";
import { GOOGLE_ISSUER } from "../cloud/google-tokens.ts";
import type { AzureApp, AzureCloudName } from "../cloud/options.ts";
import { ACR, ACR_LOGIN, APP, TENANT } from "./answers.ts";
import type { Place, Scene } from "./scene.ts";

const CLUSTER = "https://oidc.cluster.example";
const SUBJECT = "system:serviceaccount:shop:default";
const AUDIENCE = "api://AzureADTokenExchange";
const HOST = "myregistry.azurecr.io";
const ENTRA = "login.microsoftonline.com";
const FEDERATED = { issuer: CLUSTER, subject: SUBJECT, audience: AUDIENCE };

/** An application that trusts the cluster's ServiceAccount shop/default, or another token. */
const trusting = (federated: Partial<typeof FEDERATED> = {}): AzureApp => ({
  ...APP,
  federated: [{ ...FEDERATED, ...federated }],
});
const cloudWith = (app: AzureApp, more: CloudOptions = {}): CloudOptions => ({
  ...more,
  azure: { apps: [app], ...more.azure },
});

/** A rule for the public cloud's ACR; each line of `azure` is a setting of the rule. */
const rule = (azure: readonly string[], more: readonly string[] = [], match = "*.azurecr.io"): string =>
  [
    "apiVersion: registry-credential-provider/v1",
    "kind: Config",
    "rules:",
    `  - match: ["${match}"]`,
    ...more.map((line) => `    ${line}`),
    ...(azure.length === 0 ? [] : ["    azure:"]),
    ...azure.map((line) => `      ${line}`),
    "",
  ].join("\n");
const RULED = [`tenantId: ${TENANT}`, `clientId: ${APP.clientId}`];
const allowing = (pattern: string) => rule([], [`allow: { annotationClients: ["${pattern}"] }`]);

const upstream = (client: string = APP.clientId, tenant: string = TENANT) => ({
  "kubernetes.azure.com/acr-client-id": client,
  "kubernetes.azure.com/acr-tenant-id": tenant,
});
const workload = (client: string = APP.clientId, tenant: string = TENANT) => ({
  "azure.workload.identity/client-id": client,
  "azure.workload.identity/tenant-id": tenant,
});

const WORKS = {
  expect: ACR_LOGIN,
  requests: ["entra/token", "acr/exchange"],
  times: { "entra/token": [1, 1], "acr/exchange": [1, 1] },
  hosts: [ENTRA, HOST],
} as const;
const STOPS_AT_ENTRA = { requests: ["entra/token"], hosts: [ENTRA] } as const;

/** A pod with its own token, on a node in no cloud. */
const POD = {
  image: ACR,
  node: null,
  token: { audience: AUDIENCE },
  cloud: cloudWith(trusting()),
} as const;

const PODS: readonly Scene[] = [
  { ...POD, name: "a pod logs in to ACR as the application of its rule", config: rule(RULED), ...WORKS },
  {
    ...POD,
    name: "without a rule, a pod logs in to ACR with upstream's annotations",
    annotations: upstream(),
    ...WORKS,
  },
  {
    ...POD,
    name: "a pod logs in to ACR with upstream's annotations if the rule allows them",
    config: allowing(`${TENANT}/*`),
    annotations: upstream(),
    ...WORKS,
  },
  {
    ...POD,
    name: "a pod logs in to ACR with the annotations of workload identity if the rule allows them",
    config: allowing(`${TENANT}/${APP.clientId}`),
    annotations: workload(),
    ...WORKS,
  },
  {
    ...POD,
    name: "a pod with a custom token audience logs in if the rule and the federated credential have that audience",
    token: { audience: "api://own" },
    cloud: cloudWith(trusting({ audience: "api://own" })),
    config: rule([...RULED, "subjectTokenAudience: api://own"]),
    ...WORKS,
  },
  {
    ...POD,
    name: "without a rule, the annotations of workload identity select no identity",
    annotations: workload(),
    expect: { fails: "pod-identity-missing", exit: 1 },
    hosts: [],
  },
  {
    ...POD,
    name: "no token is requested for a client that the rule does not allow",
    config: allowing("00000000-0000-0000-0000-000000000000/*"),
    annotations: upstream(),
    expect: { fails: "annotation-not-allowed", exit: 1, says: [APP.clientId] },
    hosts: [],
  },
  {
    ...POD,
    name: "an annotated client without a tenant is malformed",
    annotations: { "kubernetes.azure.com/acr-client-id": APP.clientId },
    expect: {
      fails: "annotation-malformed",
      exit: 1,
      says: ["kubernetes.azure.com/acr-client-id without kubernetes.azure.com/acr-tenant-id"],
    },
    hosts: [],
  },
  {
    ...POD,
    name: "an annotated tenant that leaves the URL's path is malformed",
    config: allowing("*/*"),
    annotations: workload(APP.clientId, `${TENANT}/../common`),
    expect: { fails: "annotation-malformed", exit: 1 },
    hosts: [],
  },
  {
    ...POD,
    name: "a pod's token for another audience is refused before any request",
    config: rule(RULED),
    token: { audience: "sts.amazonaws.com" },
    expect: {
      fails: "pod-token-wrong-audience",
      exit: 1,
      says: [`expected "${AUDIENCE}", got "sts.amazonaws.com"`],
    },
    hosts: [],
  },
  {
    ...POD,
    name: "a pod's expired token is refused before any request",
    config: rule(RULED),
    token: { audience: AUDIENCE, life: -60 },
    expect: { fails: "pod-token-expired", exit: 1 },
    hosts: [],
  },
  {
    ...POD,
    name: "a ServiceAccount that is not on the rule's allow list is refused before any request",
    config: rule(RULED, ['allow: { serviceAccounts: ["shop/other"] }']),
    expect: { fails: "service-account-not-allowed", exit: 1 },
    hosts: [],
  },
];

const identity = (kind: "system" | "user", digit: string, pulls: readonly string[]) => ({
  kind,
  clientId: `${digit.repeat(8)}-0000-4000-8000-000000000001`,
  objectId: `${digit.repeat(8)}-0000-4000-8000-000000000002`,
  resourceId: `/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${digit}`,
  pulls,
});

const REFUSED_BY_ENTRA: readonly Scene[] = [
  {
    ...POD,
    name: "the error about an issuer without a federated credential states the token's claims",
    cloud: cloudWith(trusting({ issuer: "https://other.example" })),
    config: rule(RULED),
    expect: {
      fails: "entra-no-federated-credential",
      exit: 1,
      says: [
        "error code AADSTS700211",
        `the token's issuer is "${CLUSTER}", its subject "${SUBJECT}", its audience "${AUDIENCE}"`,
        `identity: ServiceAccount shop/default as application ${APP.clientId} of tenant "${TENANT}"`,
      ],
    },
    ...STOPS_AT_ENTRA,
  },
  {
    ...POD,
    name: "a subject without a federated credential is reported",
    token: { audience: AUDIENCE, subject: "system:serviceaccount:guests:web" },
    config: rule(RULED),
    expect: {
      fails: "entra-no-federated-credential",
      exit: 1,
      says: ["AADSTS700213", 'its subject "system:serviceaccount:guests:web"'],
    },
    ...STOPS_AT_ENTRA,
  },
  {
    ...POD,
    name: "an audience without a federated credential is reported",
    token: { audience: "api://own" },
    annotations: upstream(),
    expect: {
      fails: "entra-no-federated-credential",
      exit: 1,
      says: ["AADSTS700212", 'its audience "api://own"'],
    },
    ...STOPS_AT_ENTRA,
  },
  {
    ...POD,
    name: "a token with a signature of another key is rejected",
    token: { audience: AUDIENCE, forged: true },
    config: rule(RULED),
    expect: { fails: "entra-assertion-rejected", exit: 1, says: ["AADSTS7000272"] },
    ...STOPS_AT_ENTRA,
  },
  {
    ...POD,
    name: "a token that has expired by Entra's clock is reported",
    config: rule(RULED),
    faults: [["entra/token", { kind: "skew", ms: 2 * HOUR }]],
    expect: { fails: "entra-assertion-expired", exit: 1, says: ["AADSTS700024"] },
    ...STOPS_AT_ENTRA,
  },
  {
    ...POD,
    name: "an application that does not exist in the tenant is reported",
    cloud: {},
    config: rule(RULED),
    expect: { fails: "entra-application-unknown", exit: 1, says: ["AADSTS700016"] },
    ...STOPS_AT_ENTRA,
  },
  {
    ...POD,
    name: "a tenant that does not exist in the registry's cloud is reported",
    config: rule(["tenantId: 00000000-1111-4222-8333-444444444444", `clientId: ${APP.clientId}`]),
    expect: { fails: "entra-tenant-unknown", exit: 1, says: ["AADSTS90002"] },
    ...STOPS_AT_ENTRA,
  },
  {
    ...POD,
    name: "another refusal of Entra is reported with its number",
    config: rule(RULED),
    faults: [
      [
        "entra/token",
        {
          kind: "status",
          status: 400,
          body: JSON.stringify({ error: "access_denied", error_description: "AADSTS53003: canary" }),
        },
      ],
    ],
    expect: { fails: "entra-refused", exit: 1, says: ["AADSTS53003", /^((?!canary).)*$/] },
    ...STOPS_AT_ENTRA,
  },
  {
    ...POD,
    name: "an outage of Entra is reported, without a fallback to the node's identity",
    node: "azure",
    config: rule(RULED),
    faults: [["entra/token", { kind: "status", status: 503 }]],
    expect: { fails: "cloud-unavailable", exit: 1 },
    ...STOPS_AT_ENTRA,
  },
  {
    ...POD,
    name: "the registry reports an application without a role",
    cloud: cloudWith({ ...trusting(), pulls: ["other.azurecr.io"] }),
    config: rule(RULED),
    expect: {
      fails: "acr-access-denied",
      exit: 1,
      says: ["identity: ServiceAccount shop/default as application"],
    },
    requests: ["entra/token", "acr/exchange"],
    hosts: [ENTRA, HOST],
  },
];

const CERTIFICATE = createSelfSigned();
const OF_ENVIRONMENT: readonly (readonly [variable: string, value: (place: Place) => string])[] = [
  ["AZURE_CLIENT_SECRET", () => APP.secret],
  ["AZURE_CLIENT_CERTIFICATE_PATH", ({ file }) => file("app.pem")],
  ["AZURE_FEDERATED_TOKEN_FILE", ({ file }) => file("token")],
];
const PROOFS: readonly Scene[] = [
  {
    name: "an application's secret is read from its file and exchanged, and never returned",
    image: ACR,
    node: null,
    cloud: cloudWith(APP),
    files: { secret: `${APP.secret}\n` },
    config: ({ file }) => rule([...RULED, `clientSecretFile: ${file("secret")}`]),
    ...WORKS,
  },
  {
    name: "an application's secret in the environment needs no rule",
    image: ACR,
    node: null,
    cloud: cloudWith(APP),
    env: { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: APP.clientId, AZURE_CLIENT_SECRET: APP.secret },
    ...WORKS,
  },
  ...OF_ENVIRONMENT.map(
    ([name, value]): Scene => ({
      name: `${name} of the environment's application is not sent to another Azure cloud`,
      image: "myregistry.azurecr.cn/app",
      node: null,
      cloud: cloudWith(APP),
      files: { "app.pem": CERTIFICATE.cert + CERTIFICATE.key, token: "not even read" },
      env: (place) => ({
        AZURE_TENANT_ID: TENANT,
        AZURE_CLIENT_ID: APP.clientId,
        [name]: value(place),
      }),
      expect: { fails: "azure-cloud-mismatch", exit: 1, says: ["AzureChinaCloud, the node's is AzureCloud"] },
      hosts: [],
    }),
  ),
  {
    name: "a pod's token has no effect if the rule names a secret on the node",
    image: ACR,
    node: null,
    token: true,
    cloud: cloudWith(APP),
    files: { secret: APP.secret },
    config: ({ file }) => rule([...RULED, `clientSecretFile: ${file("secret")}`]),
    ...WORKS,
  },
  {
    name: "an application's secret is read from the variable that the rule names",
    image: ACR,
    node: null,
    cloud: cloudWith(APP),
    env: { PULL_SECRET: APP.secret },
    config: rule([...RULED, "clientSecretEnv: PULL_SECRET"]),
    ...WORKS,
  },
  {
    name: "a missing secret file is a configuration error",
    image: ACR,
    node: null,
    config: ({ file }) => rule([...RULED, `clientSecretFile: ${file("nowhere")}`]),
    expect: { fails: "referenced-file-missing", exit: 2, says: ["nowhere: it does not exist"] },
    hosts: [],
  },
  {
    name: "the error about an unset secret variable names the key of the rule",
    image: ACR,
    node: null,
    config: rule([...RULED, "clientSecretEnv: PULL_SECRET"]),
    expect: { fails: "variable-missing", exit: 2, says: ["clientSecretEnv", /^((?!PULL_SECRET).)*$/] },
    hosts: [],
  },
  {
    name: "a secret file that other users may read is refused",
    image: ACR,
    node: null,
    // A script of a scene is readable for all users.
    files: { "secret.sh": APP.secret },
    cloud: cloudWith(APP),
    config: ({ file }) => rule([...RULED, `clientSecretFile: ${file("secret.sh")}`]),
    expect: { fails: "file-unsafe", exit: 2, says: ["others may read it"] },
    hosts: [],
  },
  {
    name: "a wrong secret is reported",
    image: ACR,
    node: null,
    cloud: cloudWith(APP),
    env: { PULL_SECRET: "wrong-canary" },
    config: rule([...RULED, "clientSecretEnv: PULL_SECRET"]),
    expect: { fails: "entra-secret-rejected", exit: 1, says: ["AADSTS7000215", /^((?!canary).)*$/] },
    ...STOPS_AT_ENTRA,
  },
  {
    name: "an application logs in with its certificate",
    image: ACR,
    node: null,
    cloud: cloudWith({ ...APP, certificates: [CERTIFICATE.cert] }),
    files: { "app.pem": CERTIFICATE.cert + CERTIFICATE.key },
    config: ({ file }) => rule([...RULED, `certificateFile: ${file("app.pem")}`]),
    ...WORKS,
  },
  {
    name: "a certificate without its key is reported",
    image: ACR,
    node: null,
    files: { "app.pem": CERTIFICATE.cert },
    config: ({ file }) => rule([...RULED, `certificateFile: ${file("app.pem")}`]),
    expect: { fails: "certificate-file-invalid", exit: 2, says: ["it contains no private key in PEM"] },
    hosts: [],
  },
  {
    name: "a certificate that Entra does not know is reported with its thumbprint",
    image: ACR,
    node: null,
    cloud: cloudWith({ ...APP, certificates: [createSelfSigned().cert] }),
    files: { "app.pem": CERTIFICATE.cert + CERTIFICATE.key },
    config: ({ file }) => rule([...RULED, `certificateFile: ${file("app.pem")}`]),
    expect: {
      fails: "entra-assertion-rejected",
      exit: 1,
      hint: /^upload the certificate in \S+ \(thumbprint [0-9A-F]{40}\) to the application/,
      says: ["AADSTS700027"],
    },
    ...STOPS_AT_ENTRA,
  },
];

const NODES: readonly Scene[] = [
  {
    name: "a rule's managed identity takes precedence over azure.json and the environment",
    image: ACR,
    cloud: { azure: { identities: [identity("user", "a", []), identity("user", "b", ["*"])] } },
    env: { AZURE_CLIENT_ID: identity("user", "a", []).clientId },
    args: ({ file }) => [file("azure.json")],
    files: {
      "azure.json": JSON.stringify({
        tenantId: TENANT,
        useManagedIdentityExtension: true,
        userAssignedIdentityID: identity("user", "a", []).clientId,
      }),
    },
    config: rule([`objectId: ${identity("user", "b", []).objectId}`]),
    expect: ACR_LOGIN,
    requests: ["azure-imds/token", "acr/exchange"],
  },
  ...(["clientId", "resourceId", "objectId"] as const).map(
    (name): Scene => ({
      name: `a node logs in as the managed identity of its rule's ${name}`,
      image: ACR,
      cloud: { azure: { identities: [identity("system", "5", []), identity("user", "b", ["*"])] } },
      config: rule([`${name}: ${identity("user", "b", [])[name]}`]),
      expect: ACR_LOGIN,
      requests: ["azure-imds/token", "acr/exchange"],
    }),
  ),
  {
    name: "a managed identity that the node does not have is reported",
    image: ACR,
    config: rule([`clientId: ${identity("user", "b", []).clientId}`]),
    expect: { fails: "azure-identity-not-found", exit: 1, says: [identity("user", "b", []).clientId] },
    requests: ["azure-imds/token"],
  },
  {
    name: "a pod uses the node's identity only if the rule says so",
    image: ACR,
    token: true,
    config: rule([], ["identity: node"]),
    expect: ACR_LOGIN,
    requests: ["azure-imds/token", "acr/exchange"],
  },
];

const OUTBOUND = "https://fake.tokens.sts.global.api.aws";
const NODE_ROLE = "arn:aws:iam::123456789012:role/node-role";
const GOOGLE_NODE = "104023876223456789012";
const PULL = "api://AzureADTokenExchange";

const CROSS: readonly Scene[] = [
  {
    name: "an AWS node logs in to ACR with STS's token for its role",
    image: ACR,
    node: "aws",
    env: { AWS_REGION: "us-east-1" },
    cloud: cloudWith(trusting({ issuer: OUTBOUND, subject: NODE_ROLE }), {
      aws: { outboundFederation: true },
    }),
    config: rule([...RULED, "subjectToken: aws"]),
    ...WORKS,
    requests: [
      "imds/token",
      "imds/role",
      "imds/credentials",
      "sts/GetWebIdentityToken",
      "entra/token",
      "acr/exchange",
    ],
    hosts: ["sts.us-east-1.amazonaws.com", ENTRA, HOST],
  },
  {
    name: "Entra refuses an AWS node whose role has no federated credential",
    image: ACR,
    node: "aws",
    env: { AWS_REGION: "us-east-1" },
    cloud: cloudWith(trusting({ issuer: OUTBOUND, subject: `${NODE_ROLE}-other` }), {
      aws: { outboundFederation: true },
    }),
    config: rule([...RULED, "subjectToken: aws"]),
    expect: {
      fails: "entra-no-federated-credential",
      exit: 1,
      says: ["AADSTS700213", `its subject "${NODE_ROLE}"`],
    },
    requests: ["imds/token", "imds/role", "imds/credentials", "sts/GetWebIdentityToken", "entra/token"],
    hosts: ["sts.us-east-1.amazonaws.com", ENTRA],
  },
  {
    name: "a Google Cloud node logs in to ACR with its metadata server's token",
    image: ACR,
    node: "google",
    cloud: cloudWith(trusting({ issuer: GOOGLE_ISSUER, subject: GOOGLE_NODE })),
    config: rule([...RULED, "subjectToken: google"]),
    ...WORKS,
    requests: ["gce/identity", "entra/token", "acr/exchange"],
  },
  {
    name: "Entra refuses a Google Cloud node that the application does not trust",
    image: ACR,
    node: "google",
    cloud: cloudWith(trusting()),
    config: rule([...RULED, "subjectToken: google"]),
    expect: {
      fails: "entra-no-federated-credential",
      exit: 1,
      says: ["AADSTS700211", `its subject "${GOOGLE_NODE}"`],
    },
    requests: ["gce/identity", "entra/token"],
    hosts: [ENTRA],
  },
  {
    name: "a node in no cloud logs in to ACR with a token in a file",
    image: ACR,
    node: null,
    cloud: cloudWith(trusting({ subject: "spiffe://shop.example/node" })),
    files: ({ cloud }) => ({
      token: cloud.serviceAccountToken({ audience: AUDIENCE, subject: "spiffe://shop.example/node" }),
    }),
    config: ({ file }) => rule([...RULED, `subjectToken: file:${file("token")}`]),
    ...WORKS,
  },
  {
    name: "a file's token for another audience is refused before any request",
    image: ACR,
    node: null,
    cloud: cloudWith(trusting()),
    files: ({ cloud }) => ({ token: cloud.serviceAccountToken({ audience: "sts.amazonaws.com" }) }),
    config: ({ file }) => rule([...RULED, `subjectToken: file:${file("token")}`]),
    expect: { fails: "subject-token-file-invalid", exit: 1 },
    hosts: [],
  },
  {
    name: "an Azure node logs in as an application that trusts its managed identity",
    image: ACR,
    cloud: cloudWith(
      trusting({
        issuer: `https://sts.windows.net/${TENANT}/`,
        subject: "22222222-0000-4000-8000-000000000001",
      }),
      { azure: { applications: [{ uri: PULL }] } },
    ),
    config: rule([...RULED, "subjectToken: azure", `subjectTokenAudience: ${PULL}`]),
    ...WORKS,
    requests: ["azure-imds/token", "entra/token", "acr/exchange"],
  },
  {
    name: "the managed identity gets no token for an application that does not exist in the tenant",
    image: ACR,
    cloud: cloudWith(trusting()),
    config: rule([...RULED, "subjectToken: azure", "subjectTokenAudience: api://other"]),
    expect: { fails: "entra-resource-unknown", exit: 1, says: ["AADSTS500011"] },
    requests: ["azure-imds/token"],
    hosts: [],
  },
  {
    name: "the managed identity gets no token for an application that requires an assignment",
    image: ACR,
    cloud: cloudWith(trusting(), { azure: { applications: [{ uri: "api://closed", assigned: [] }] } }),
    config: rule([...RULED, "subjectToken: azure", "subjectTokenAudience: api://closed"]),
    expect: { fails: "entra-resource-unknown", exit: 1, says: ["AADSTS501051"] },
    requests: ["azure-imds/token"],
    hosts: [],
  },
];

const STACK = "myregistry.azurecr.stack.example";
const ENVIRONMENT_FILE = JSON.stringify({
  name: "akscustom",
  activeDirectoryEndpoint: "https://login.stack.example/",
  containerRegistryDNSSuffix: ".azurecr.stack.example",
  resourceManagerEndpoint: "https://management.stack.example/",
});
const custom = {
  env: ({ file }: { file(name: string): string }) => ({
    AZURE_ENVIRONMENT_FILEPATH: file("environment.json"),
    AZURE_ENVIRONMENT: "AzureStackCloud",
  }),
  files: { "environment.json": ENVIRONMENT_FILE },
} as const;

/** A pod's login in another Azure cloud: its registry, sign-in host and audience. */
const pod = (name: AzureCloudName, host: string, authority: string, audience = AUDIENCE): Scene => ({
  name: `a pod logs in to ${host} at the sign-in host of the registry's cloud and at no other`,
  image: `${host}/app`,
  node: null,
  token: { audience },
  cloud: cloudWith(trusting({ audience }), { azure: { cloud: name } }),
  config: rule(RULED, [], host),
  ...WORKS,
  hosts: [authority, host],
  ...(name === "custom" ? custom : {}),
});

const CLOUDS: readonly Scene[] = [
  {
    name: "the environment's application logs in to the Azure cloud that the environment selects",
    image: "myregistry.azurecr.cn/app",
    node: null,
    cloud: cloudWith(APP, { azure: { cloud: "china" } }),
    env: {
      AZURE_ENVIRONMENT: "AzureChinaCloud",
      AZURE_TENANT_ID: TENANT,
      AZURE_CLIENT_ID: APP.clientId,
      AZURE_CLIENT_SECRET: APP.secret,
    },
    ...WORKS,
    hosts: ["login.partner.microsoftonline.cn", "myregistry.azurecr.cn"],
  },
  pod("usgov", "myregistry.azurecr.us", "login.microsoftonline.us", `${AUDIENCE}USGov`),
  pod("china", "myregistry.azurecr.cn", "login.partner.microsoftonline.cn", `${AUDIENCE}China`),
  pod("bleu", "myregistry.azurecr.sovcloud-azure.fr", "login.sovcloud-identity.fr"),
  pod("delos", "myregistry.azurecr.sovcloud-azure.de", "login.sovcloud-identity.de"),
  pod("custom", STACK, "login.stack.example"),
  {
    name: "a pod's token for the public cloud's audience is refused for US Government",
    image: "myregistry.azurecr.us/app",
    node: null,
    token: { audience: AUDIENCE },
    config: rule(RULED, [], "*.azurecr.*"),
    expect: { fails: "pod-token-wrong-audience", exit: 1, says: [`expected "${AUDIENCE}USGov"`] },
    hosts: [],
  },
  {
    ...custom,
    name: "a node in a custom cloud logs in to its registry",
    image: `${STACK}/app`,
    cloud: { azure: { cloud: "custom" } },
    expect: ACR_LOGIN,
    requests: ["azure-imds/token", "acr/exchange"],
    hosts: [STACK],
  },
  {
    ...custom,
    name: "a service principal of a custom cloud logs in with its azure.json",
    image: `${STACK}/app`,
    node: null,
    cloud: cloudWith(APP, { azure: { cloud: "custom" } }),
    args: ({ file }) => [file("azure.json")],
    files: {
      ...custom.files,
      "azure.json": JSON.stringify({
        cloud: "AzureStackCloud",
        tenantId: TENANT,
        aadClientId: APP.clientId,
        aadClientSecret: APP.secret,
      }),
    },
    ...WORKS,
    hosts: ["login.stack.example", STACK],
  },
  ...(
    [
      ["without the file that describes its cloud", {}],
      ["if only a similar name is the registry's", custom, "myregistryazurecr.stack.example"],
      ["if its name is the start of another host's", custom, `${STACK}.evil.example`],
    ] as const
  ).map(
    ([what, more, host = STACK]): Scene => ({
      ...more,
      name: `a custom cloud's registry is unsupported ${what}`,
      image: `${host}/app`,
      node: "azure",
      expect: { none: true },
      hosts: [],
    }),
  ),
  {
    ...custom,
    name: "an invalid file of a custom cloud is reported",
    image: `${STACK}/app`,
    files: { "environment.json": JSON.stringify({ containerRegistryDNSSuffix: ".example" }) },
    expect: { fails: "azure-environment-file-invalid", exit: 2, says: ["containerRegistryDNSSuffix"] },
    hosts: [],
  },
  {
    ...POD,
    name: "the authority of the rule is requested instead of the cloud's",
    config: rule([...RULED, "endpoints: { authority: https://login.windows.net }"]),
    ...WORKS,
    hosts: ["login.windows.net", HOST],
  },
];

export const AZURE_IDENTITIES: readonly Scene[] = [
  ...PODS,
  ...REFUSED_BY_ENTRA,
  ...PROOFS,
  ...NODES,
  ...CROSS,
  ...CLOUDS,
];
