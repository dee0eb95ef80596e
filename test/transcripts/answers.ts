import { HOUR, SECOND } from "../../src/core/time.ts";
import type { Scene } from "./scene.ts";

export const ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app";
export const ECR_PUBLIC = "public.ecr.aws/nginx/nginx";
export const PKG_DEV = "europe-docker.pkg.dev/shop-1/images/app";
export const ACR = "myregistry.azurecr.io/team/app";

/** The requests for the instance's role: without a configured region; with AWS_REGION or for a login to another cloud. */
export const IMDS = ["imds/token", "imds/partition", "imds/role", "imds/credentials"];
export const IMDS_IN_REGION = ["imds/token", "imds/role", "imds/credentials"];
export const ECR_LOGIN = { login: "AWS", life: 12 * HOUR } as const;
export const GOOGLE_LOGIN = { login: "oauth2accesstoken", life: 3600 * SECOND } as const;
export const ACR_LOGIN = { login: "00000000-0000-0000-0000-000000000000", life: 3 * HOUR } as const;

const createAzureJson = (fields: object): string =>
  JSON.stringify({ cloud: "AzurePublicCloud", tenantId: TENANT, ...fields });
export const TENANT = "72f988bf-0000-4000-8000-000000000001";

export const APP = {
  clientId: "33333333-0000-4000-8000-000000000001",
  objectId: "33333333-0000-4000-8000-000000000002",
  secret: "canary-entra-secret-4711ABCDEF",
  pulls: ["*"],
} as const;

/** A role that the pods of the cluster's ServiceAccount shop/default may assume. */
export const POD_ROLE = {
  permissions: ["*"],
  trustedTokens: {
    issuer: "https://oidc.cluster.example",
    subjects: ["system:serviceaccount:shop:default"],
  },
} as const;

const FOREIGN = [
  "docker.io/library/busybox",
  "123456789012.dkr.ecr.us-east-1.amazonaws.com.evil.example/x",
  "evil.example/123456789012.dkr.ecr.us-east-1.amazonaws.com/x",
  "myregistry.azurecr.io.evil.example/x",
  "evilazurecr.io/x",
  "evil.example/myregistry.azurecr.io/x",
  "gcr.io.evil.example/x",
  "evil-gcr.io/x",
  "123456789012.dkr.ecr.us-east-1.amazonaws.com:8443/x",
  "123456789012.dkr.ecr.us-east-1.amazonaws.com./x",
  "user@myregistry.azurecr.io/x",
  "myregistry.azurecr.io@evil.example/x",
  "evil.example\\@myregistry.azurecr.io/x",
  "myregistry.azurecr.io%2eevil.example/x",
  "https://gcr.io/x",
  "169.254.169.254/latest/meta-data",
];

/** Runs with exit status 0. */
export const ANSWERS: readonly Scene[] = [
  {
    name: "an EC2 instance logs in to ECR",
    image: ECR,
    expect: ECR_LOGIN,
    requests: [...IMDS, "ecr/GetAuthorizationToken"],
    times: { "ecr/GetAuthorizationToken": [1, 1] },
  },
  {
    name: "a v1beta1 request gets a v1beta1 response",
    image: ECR,
    version: "v1beta1",
    expect: ECR_LOGIN,
    requests: [...IMDS, "ecr/GetAuthorizationToken"],
  },
  {
    name: "a v1alpha1 request gets a v1alpha1 response",
    image: PKG_DEV,
    version: "v1alpha1",
    expect: GOOGLE_LOGIN,
    requests: ["gce/universe", "gce/token"],
  },
  {
    name: "a host in upper case is returned in the image's own spelling",
    image: "123456789012.DKR.ecr.US-EAST-1.amazonaws.com/x",
    expect: ECR_LOGIN,
    requests: [...IMDS, "ecr/GetAuthorizationToken"],
  },
  {
    name: "the image's region is used, not the environment's",
    image: ECR.replace("us-east-1", "eu-west-3"),
    env: { AWS_REGION: "us-east-1" },
    expect: ECR_LOGIN,
    requests: [...IMDS_IN_REGION, "ecr/GetAuthorizationToken"],
  },
  {
    name: "an EC2 instance logs in to ECR Public",
    image: ECR_PUBLIC,
    expect: ECR_LOGIN,
    requests: [...IMDS, "ecr-public/GetAuthorizationToken"],
  },
  {
    name: "environment keys log in to ECR without metadata",
    image: ECR,
    node: null,
    env: ({ cloud }) => ({
      AWS_ACCESS_KEY_ID: cloud.awsUserKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: cloud.awsUserKey.secretAccessKey,
    }),
    expect: ECR_LOGIN,
    requests: ["ecr/GetAuthorizationToken"],
  },
  {
    name: "the EKS Pod Identity agent provides the credentials for ECR",
    image: ECR,
    node: "aws-pod-identity",
    expect: ECR_LOGIN,
    requests: ["container/pod-identity", "ecr/GetAuthorizationToken"],
  },
  {
    name: "the endpoint of an ECS task provides the credentials for ECR",
    image: ECR,
    node: "aws-ecs",
    expect: ECR_LOGIN,
    requests: ["container/ecs", "ecr/GetAuthorizationToken"],
  },
  {
    name: "a web identity file is exchanged for the credentials of a role",
    image: ECR,
    node: null,
    cloud: {
      aws: {
        roles: { puller: POD_ROLE },
      },
    },
    files: ({ cloud }) => ({ token: cloud.serviceAccountToken({ audience: "sts.amazonaws.com" }) }),
    env: ({ cloud, file }) => ({
      AWS_WEB_IDENTITY_TOKEN_FILE: file("token"),
      AWS_ROLE_ARN: cloud.roleArn("puller"),
      AWS_REGION: "eu-west-1",
    }),
    hosts: ["sts.eu-west-1.amazonaws.com", "api.ecr.us-east-1.amazonaws.com"],
    expect: ECR_LOGIN,
    requests: ["sts/AssumeRoleWithWebIdentity", "ecr/GetAuthorizationToken"],
  },
  {
    name: "a profile's role is assumed with the keys of another profile",
    image: ECR,
    node: null,
    cloud: { aws: { roles: { puller: { permissions: ["*"], trustedRoles: ["user"], externalId: "shop" } } } },
    files: ({ cloud }) => ({
      config: `[profile pull]\nrole_arn = ${cloud.roleArn("puller")}\nsource_profile = base\nexternal_id = shop\n`,
      credentials: `[base]\naws_access_key_id = ${cloud.awsUserKey.accessKeyId}\naws_secret_access_key = ${cloud.awsUserKey.secretAccessKey}\n`,
    }),
    env: ({ file }) => ({
      AWS_PROFILE: "pull",
      AWS_CONFIG_FILE: file("config"),
      AWS_SHARED_CREDENTIALS_FILE: file("credentials"),
    }),
    hosts: ["sts.us-east-1.amazonaws.com", "api.ecr.us-east-1.amazonaws.com"],
    expect: ECR_LOGIN,
    requests: ["sts/AssumeRole", "ecr/GetAuthorizationToken"],
  },
  {
    name: "a credential_process provides the credentials for ECR",
    image: ECR,
    node: null,
    files: ({ cloud, file }) => ({
      "print keys.sh": `#!/bin/sh\necho '${JSON.stringify({ Version: 1, AccessKeyId: cloud.awsUserKey.accessKeyId, SecretAccessKey: cloud.awsUserKey.secretAccessKey })}'\n`,
      ".aws/config": `[default]\ncredential_process = "${file("print keys.sh")}" --for 'a b'\n`,
    }),
    env: ({ file }) => ({ HOME: file(".") }),
    expect: ECR_LOGIN,
    requests: ["ecr/GetAuthorizationToken"],
  },
  {
    name: "a pod's role by upstream's annotation is assumed with the pod's own token, without a rule",
    image: ECR,
    token: { audience: "sts.amazonaws.com" },
    annotations: ({ cloud }) => ({ "eks.amazonaws.com/ecr-role-arn": cloud.roleArn("puller") }),
    node: null,
    cloud: { aws: { roles: { puller: POD_ROLE } } },
    hosts: ["sts.us-east-1.amazonaws.com", "api.ecr.us-east-1.amazonaws.com"],
    expect: ECR_LOGIN,
    requests: ["sts/AssumeRoleWithWebIdentity", "ecr/GetAuthorizationToken"],
  },
  {
    name: "a Google Cloud instance logs in to Artifact Registry",
    image: PKG_DEV,
    expect: GOOGLE_LOGIN,
    requests: ["gce/universe", "gce/token"],
  },
  {
    name: "a Google Cloud instance logs in to gcr.io",
    image: "gcr.io/shop-1/app",
    expect: GOOGLE_LOGIN,
    requests: ["gce/universe", "gce/token"],
  },
  {
    name: "an instance in a partner's universe logs in to that universe's registry",
    image: "docker.pkg-berlin-build0.goog/shop/app",
    cloud: { google: { universe: "apis-berlin-build0.goog" } },
    expect: GOOGLE_LOGIN,
    requests: ["gce/universe", "gce/token"],
  },
  {
    name: "an Azure VM logs in to its registry",
    image: ACR,
    expect: ACR_LOGIN,
    requests: ["azure-imds/token", "acr/exchange"],
    times: { "acr/exchange": [1, 1] },
  },
  {
    name: "a token for a registry's regional endpoint is exchanged at that endpoint",
    image: "myregistry.westeurope.geo.azurecr.io/x",
    expect: ACR_LOGIN,
    requests: ["azure-imds/token", "acr/exchange"],
  },
  {
    name: "azure.json selects the managed identity",
    image: ACR,
    args: ({ file }) => [file("azure.json"), "-v", "3"],
    files: {
      "azure.json": createAzureJson({
        useManagedIdentityExtension: true,
        userAssignedIdentityID: "11111111-0000-4000-8000-000000000001",
      }),
    },
    expect: ACR_LOGIN,
    requests: ["azure-imds/token", "acr/exchange"],
  },
  {
    name: "the service principal of azure.json gets a token, and its secret is never returned",
    image: ACR,
    node: null,
    args: ({ file }) => [file("azure.json")],
    cloud: { azure: { apps: [APP] } },
    files: { "azure.json": createAzureJson({ aadClientId: APP.clientId, aadClientSecret: APP.secret }) },
    hosts: ["login.microsoftonline.com", "myregistry.azurecr.io"],
    expect: ACR_LOGIN,
    requests: ["entra/token", "acr/exchange"],
  },
  {
    name: "a login succeeds through a proxy that requires a password",
    image: ACR,
    cloud: { proxyLogin: "us@er:canary-proxy-password" },
    expect: ACR_LOGIN,
    requests: ["azure-imds/token", "acr/exchange"],
  },
  {
    name: "the arguments of upstream's configuration have no effect",
    image: ECR,
    args: ["get-credentials", "--v=3"],
    expect: ECR_LOGIN,
    requests: [...IMDS, "ecr/GetAuthorizationToken"],
  },
  {
    name: "a login succeeds after one failure of each request",
    image: ECR,
    faults: [
      ["imds/token", { kind: "refuse" }, 1],
      ["imds/role", { kind: "status", status: 503 }, 1],
      ["ecr", { kind: "reset" }, 1],
    ],
    expect: ECR_LOGIN,
    requests: [...IMDS, "ecr/GetAuthorizationToken"],
    times: { "ecr/GetAuthorizationToken": [2, 2], "imds/role": [2, 2] },
  },
  {
    name: "a node clock that is wrong by an hour is corrected with the service's",
    image: ECR,
    faults: [["ecr", { kind: "skew", ms: HOUR }]],
    expect: { login: "AWS", life: 13 * HOUR },
    requests: [...IMDS, "ecr/GetAuthorizationToken"],
  },
  ...[20, -10].map(
    (hours): Scene => ({
      name: `a node clock that is wrong by ${hours} h is corrected with the service's`,
      image: ECR,
      cloud: { aws: { keyLife: 48 * HOUR } },
      faults: [["ecr", { kind: "skew", ms: hours * HOUR }]],
      expect: { login: "AWS", life: (12 + hours) * HOUR },
      requests: [...IMDS, "ecr/GetAuthorizationToken"],
      times: { "ecr/GetAuthorizationToken": [2, 2] },
    }),
  ),
  {
    name: "a login succeeds after throttling",
    image: ACR,
    faults: [["acr", { kind: "status", status: 429 }, 1]],
    expect: ACR_LOGIN,
    requests: ["azure-imds/token", "acr/exchange"],
    times: { "acr/exchange": [2, 2] },
  },

  {
    name: "an image of ECR Public is pulled without a login if the node is in no cloud",
    image: ECR_PUBLIC,
    node: null,
    expect: { anonymous: true },
  },
  {
    name: "an image of ECR Public is pulled without a login if the role may not log in",
    image: ECR_PUBLIC,
    cloud: { aws: { roles: { "node-role": { permissions: [] } } } },
    expect: { anonymous: true },
    requests: [...IMDS, "ecr-public/GetAuthorizationToken"],
  },
  {
    name: "an image of ECR Public is pulled without a login in another partition",
    image: ECR_PUBLIC,
    env: { AWS_REGION: "cn-north-1" },
    expect: { anonymous: true },
  },
  {
    name: "an image of ECR Public is pulled without a login if the metadata is disabled",
    image: ECR_PUBLIC,
    env: { AWS_EC2_METADATA_DISABLED: "true" },
    expect: { anonymous: true },
  },
  {
    name: "a pod's image of ECR Public is pulled without a login if no identity is configured for it",
    image: ECR_PUBLIC,
    token: true,
    expect: { anonymous: true },
  },

  ...FOREIGN.map(
    (image): Scene => ({
      name: `the image ${image} is from an unsupported registry, and no request is sent`,
      image,
      node: "aws",
      env: ({ cloud }) => cloud.env(),
      expect: { none: true },
    }),
  ),
];
