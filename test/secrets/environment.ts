/** Every variable of the program, with the settings that make a run read it. */
import type { EnvironmentName } from "../../src/core/environment.ts";
import { ENVIRONMENT } from "../../src/core/environment.ts";
import type { Cloud, CloudName } from "../cloud/cloud.ts";
import type { Canary } from "./canary.ts";
import { IMAGES, type Play } from "./play.ts";

type Environment = Readonly<Partial<Record<EnvironmentName, string>>>;

const GUID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
const KEYS: Environment = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "not-a-secret-of-this-run",
};
const APPLICATION: Environment = {
  AZURE_TENANT_ID: GUID,
  AZURE_CLIENT_ID: GUID,
  AZURE_CLIENT_SECRET: "not-a-secret-of-this-run",
};
const ROLE: Environment = {
  AWS_WEB_IDENTITY_TOKEN_FILE: "/etc/hostname",
  AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/pull",
};
const NO_PROOF = { AZURE_CLIENT_SECRET: "" };

/** Other variables that a variable requires to have an effect. */
const COMPANIONS: Readonly<Partial<Record<EnvironmentName, Environment>>> = {
  REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: { AWS_EC2_METADATA_SERVICE_ENDPOINT: "" },
  AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: { AWS_EC2_METADATA_SERVICE_ENDPOINT: "" },
  AWS_ENDPOINT_URL_STS: ROLE,
  AWS_ACCESS_KEY_ID: KEYS,
  AWS_SECRET_ACCESS_KEY: KEYS,
  AWS_SESSION_TOKEN: KEYS,
  AWS_CREDENTIAL_EXPIRATION: KEYS,
  AWS_WEB_IDENTITY_TOKEN_FILE: ROLE,
  AWS_ROLE_ARN: ROLE,
  AWS_ROLE_SESSION_NAME: ROLE,
  AWS_REGION: ROLE,
  AWS_DEFAULT_REGION: ROLE,
  AWS_CONTAINER_AUTHORIZATION_TOKEN: { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/" },
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/" },
  AZURE_TENANT_ID: APPLICATION,
  AZURE_CLIENT_SECRET: APPLICATION,
  AZURE_CLIENT_CERTIFICATE_PATH: { ...APPLICATION, ...NO_PROOF },
  AZURE_FEDERATED_TOKEN_FILE: { ...APPLICATION, ...NO_PROOF },
  IDENTITY_ENDPOINT: { IMDS_ENDPOINT: "http://127.0.0.1:1" },
  IMDS_ENDPOINT: { IDENTITY_ENDPOINT: "http://127.0.0.1:1/token" },
};

/** Variables that contain an address, so that its host must be looked up. */
const ADDRESSES: readonly EnvironmentName[] = [
  "HTTPS_PROXY",
  "https_proxy",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_EC2_METADATA_SERVICE_ENDPOINT",
  "AWS_ENDPOINT_URL",
  "AWS_ENDPOINT_URL_ECR",
  "AWS_ENDPOINT_URL_ECR_PUBLIC",
  "AWS_ENDPOINT_URL_STS",
  "GCE_METADATA_HOST",
  "AZURE_POD_IDENTITY_AUTHORITY_HOST",
  "IDENTITY_ENDPOINT",
];
/** Shapes that are a valid host, which must be looked up. No part of any other shape may be looked up. */
const HOSTS: readonly string[] = ["a label of a host"];

/** Images for which a variable is read, if its cloud's usual image does not read it. */
const OWN_IMAGES: Readonly<Partial<Record<EnvironmentName, string>>> = {
  AWS_ENDPOINT_URL_ECR_PUBLIC: "public.ecr.aws/team/app",
  AZURE_ENVIRONMENT_FILEPATH: "shop.azurecr.stack.example/app",
};

const CLOUDS: Readonly<Record<(typeof ENVIRONMENT)[EnvironmentName]["for"], CloudName>> = {
  "all clouds": "aws",
  AWS: "aws",
  Google: "google",
  Azure: "azure",
};

export const NAMES = Object.keys(ENVIRONMENT) as readonly EnvironmentName[];

export function buildPlay(name: EnvironmentName, canary: Canary, cloud: Cloud): Play {
  const cloudName = CLOUDS[ENVIRONMENT[name].for];
  const image = OWN_IMAGES[name] ?? IMAGES[cloudName];
  const isAddress = ADDRESSES.includes(name) && HOSTS.includes(canary.shape);
  return { image, isAddress, env: { ...cloud.env(cloudName), ...COMPANIONS[name], [name]: canary.value } };
}
