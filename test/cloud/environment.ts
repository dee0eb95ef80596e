/** The environment with which a client uses the fake cloud. */
import { ARC_PATH } from "./azure-arc.ts";
import { ECS_PATH, POD_IDENTITY_PATH } from "./container-credentials.ts";
import type { MetadataName } from "./services.ts";

export type CloudName = "aws" | "google" | "azure";

/** The service that gives a node's identity: the cloud's usual metadata service, or a rarer one. */
export type EnvName = CloudName | "aws-pod-identity" | "aws-ecs" | "azure-arc";

export type Addresses = Readonly<Record<MetadataName | "proxy" | "tls" | "refused", string>>;

export interface Surroundings {
  readonly addresses: Addresses;
  readonly caFile: string;
  readonly proxyLogin: string | undefined;
  readonly podToken: () => string;
}

export function buildEnvironment(
  name: EnvName | undefined,
  refused: boolean,
  around: Surroundings,
): Record<string, string> {
  const { addresses, caFile, podToken } = around;
  const at = (service: MetadataName) => `http://${refused ? addresses.refused : addresses[service]}`;
  const own: Readonly<Record<EnvName, () => Record<string, string>>> = {
    aws: () => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: at("imds") }),
    "aws-pod-identity": () => ({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: at("container") + POD_IDENTITY_PATH,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: podToken(),
    }),
    "aws-ecs": () => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: at("container") + ECS_PATH }),
    google: () => ({ GCE_METADATA_HOST: at("gce").slice("http://".length) }),
    azure: () => ({ AZURE_POD_IDENTITY_AUTHORITY_HOST: at("azure-imds") }),
    "azure-arc": () => ({ IDENTITY_ENDPOINT: at("azure-arc") + ARC_PATH, IMDS_ENDPOINT: at("azure-arc") }),
  };
  const common = {
    // HOME is set, because the program would otherwise read the shared files of the user that runs the tests.
    HOME: "/nonexistent",
    HTTPS_PROXY: formatProxyUrl(around),
    NODE_EXTRA_CA_CERTS: caFile,
    // Runs share no cache; a test of the cache names a folder.
    REGISTRY_CREDENTIAL_PROVIDER_CACHE: "off",
  };
  if (name === undefined) return { ...common, ...own.aws(), ...own.google(), ...own.azure() };
  return { ...common, REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: name.split("-")[0] ?? name, ...own[name]() };
}

function formatProxyUrl({ addresses, proxyLogin }: Surroundings): string {
  const user = proxyLogin === undefined ? "" : `${proxyLogin.split(":").map(encodeURIComponent).join(":")}@`;
  return `http://${user}${addresses.proxy}`;
}
