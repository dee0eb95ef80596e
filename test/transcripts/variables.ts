import {
  ACR,
  ACR_LOGIN,
  APP,
  ECR,
  ECR_LOGIN,
  ECR_PUBLIC,
  GOOGLE_LOGIN,
  IMDS,
  PKG_DEV,
  TENANT,
} from "./answers.ts";
import type { Scene } from "./scene.ts";

const LOGIN = "ecr/GetAuthorizationToken";
const VPC = "vpce-0a1b.api.ecr.us-east-1.vpce.amazonaws.com";
const API = "api.ecr.us-east-1.amazonaws.com";

const WORKS = { expect: ECR_LOGIN, requests: [...IMDS, LOGIN] } as const;

const formatVariables = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}="${value}"`)
    .join(" ");

/** A scene in which no request is sent and the error names the variable. */
function refuses(name: string, value: string, more: Partial<Scene> = {}): Scene {
  return {
    name: `${name}="${value}" is an error`,
    image: ECR,
    env: { [name]: value },
    expect: { fails: "environment-invalid", exit: 2, says: [name] },
    ...more,
  };
}

function accepts(env: Readonly<Record<string, string>>, more: Partial<Scene>): Scene {
  return { name: `${formatVariables(env)} is read in any case`, image: ECR, env, ...WORKS, ...more };
}

const NOT_BOOLEAN = ["1", "yes", "on", "tru", " true", "true ", "-", "falsee", "constructor"];

const DISABLED = "AWS_EC2_METADATA_DISABLED";
const IGNORE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";

/** Variables with which the vendors' SDKs would use another identity or destination. */
const UNSUPPORTED: readonly (readonly [image: string, name: string, value: string])[] = [
  [PKG_DEV, "GCE_METADATA_IP", "192.0.2.1"],
  [PKG_DEV, "GCE_METADATA_ROOT", "192.0.2.1"],
  [PKG_DEV, "google_application_credentials", "/etc/key.json"],
  [PKG_DEV, "CLOUDSDK_CONFIG", "/etc/gcloud"],
  [PKG_DEV, "CLOUDSDK_AUTH_ACCESS_TOKEN", "ya29.canary"],
  [PKG_DEV, "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", "/etc/token"],
  [PKG_DEV, "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", "/etc/key.json"],
  [PKG_DEV, "CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT", "pull@shop-1.iam.gserviceaccount.com"],
  [ACR, "AZURE_REGIONAL_AUTHORITY_NAME", "westeurope"],
  [ACR, "AZURE_KUBERNETES_TOKEN_PROXY", "https://10.0.0.1"],
  [ACR, "AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential"],
  [ACR, "AZURE_USERNAME", "pull@example.com"],
  [ACR, "AZURE_PASSWORD", "canary-hunter2"],
  [ACR, "MSI_ENDPOINT", "http://127.0.0.1:9"],
  [ACR, "MSI_SECRET", "canary-secret"],
  [ACR, "IDENTITY_HEADER", "canary-header"],
];
/** Variables with the URL of an endpoint or a proxy, and other variables that make a run read them. */
const KEYS = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "not-a-secret-of-this-run" };
const WORD_IN: readonly (readonly [name: string, env: Readonly<Record<string, string>>])[] = [
  ["AWS_ENDPOINT_URL", KEYS],
  ["AWS_ENDPOINT_URL_ECR", KEYS],
  ["AWS_EC2_METADATA_SERVICE_ENDPOINT", {}],
  ["GCE_METADATA_HOST", {}],
  ["AZURE_POD_IDENTITY_AUTHORITY_HOST", {}],
  ["HTTPS_PROXY", KEYS],
];
const AUTHORITY = "AZURE_AUTHORITY_HOST";
const APPLICATION: Partial<Scene> = { image: ACR, node: null, cloud: { azure: { apps: [APP] } } };
const inApplication = (env: Readonly<Record<string, string>>) => ({
  AZURE_TENANT_ID: TENANT,
  AZURE_CLIENT_ID: APP.clientId,
  AZURE_CLIENT_SECRET: APP.secret,
  ...env,
});

export const VARIABLES: readonly Scene[] = [
  ...["true", "True", "TRUE"].map((value) =>
    accepts({ [DISABLED]: value }, { expect: { fails: "aws-metadata-disabled", exit: 1 }, requests: [] }),
  ),
  ...["false", "False", "FALSE"].map((value) => accepts({ [DISABLED]: value }, {})),
  ...NOT_BOOLEAN.map((value) => refuses(DISABLED, value)),

  ...[DISABLED, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "REGISTRY_CREDENTIAL_PROVIDER_PLATFORM"].map(
    (name): Scene => ({
      name: `${name}="1" has no effect on a login that does not read it`,
      image: ECR,
      env: ({ cloud: { awsUserKey } }) => ({
        AWS_ACCESS_KEY_ID: awsUserKey.accessKeyId,
        AWS_SECRET_ACCESS_KEY: awsUserKey.secretAccessKey,
        [name]: "1",
      }),
      expect: ECR_LOGIN,
      requests: [LOGIN],
    }),
  ),

  ...["true", "True"].map((value) =>
    accepts({ [IGNORE]: value, AWS_ENDPOINT_URL: `https://${VPC}` }, { hosts: [API] }),
  ),
  accepts({ [IGNORE]: "False", AWS_ENDPOINT_URL: `https://${VPC}` }, { hosts: [VPC] }),
  ...NOT_BOOLEAN.map((value) =>
    refuses(IGNORE, value, { env: { [IGNORE]: value, AWS_ENDPOINT_URL: `https://${VPC}` } }),
  ),

  ...[ECR, ECR_PUBLIC].map((image) =>
    refuses("AWS_CA_BUNDLE", "/ca.pem", {
      image,
      name: `AWS_CA_BUNDLE is not supported for ${image}`,
      expect: {
        fails: "environment-invalid",
        exit: 2,
        says: ["AWS_CA_BUNDLE is not supported"],
        hint: /^set SSL_CERT_FILE or NODE_EXTRA_CA_CERTS instead$/,
      },
    }),
  ),
  {
    name: 'AWS_CA_BUNDLE="/nope" has no effect on a registry of Azure',
    image: ACR,
    env: { AWS_CA_BUNDLE: "/nope" },
    expect: ACR_LOGIN,
    requests: ["azure-imds/token", "acr/exchange"],
  },

  ...["both", "IPv5", "ipv6 ", "6"].map((value) =>
    refuses("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", value, {
      env: { AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: value, AWS_EC2_METADATA_SERVICE_ENDPOINT: "" },
    }),
  ),
  ...["gcp", "ec2", "aws "].map((value) =>
    refuses("REGISTRY_CREDENTIAL_PROVIDER_PLATFORM", value, {
      env: { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: value, AWS_EC2_METADATA_SERVICE_ENDPOINT: "" },
    }),
  ),
  accepts(
    { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "Azure", AWS_EC2_METADATA_SERVICE_ENDPOINT: "" },
    { expect: { fails: "platform-mismatch", exit: 1, hint: /^give it AWS credentials/ }, requests: [] },
  ),

  ...["Off", "OFF", "false", "False"].map((value) =>
    accepts({ REGISTRY_CREDENTIAL_PROVIDER_CACHE: value }, {}),
  ),
  ...["no", "true", "offf", "cache"].map((value) => refuses("REGISTRY_CREDENTIAL_PROVIDER_CACHE", value)),

  ...["AzureCloud", "azurepubliccloud"].map((value) =>
    accepts(
      { AZURE_ENVIRONMENT: value },
      { image: ACR, expect: ACR_LOGIN, requests: ["azure-imds/token", "acr/exchange"] },
    ),
  ),
  ...["public", "AzureCloud ", "constructor"].map((value) =>
    refuses("AZURE_ENVIRONMENT", value, { image: ACR }),
  ),

  ...UNSUPPORTED.map(([image, name, value]) =>
    refuses(name, value, {
      image,
      requests: [],
      hosts: [],
      name: `${name} is not supported for the node`,
      expect: {
        fails: "environment-invalid",
        exit: 2,
        says: [`${name} is not supported`, /^((?!canary).)*$/],
        hint: /^remove it/,
      },
    }),
  ),
  ...UNSUPPORTED.map(([image, name]) =>
    accepts(
      { [name]: "" },
      image === ACR
        ? { image, expect: ACR_LOGIN, requests: ["azure-imds/token", "acr/exchange"] }
        : { image, expect: GOOGLE_LOGIN, requests: ["gce/universe", "gce/token"] },
    ),
  ),
  ...UNSUPPORTED.map(([, name, value]) =>
    accepts({ [name]: value }, { name: `${name} has no effect on AWS` }),
  ),
  ...[
    "https://login.microsoftonline.us/",
    "https://login.chinacloudapi.cn",
    "https://evil.example/",
    "https://login.microsoftonline.com.evil.example",
    "http://login.microsoftonline.com",
    "https://login.microsoftonline.com:8443",
  ].map((value) =>
    refuses(AUTHORITY, value, {
      ...APPLICATION,
      env: inApplication({ [AUTHORITY]: value }),
      requests: [],
      hosts: [],
      expect: {
        fails: "environment-invalid",
        exit: 2,
        says: [`${AUTHORITY} is not a sign-in host of AzureCloud`],
        hint: /^remove it, and set AZURE_ENVIRONMENT to the node's Azure cloud/,
      },
    }),
  ),
  refuses(AUTHORITY, "login.microsoftonline.com", {
    ...APPLICATION,
    env: inApplication({ [AUTHORITY]: "login.microsoftonline.com" }),
    requests: [],
    hosts: [],
  }),
  ...[
    "https://login.microsoftonline.com/",
    "https://LOGIN.microsoftonline.com:443",
    "https://login.windows.net",
    "",
  ].map((value) =>
    accepts(inApplication({ [AUTHORITY]: value }), {
      ...APPLICATION,
      name: `${AUTHORITY}="${value}" is of the node's Azure cloud`,
      expect: ACR_LOGIN,
      requests: ["entra/token", "acr/exchange"],
      hosts: ["login.microsoftonline.com", "myregistry.azurecr.io"],
    }),
  ),
  ...["http://hunter2word", "https://hunter2word/", "HTTP://Hunter2Word"].flatMap((value) =>
    WORD_IN.map(([name, env]) =>
      refuses(name, value, {
        env: { ...env, [name]: value },
        requests: [],
        hosts: [],
        image: name.startsWith("GCE") ? PKG_DEV : name.startsWith("AZURE") ? ACR : ECR,
        name: `a single word is refused as a host: ${name}="${value}"`,
        expect: { fails: "environment-invalid", exit: 2, says: [name, /^((?!hunter2).)*$/i], hint: /./ },
      }),
    ),
  ),
];
