import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../src/core/world.ts";
import { type Cloud, type CloudOptions, type EnvName, startCloud } from "../cloud/cloud.ts";
import { SUBJECT } from "../cloud/oidc.ts";
import { ACR, APP, ECR, ECR_PUBLIC, PKG_DEV, POD_ROLE, TENANT } from "../transcripts/answers.ts";
import type { Ending } from "./matrix.ts";

/** A step towards a login, and the scene that reaches it. */
export interface Endpoint {
  /** `service/step` */
  readonly where: string;
  readonly kind: "metadata" | "token";
  readonly image: string;
  readonly node: EnvName;
  readonly username: string;
  readonly set?: (place: EndpointPlace) => Readonly<Record<string, string>>;
  readonly args?: (place: EndpointPlace) => readonly string[];
  /** The only rule of the configuration file, without its `match`; JSON. */
  readonly rule?: (place: EndpointPlace) => object;
  /** The audience of the requesting pod's token; absent if the node requests the login. */
  readonly podFor?: string;
  readonly cloud?: CloudOptions;
  /** The outcomes that any fault may have here. */
  readonly also?: readonly Ending[];
  /** Faults, by their names, that end in a login. */
  readonly harmless?: readonly string[];
  readonly hosts: readonly string[];
}

export interface EndpointPlace {
  readonly cloud: Cloud;
  readonly tokenFile: string;
  readonly azureJson: string;
  readonly configFile: string;
  readonly googleKey: string;
}

const UNIVERSE = "apis-berlin-build0.goog";
const PARTNER = "docker.pkg-berlin-build0.goog/shop/app";
const API = ["api.ecr.us-east-1.amazonaws.com"];
const STS = ["sts.us-east-1.amazonaws.com"];
const PUBLIC_API = ["api.ecr-public.us-east-1.amazonaws.com"];
const REGISTRY = ["myregistry.azurecr.io"];
const ENTRA = ["login.microsoftonline.com"];

/** Independent of the umask: the program refuses files that other users can write to. */
const OWN = { mode: 0o600 };

const aws = { image: ECR, node: "aws", username: "AWS" } as const;
const google = { image: PKG_DEV, node: "google", username: "oauth2accesstoken", hosts: [] } as const;
const azure = { image: ACR, node: "azure", username: "00000000-0000-0000-0000-000000000000" } as const;
const principal = {
  ...azure,
  hosts: [...REGISTRY, ...ENTRA],
  args: ({ azureJson }: EndpointPlace) => [azureJson],
};
const POOL = "projects/1/locations/global/workloadIdentityPools/pool/providers/cluster";
const EMAIL = "puller@shop-1.iam.gserviceaccount.com";
const CLUSTER = "https://oidc.cluster.example";
const POD = `principal://iam.googleapis.com/${POOL.replace(/\/providers.*/, "")}/subject/${SUBJECT}`;
const GOOGLE_STS = ["sts.googleapis.com"];
const IAM = ["iamcredentials.googleapis.com"];
const GKE = "https://container.googleapis.com/v1/projects/shop-1/locations/eu/clusters/c";
const provider = { workloadIdentityProvider: POOL };
const federated = {
  ...google,
  podFor: `https://iam.googleapis.com/${POOL}`,
  rule: () => ({ google: provider }),
  cloud: {
    google: {
      providers: { [POOL]: { issuer: CLUSTER } },
      pulls: [POD, EMAIL],
      impersonation: { [EMAIL]: [POD] },
    },
  },
} as const;
const pub = { image: ECR_PUBLIC, node: "aws", username: "AWS", hosts: PUBLIC_API } as const;
const token = "token";
const metadata = "metadata";

export const ENDPOINTS: readonly Endpoint[] = [
  { where: "imds/token", kind: metadata, hosts: API, ...aws },
  { where: "imds/partition", kind: metadata, hosts: API, ...aws, harmless: ["404"] },
  { where: "imds/role", kind: metadata, hosts: API, ...aws },
  { where: "imds/credentials", kind: metadata, hosts: API, ...aws },
  { where: "container/pod-identity", kind: metadata, hosts: API, ...aws, node: "aws-pod-identity" },
  { where: "ecr/GetAuthorizationToken", kind: token, hosts: API, ...aws },
  { where: "imds/token", kind: metadata, ...pub },
  { where: "imds/partition", kind: metadata, ...pub, harmless: ["404"] },
  { where: "imds/role", kind: metadata, ...pub },
  { where: "ecr-public/GetAuthorizationToken", kind: token, ...pub },
  {
    where: "sts/AssumeRoleWithWebIdentity",
    kind: token,
    ...aws,
    hosts: [...API, ...STS],
    set: ({ cloud, tokenFile }) => ({
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
      AWS_ROLE_ARN: cloud.roleArn("puller"),
    }),
  },
  {
    where: "sts/AssumeRole",
    kind: token,
    ...aws,
    hosts: [...API, ...STS],
    set: ({ configFile }) => ({ AWS_CONFIG_FILE: configFile }),
  },
  {
    where: "gce/universe",
    kind: metadata,
    ...google,
    image: PARTNER,
    cloud: { google: { universe: UNIVERSE } },
  },
  { where: "gce/token", kind: metadata, ...google },
  { where: "google-sts/token", kind: token, ...federated, hosts: GOOGLE_STS },
  {
    where: "iamcredentials/generateAccessToken",
    kind: token,
    ...federated,
    hosts: [...GOOGLE_STS, ...IAM],
    rule: () => ({ google: { ...provider, serviceAccount: EMAIL } }),
  },
  {
    where: "google-oauth/token",
    kind: token,
    ...google,
    hosts: ["oauth2.googleapis.com"],
    rule: ({ googleKey }) => ({ google: { credentialsFile: googleKey } }),
  },
  {
    where: "gce/attribute",
    kind: metadata,
    ...google,
    hosts: GOOGLE_STS,
    podFor: "shop-1.svc.id.goog",
    rule: () => ({ google: { gke: {} } }),
    cloud: {
      cluster: { issuer: GKE },
      google: {
        clusters: [GKE],
        attributes: { "cluster-name": "c", "cluster-location": "eu" },
        pulls: [
          "principal://iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/shop-1.svc.id.goog/subject/ns/shop/sa/default",
        ],
      },
    },
    also: ["google-cluster-unknown", "pod-token-wrong-audience", "google-provider-unknown"],
  },
  {
    where: "gce/identity",
    kind: metadata,
    ...google,
    hosts: GOOGLE_STS,
    rule: () => ({ google: { ...provider, subjectToken: "google" } }),
    cloud: {
      google: {
        providers: { [POOL]: { issuer: "https://accounts.google.com" } },
        pulls: [`${POD.replace(/[^/]*$/, "")}104023876223456789012`],
      },
    },
    also: ["google-federation-refused"],
  },
  { where: "entra/token", kind: token, ...principal },
  { where: "acr/exchange", kind: token, ...principal },
];

/**
 * MSAL caches a managed identity's token for the life of the process, so each cell needs its own process. The body of the Arc
 * agent's challenge is ignored; only a header counts.
 */
export const MANAGED_IDENTITY: readonly Endpoint[] = [
  { where: "azure-imds/token", kind: metadata, hosts: REGISTRY, ...azure },
  {
    where: "azure-arc/challenge",
    kind: metadata,
    hosts: REGISTRY,
    ...azure,
    node: "azure-arc",
    also: ["login", "azure-arc-challenge-failed"],
  },
];

const OPTIONS: CloudOptions = {
  aws: {
    roles: {
      puller: { ...POD_ROLE, trustedRoles: ["node-role"] },
    },
  },
  azure: { apps: [APP] },
};

export interface Stand {
  readonly cloud: Cloud;
  readonly env: Environment;
  readonly args: readonly string[];
  /** The pod's token; empty if the node requests the login. */
  readonly token: string;
  stop(): Promise<void>;
}

/** Starts a cloud for one endpoint, and returns how to reach it. */
export async function startEndpoint({
  node,
  set,
  args,
  rule,
  podFor,
  image,
  cloud: options,
}: Endpoint): Promise<Stand> {
  const cloud = await startCloud({ ...OPTIONS, ...options });
  const folder = await mkdtemp(join(tmpdir(), "faults-"));
  const place: EndpointPlace = {
    cloud,
    tokenFile: join(folder, "token"),
    azureJson: join(folder, "azure.json"),
    configFile: join(folder, "config"),
    googleKey: join(folder, "google.json"),
  };
  const principal = { tenantId: TENANT, aadClientId: APP.clientId, aadClientSecret: APP.secret };
  const role = `role_arn = ${cloud.roleArn("puller")}\ncredential_source = Ec2InstanceMetadata\n`;
  await writeFile(place.tokenFile, cloud.serviceAccountToken({ audience: "sts.amazonaws.com" }), OWN);
  await writeFile(place.azureJson, JSON.stringify(principal), OWN);
  await writeFile(place.configFile, `[default]\n${role}`, OWN);
  await writeFile(place.googleKey, cloud.googleKey(EMAIL), OWN);
  const rules = rule === undefined ? [] : [{ match: [image.split("/")[0]], ...rule(place) }];
  const config = { apiVersion: "registry-credential-provider/v1", kind: "Config", rules };
  await writeFile(join(folder, "config.json"), JSON.stringify(config), OWN);
  return {
    cloud,
    env: { ...cloud.env(node), ...set?.(place) },
    args: [
      ...(args?.(place) ?? []),
      ...(rule === undefined ? [] : [`--config=${join(folder, "config.json")}`]),
    ],
    token: podFor === undefined ? "" : cloud.serviceAccountToken({ audience: podFor }),
    stop: async () => {
      await cloud.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
