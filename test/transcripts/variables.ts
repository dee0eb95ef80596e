import { ACR, ACR_LOGIN, ECR, ECR_LOGIN, ECR_PUBLIC, IMDS } from "./answers.ts";
import type { Scene } from "./scene.ts";

const LOGIN = "ecr/GetAuthorizationToken";
const VPC = "vpce-0a1b.api.ecr.us-east-1.vpce.amazonaws.com";
const API = "api.ecr.us-east-1.amazonaws.com";

const WORKS = { expect: ECR_LOGIN, asked: [...IMDS, LOGIN] } as const;

const quoted = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}="${value}"`)
    .join(" ");

/** No request is sent, and the line names the variable. */
function refuses(name: string, value: string, more: Partial<Scene> = {}): Scene {
  return {
    name: `${name}="${value}" is an error`,
    image: ECR,
    env: { [name]: value },
    expect: { fails: "environment-value", exit: 2, says: [name] },
    ...more,
  };
}

function accepts(env: Readonly<Record<string, string>>, more: Partial<Scene>): Scene {
  return { name: `${quoted(env)} is read in any case`, image: ECR, env, ...WORKS, ...more };
}

const NOT_BOOLEAN = ["1", "yes", "on", "tru", " true", "true ", "-", "falsee", "constructor"];

const DISABLED = "AWS_EC2_METADATA_DISABLED";
const IGNORE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";

export const VARIABLES: readonly Scene[] = [
  ...["true", "True", "TRUE"].map((value) =>
    accepts({ [DISABLED]: value }, { expect: { fails: "aws-metadata-disabled", exit: 1 }, asked: [] }),
  ),
  ...["false", "False", "FALSE"].map((value) => accepts({ [DISABLED]: value }, {})),
  ...NOT_BOOLEAN.map((value) => refuses(DISABLED, value)),

  ...[DISABLED, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "REGISTRY_CREDENTIAL_PROVIDER_PLATFORM"].map(
    (name): Scene => ({
      name: `${name}="1" does not matter to a login that does not read it`,
      image: ECR,
      env: ({ cloud: { awsUserKey } }) => ({
        AWS_ACCESS_KEY_ID: awsUserKey.accessKeyId,
        AWS_SECRET_ACCESS_KEY: awsUserKey.secretAccessKey,
        [name]: "1",
      }),
      expect: ECR_LOGIN,
      asked: [LOGIN],
    }),
  ),

  ...["true", "True"].map((value) =>
    accepts({ [IGNORE]: value, AWS_ENDPOINT_URL: `https://${VPC}` }, { hosts: [API] }),
  ),
  accepts({ [IGNORE]: "False", AWS_ENDPOINT_URL: `https://${VPC}` }, { hosts: [VPC] }),
  ...NOT_BOOLEAN.map((value) =>
    refuses(IGNORE, value, { env: { [IGNORE]: value, AWS_ENDPOINT_URL: `https://${VPC}` } }),
  ),

  refuses("AWS_CA_BUNDLE", "/nope"),
  refuses("AWS_CA_BUNDLE", "/ca.pem", { image: ECR_PUBLIC }),
  {
    name: 'AWS_CA_BUNDLE="/nope" does not matter to a registry of Azure',
    image: ACR,
    env: { AWS_CA_BUNDLE: "/nope" },
    expect: ACR_LOGIN,
    asked: ["azure-imds/token", "acr/exchange"],
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
    { expect: { fails: "platform-other", exit: 1, hint: /^give it AWS credentials/ }, asked: [] },
  ),

  ...["Off", "OFF", "false", "False"].map((value) =>
    accepts({ REGISTRY_CREDENTIAL_PROVIDER_CACHE: value }, {}),
  ),
  ...["no", "true", "offf", "cache"].map((value) => refuses("REGISTRY_CREDENTIAL_PROVIDER_CACHE", value)),

  ...["AzureCloud", "azurepubliccloud"].map((value) =>
    accepts(
      { AZURE_ENVIRONMENT: value },
      { image: ACR, expect: ACR_LOGIN, asked: ["azure-imds/token", "acr/exchange"] },
    ),
  ),
  ...["public", "AzureCloud ", "constructor"].map((value) =>
    refuses("AZURE_ENVIRONMENT", value, { image: ACR }),
  ),
];
