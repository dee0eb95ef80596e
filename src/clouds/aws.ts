import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import {
  ECRPUBLICClient,
  GetAuthorizationTokenCommand as GetPublicAuthorizationTokenCommand,
} from "@aws-sdk/client-ecr-public";
import { Egress } from "../egress/egress.ts";
import { type ErrorFacts, ProviderError } from "../errors.ts";
import { Secret } from "../secret.ts";
import type { Milliseconds } from "../time.ts";
import type { World } from "../world.ts";
import { failureOf, isToken } from "./answer.ts";
import type { AwsCredentials } from "./aws/credentials.ts";
import { awsPatience, readingOfAws } from "./aws/errors.ts";
import { partitionOf } from "./aws/partitions.ts";
import { configuredEndpoint, sdkConfig, sdkCredentials } from "./aws/sdk.ts";
import { nodeCredentials } from "./aws/sources.ts";

/** Which API a registry's token is asked from. */
export interface EcrTarget {
  readonly service: "ecr" | "ecr-public";
  readonly region: string;
  readonly endpoint: string;
}

export interface EcrAuthorization {
  readonly username: string;
  readonly password: Secret;
  /** Wall clock; undefined where the service named none. */
  readonly expiresAt: Milliseconds | undefined;
}

/** `GetAuthorizationToken` with the node's credentials. */
export async function ecrAuthorization(target: EcrTarget, world: World): Promise<EcrAuthorization> {
  requirePartition(target, world);
  const credentials = await nodeCredentials(target.region, world);
  const endpoint = configuredEndpoint(ENDPOINT_VARIABLES[target.service], world.env) ?? target.endpoint;
  const egress = new Egress(world, [
    { origin: endpoint, kind: "token", stage: "token", patience: awsPatience },
  ]);
  const client = { ...sdkConfig(egress, endpoint, target.region), credentials: sdkCredentials(credentials) };
  const data = await getToken(target.service, client).catch((error: unknown) => {
    throw failureOf(error, egress, readingOfAws, { identity: credentials.source });
  });
  return parseAuthorization(data, egress.asked?.facts ?? {}, credentials);
}

const ENDPOINT_VARIABLES = {
  ecr: "AWS_ENDPOINT_URL_ECR",
  "ecr-public": "AWS_ENDPOINT_URL_ECR_PUBLIC",
} as const;

type ClientConfig = ReturnType<typeof sdkConfig> & { credentials: ReturnType<typeof sdkCredentials> };
interface AuthorizationData {
  readonly authorizationToken?: string | undefined;
  readonly expiresAt?: Date | undefined;
}

/** The private service answers a list, the public one an object. */
async function getToken(
  service: EcrTarget["service"],
  config: ClientConfig,
): Promise<AuthorizationData | undefined> {
  if (service === "ecr-public") {
    return (await new ECRPUBLICClient(config).send(new GetPublicAuthorizationTokenCommand({})))
      .authorizationData;
  }
  return (await new ECRClient(config).send(new GetAuthorizationTokenCommand({}))).authorizationData?.[0];
}

/** ECR Public is in the `aws` partition only: keys of another are not sent there. */
function requirePartition({ service }: EcrTarget, { env }: World): void {
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION;
  const partition = region && partitionOf(region);
  if (service === "ecr-public" && partition && partition.name !== "aws") {
    throw new ProviderError("aws-other-partition", { detail: `${region} is in ${partition.name}` });
  }
}

function parseAuthorization(
  data: AuthorizationData | undefined,
  facts: ErrorFacts,
  { source }: AwsCredentials,
): EcrAuthorization {
  const token: unknown = data?.authorizationToken; // The SDK does not look whether it is text.
  const pair = Buffer.from(typeof token === "string" ? token : "", "base64").toString("utf8");
  const colon = pair.indexOf(":");
  if (isToken(pair.slice(0, Math.max(colon, 0))) && isToken(pair.slice(colon + 1))) {
    return {
      username: pair.slice(0, colon),
      password: new Secret(pair.slice(colon + 1)),
      expiresAt: data?.expiresAt?.getTime(),
    };
  }
  throw new ProviderError("answer-malformed", {
    ...facts,
    identity: source,
    detail: "no authorization token in it",
  });
}
