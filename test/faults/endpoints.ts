import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../src/world.ts";
import { type Cloud, type CloudOptions, type EnvName, startCloud } from "../cloud/cloud.ts";
import { ACR, APP, ECR, ECR_PUBLIC, PKG_DEV, TENANT } from "../transcripts/answers.ts";
import type { Ending } from "./matrix.ts";

/** One step of the way to a login, and how to get there. */
export interface Endpoint {
  /** `service/step` */
  readonly where: string;
  readonly kind: "metadata" | "token";
  readonly image: string;
  readonly node: EnvName;
  readonly username: string;
  readonly set?: (place: EndpointPlace) => Readonly<Record<string, string>>;
  readonly args?: (place: EndpointPlace) => readonly string[];
  readonly cloud?: CloudOptions;
  /** What may come of any fault here. */
  readonly also?: readonly Ending[];
  readonly hosts: readonly string[];
}

export interface EndpointPlace {
  readonly cloud: Cloud;
  readonly tokenFile: string;
  readonly azureJson: string;
  readonly configFile: string;
}

const UNIVERSE = "apis-berlin-build0.goog";
const PARTNER = "docker.pkg-berlin-build0.goog/shop/app";
const API = ["api.ecr.us-east-1.amazonaws.com"];
const STS = ["sts.us-east-1.amazonaws.com"];
const PUBLIC_API = ["api.ecr-public.us-east-1.amazonaws.com"];
const REGISTRY = ["myregistry.azurecr.io"];
const ENTRA = ["login.microsoftonline.com"];

const aws = { image: ECR, node: "aws", username: "AWS" } as const;
const google = { image: PKG_DEV, node: "google", username: "oauth2accesstoken", hosts: [] } as const;
const azure = { image: ACR, node: "azure", username: "00000000-0000-0000-0000-000000000000" } as const;
const principal = {
  ...azure,
  hosts: [...REGISTRY, ...ENTRA],
  args: ({ azureJson }: EndpointPlace) => [azureJson],
};
const pub = { image: ECR_PUBLIC, node: "aws", username: "AWS", hosts: PUBLIC_API } as const;
const token = "token";
const metadata = "metadata";

export const ENDPOINTS: readonly Endpoint[] = [
  { where: "imds/token", kind: metadata, hosts: API, ...aws },
  { where: "imds/role", kind: metadata, hosts: API, ...aws },
  { where: "imds/credentials", kind: metadata, hosts: API, ...aws },
  { where: "container/pod-identity", kind: metadata, hosts: API, ...aws, node: "aws-pod-identity" },
  { where: "ecr/GetAuthorizationToken", kind: token, hosts: API, ...aws },
  { where: "imds/token", kind: metadata, ...pub },
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
  { where: "entra/token", kind: token, ...principal },
  { where: "acr/exchange", kind: token, ...principal },
];

/**
 * MSAL keeps a managed identity's token and its way to it for the life of the process: one process for each cell. Of the
 * Arc agent's challenge only a header counts, whatever the body.
 */
export const MANAGED_IDENTITY: readonly Endpoint[] = [
  { where: "azure-imds/token", kind: metadata, hosts: REGISTRY, ...azure },
  {
    where: "azure-arc/challenge",
    kind: metadata,
    hosts: REGISTRY,
    ...azure,
    node: "azure-arc",
    also: ["login", "azure-arc-key"],
  },
];

const OPTIONS: CloudOptions = {
  aws: {
    roles: {
      puller: {
        permissions: ["*"],
        trustedRoles: ["node-role"],
        trustedTokens: {
          issuer: "https://oidc.cluster.example",
          subjects: ["system:serviceaccount:shop:default"],
        },
      },
    },
  },
  azure: { apps: [APP] },
};

export interface Stand {
  readonly cloud: Cloud;
  readonly env: Environment;
  readonly args: readonly string[];
  stop(): Promise<void>;
}

/** A cloud of its own for one endpoint, and the way there. */
export async function standFor({ node, set, args, cloud: options }: Endpoint): Promise<Stand> {
  const cloud = await startCloud({ ...OPTIONS, ...options });
  const folder = await mkdtemp(join(tmpdir(), "faults-"));
  const place: EndpointPlace = {
    cloud,
    tokenFile: join(folder, "token"),
    azureJson: join(folder, "azure.json"),
    configFile: join(folder, "config"),
  };
  const principal = { tenantId: TENANT, aadClientId: APP.clientId, aadClientSecret: APP.secret };
  const role = `role_arn = ${cloud.roleArn("puller")}\ncredential_source = Ec2InstanceMetadata\n`;
  await writeFile(place.tokenFile, cloud.serviceAccountToken({ audience: "sts.amazonaws.com" }));
  await writeFile(place.azureJson, JSON.stringify(principal));
  await writeFile(place.configFile, `[default]\n${role}`);
  return {
    cloud,
    env: { ...cloud.env(node), ...set?.(place) },
    args: args?.(place) ?? [],
    stop: async () => {
      await cloud.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
