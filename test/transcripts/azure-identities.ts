import { HOUR } from "../../src/core/time.ts";
import { selfSigned } from "../cloud/certificate.ts";
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
  asked: ["entra/token", "acr/exchange"],
  times: { "entra/token": [1, 1], "acr/exchange": [1, 1] },
  hosts: [ENTRA, HOST],
} as const;
const STOPS_AT_ENTRA = { asked: ["entra/token"], hosts: [ENTRA] } as const;

/** On a node that is of no cloud, by the cluster's own token. */
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
    name: "a pod logs in to ACR by upstream's annotations where no rule is",
    annotations: upstream(),
    ...WORKS,
  },
  {
    ...POD,
    name: "a pod logs in to ACR by upstream's annotations that the rule allows",
    config: allowing(`${TENANT}/*`),
    annotations: upstream(),
    ...WORKS,
  },
  {
    ...POD,
    name: "a pod logs in to ACR by the workload identity's annotations that the rule allows",
    config: allowing(`${TENANT}/${APP.clientId}`),
    annotations: workload(),
    ...WORKS,
  },
  {
    ...POD,
    name: "a pod whose token is for an audience of its own logs in where the rule and the federated credential say so",
    token: { audience: "api://own" },
    cloud: cloudWith(trusting({ audience: "api://own" })),
    config: rule([...RULED, "subjectTokenAudience: api://own"]),
    ...WORKS,
  },
  {
    ...POD,
    name: "the workload identity's annotations without a rule name nobody",
    annotations: workload(),
    expect: { fails: "pod-identity-missing", exit: 1 },
    hosts: [],
  },
  {
    ...POD,
    name: "a client that the rule does not allow is not asked for",
    config: allowing("00000000-0000-0000-0000-000000000000/*"),
    annotations: upstream(),
    expect: { fails: "annotation-not-allowed", exit: 1, says: [APP.clientId] },
    hosts: [],
  },
  {
    ...POD,
    name: "a client without its tenant is malformed",
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
    name: "a tenant that leads out of the path is malformed",
    config: allowing("*/*"),
    annotations: workload(APP.clientId, `${TENANT}/../common`),
    expect: { fails: "annotation-malformed", exit: 1 },
    hosts: [],
  },
  {
    ...POD,
    name: "a pod's token for another audience is refused before anybody is asked",
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
    name: "a pod's token that is over is refused before anybody is asked",
    config: rule(RULED),
    token: { audience: AUDIENCE, life: -60 },
    expect: { fails: "pod-token-expired", exit: 1 },
    hosts: [],
  },
  {
    ...POD,
    name: "a ServiceAccount that is not the rule's is refused before anybody is asked",
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
    name: "an issuer that no federated credential names is told with what the token says",
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
    name: "a subject that no federated credential names is told so",
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
    name: "an audience that no federated credential names is told so",
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
    name: "a token that another key has signed proves nothing",
    token: { audience: AUDIENCE, forged: true },
    config: rule(RULED),
    expect: { fails: "entra-assertion-rejected", exit: 1, says: ["AADSTS7000272"] },
    ...STOPS_AT_ENTRA,
  },
  {
    ...POD,
    name: "a token that is over by Entra's clock is told so",
    config: rule(RULED),
    faults: [["entra/token", { kind: "skew", ms: 2 * HOUR }]],
    expect: { fails: "entra-assertion-expired", exit: 1, says: ["AADSTS700024"] },
    ...STOPS_AT_ENTRA,
  },
  {
    ...POD,
    name: "an application that the tenant does not have is told so",
    cloud: {},
    config: rule(RULED),
    expect: { fails: "entra-application-unknown", exit: 1, says: ["AADSTS700016"] },
    ...STOPS_AT_ENTRA,
  },
  {
    ...POD,
    name: "a tenant that the registry's cloud does not have is told so",
    config: rule(["tenantId: 00000000-1111-4222-8333-444444444444", `clientId: ${APP.clientId}`]),
    expect: { fails: "entra-tenant-unknown", exit: 1, says: ["AADSTS90002"] },
    ...STOPS_AT_ENTRA,
  },
  {
    ...POD,
    name: "what else Entra refuses is told by its number",
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
    name: "an Entra that is down is told so, and the node's identity does not step in",
    node: "azure",
    config: rule(RULED),
    faults: [["entra/token", { kind: "status", status: 503 }]],
    expect: { fails: "cloud-unavailable", exit: 1 },
    ...STOPS_AT_ENTRA,
  },
  {
    ...POD,
    name: "an application without a role is told so by the registry",
    cloud: cloudWith({ ...trusting(), pulls: ["other.azurecr.io"] }),
    config: rule(RULED),
    expect: {
      fails: "acr-access-denied",
      exit: 1,
      says: ["identity: ServiceAccount shop/default as application"],
    },
    asked: ["entra/token", "acr/exchange"],
    hosts: [ENTRA, HOST],
  },
];

const CERTIFICATE = selfSigned();
const OF_ENVIRONMENT: readonly (readonly [variable: string, value: (place: Place) => string])[] = [
  ["AZURE_CLIENT_SECRET", () => APP.secret],
  ["AZURE_CLIENT_CERTIFICATE_PATH", ({ file }) => file("app.pem")],
  ["AZURE_FEDERATED_TOKEN_FILE", ({ file }) => file("token")],
];
const PROOFS: readonly Scene[] = [
  {
    name: "an application's secret is read from its file, exchanged and never handed out",
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
      name: `the environment's application shows ${name} to no other cloud`,
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
    name: "a pod's token has no say where the rule names a secret on the node",
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
    name: "a file with a secret that is not there is the operator's to mend",
    image: ACR,
    node: null,
    config: ({ file }) => rule([...RULED, `clientSecretFile: ${file("nowhere")}`]),
    expect: { fails: "referenced-file-missing", exit: 2, says: ["nowhere: it does not exist"] },
    hosts: [],
  },
  {
    name: "a variable with a secret that is not set is told by the key that names it",
    image: ACR,
    node: null,
    config: rule([...RULED, "clientSecretEnv: PULL_SECRET"]),
    expect: { fails: "variable-missing", exit: 2, says: ["clientSecretEnv", /^((?!PULL_SECRET).)*$/] },
    hosts: [],
  },
  {
    name: "a secret that others may read is not used",
    image: ACR,
    node: null,
    // The scene's scripts are readable by all users.
    files: { "secret.sh": APP.secret },
    cloud: cloudWith(APP),
    config: ({ file }) => rule([...RULED, `clientSecretFile: ${file("secret.sh")}`]),
    expect: { fails: "file-unsafe", exit: 2, says: ["others may read it"] },
    hosts: [],
  },
  {
    name: "a secret that is wrong is told so",
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
    name: "a certificate without its key is told so",
    image: ACR,
    node: null,
    files: { "app.pem": CERTIFICATE.cert },
    config: ({ file }) => rule([...RULED, `certificateFile: ${file("app.pem")}`]),
    expect: { fails: "certificate-file-invalid", exit: 2, says: ["it contains no private key in PEM"] },
    hosts: [],
  },
  {
    name: "a certificate that Entra does not know is told by its thumbprint",
    image: ACR,
    node: null,
    cloud: cloudWith({ ...APP, certificates: [selfSigned().cert] }),
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
    name: "a rule's managed identity wins over azure.json and the environment",
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
    asked: ["azure-imds/token", "acr/exchange"],
  },
  ...(["clientId", "resourceId", "objectId"] as const).map(
    (name): Scene => ({
      name: `a node logs in as the managed identity of its rule's ${name}`,
      image: ACR,
      cloud: { azure: { identities: [identity("system", "5", []), identity("user", "b", ["*"])] } },
      config: rule([`${name}: ${identity("user", "b", [])[name]}`]),
      expect: ACR_LOGIN,
      asked: ["azure-imds/token", "acr/exchange"],
    }),
  ),
  {
    name: "a managed identity that the node has not is told so",
    image: ACR,
    config: rule([`clientId: ${identity("user", "b", []).clientId}`]),
    expect: { fails: "azure-identity-not-found", exit: 1, says: [identity("user", "b", []).clientId] },
    asked: ["azure-imds/token"],
  },
  {
    name: "a pod becomes its node only where the rule says so",
    image: ACR,
    token: true,
    config: rule([], ["identity: node"]),
    expect: ACR_LOGIN,
    asked: ["azure-imds/token", "acr/exchange"],
  },
];

const OUTBOUND = "https://fake.tokens.sts.global.api.aws";
const NODE_ROLE = "arn:aws:iam::123456789012:role/node-role";
const GOOGLE_NODE = "104023876223456789012";
const PULL = "api://AzureADTokenExchange";

const CROSS: readonly Scene[] = [
  {
    name: "a node of AWS logs in to ACR by the token that STS makes of its role",
    image: ACR,
    node: "aws",
    env: { AWS_REGION: "us-east-1" },
    cloud: cloudWith(trusting({ issuer: OUTBOUND, subject: NODE_ROLE }), {
      aws: { outboundFederation: true },
    }),
    config: rule([...RULED, "subjectToken: aws"]),
    ...WORKS,
    asked: [
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
    name: "a node of AWS whose role no federated credential names is refused by Entra",
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
    asked: ["imds/token", "imds/role", "imds/credentials", "sts/GetWebIdentityToken", "entra/token"],
    hosts: ["sts.us-east-1.amazonaws.com", ENTRA],
  },
  {
    name: "a node of Google Cloud logs in to ACR by its metadata server's token",
    image: ACR,
    node: "google",
    cloud: cloudWith(trusting({ issuer: GOOGLE_ISSUER, subject: GOOGLE_NODE })),
    config: rule([...RULED, "subjectToken: google"]),
    ...WORKS,
    asked: ["gce/identity", "entra/token", "acr/exchange"],
  },
  {
    name: "a node of Google Cloud that the application does not trust is refused by Entra",
    image: ACR,
    node: "google",
    cloud: cloudWith(trusting()),
    config: rule([...RULED, "subjectToken: google"]),
    expect: {
      fails: "entra-no-federated-credential",
      exit: 1,
      says: ["AADSTS700211", `its subject "${GOOGLE_NODE}"`],
    },
    asked: ["gce/identity", "entra/token"],
    hosts: [ENTRA],
  },
  {
    name: "a node of no cloud logs in to ACR by the token in a file",
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
    name: "a file's token for another audience is refused before anybody is asked",
    image: ACR,
    node: null,
    cloud: cloudWith(trusting()),
    files: ({ cloud }) => ({ token: cloud.serviceAccountToken({ audience: "sts.amazonaws.com" }) }),
    config: ({ file }) => rule([...RULED, `subjectToken: file:${file("token")}`]),
    expect: { fails: "subject-token-file-invalid", exit: 1 },
    hosts: [],
  },
  {
    name: "a node of Azure logs in as an application that trusts its managed identity",
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
    asked: ["azure-imds/token", "entra/token", "acr/exchange"],
  },
  {
    name: "an application that the tenant does not have gets no token of the node",
    image: ACR,
    cloud: cloudWith(trusting()),
    config: rule([...RULED, "subjectToken: azure", "subjectTokenAudience: api://other"]),
    expect: { fails: "entra-resource-unknown", exit: 1, says: ["AADSTS500011"] },
    asked: ["azure-imds/token"],
    hosts: [],
  },
  {
    name: "an application that wants to be assigned gives the node no token",
    image: ACR,
    cloud: cloudWith(trusting(), { azure: { applications: [{ uri: "api://closed", assigned: [] }] } }),
    config: rule([...RULED, "subjectToken: azure", "subjectTokenAudience: api://closed"]),
    expect: { fails: "entra-resource-unknown", exit: 1, says: ["AADSTS501051"] },
    asked: ["azure-imds/token"],
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

/** A pod's login in a cloud of its own: its registry, sign-in host and audience. */
const pod = (name: AzureCloudName, host: string, authority: string, audience = AUDIENCE): Scene => ({
  name: `a pod logs in to ${host} at its own cloud's sign-in host, and at no other`,
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
    name: "the environment's application logs in to the cloud that the environment names",
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
    name: "a pod's token for the public cloud's audience is none for US Government's",
    image: "myregistry.azurecr.us/app",
    node: null,
    token: { audience: AUDIENCE },
    config: rule(RULED, [], "*.azurecr.*"),
    expect: { fails: "pod-token-wrong-audience", exit: 1, says: [`expected "${AUDIENCE}USGov"`] },
    hosts: [],
  },
  {
    ...custom,
    name: "a node of a custom cloud logs in to its registry",
    image: `${STACK}/app`,
    cloud: { azure: { cloud: "custom" } },
    expect: ACR_LOGIN,
    asked: ["azure-imds/token", "acr/exchange"],
    hosts: [STACK],
  },
  {
    ...custom,
    name: "a service principal of a custom cloud logs in by its azure.json",
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
      ["without the file that describes it", {}],
      ["by a neighbour's name", custom, "myregistryazurecr.stack.example"],
      ["by its name before another's", custom, `${STACK}.evil.example`],
    ] as const
  ).map(
    ([what, more, host = STACK]): Scene => ({
      ...more,
      name: `a custom cloud's registry is nobody's ${what}`,
      image: `${host}/app`,
      node: "azure",
      expect: { none: true },
      hosts: [],
    }),
  ),
  {
    ...custom,
    name: "a file of a custom cloud that is none is told so",
    image: `${STACK}/app`,
    files: { "environment.json": JSON.stringify({ containerRegistryDNSSuffix: ".example" }) },
    expect: { fails: "azure-environment-file-invalid", exit: 2, says: ["containerRegistryDNSSuffix"] },
    hosts: [],
  },
  {
    ...POD,
    name: "an authority that the rule names is asked in place of the cloud's",
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
