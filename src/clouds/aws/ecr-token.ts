import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import {
  ECRPUBLICClient,
  GetAuthorizationTokenCommand as GetPublicAuthorizationTokenCommand,
} from "@aws-sdk/client-ecr-public";
import { Secret } from "../../core/secret.ts";
import type { Milliseconds } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import { Egress } from "../../egress/egress.ts";
import { type ErrorFacts, ProviderError } from "../../errors/provider-error.ts";
import type { AwsIdentity } from "../../identities/aws.ts";
import type { GetSubjectToken } from "../../identities/subject-token.ts";
import { isToken, toProviderError } from "../shared/response.ts";
import { parseRegistryRegion } from "./configured-region.ts";
import type { AwsCredentials } from "./credentials.ts";
import { createEndpointResolver, readEndpointSettings } from "./endpoints.ts";
import { awsErrors, getAwsRetryWindow } from "./errors.ts";
import { createAwsNode } from "./node-context.ts";
import type { EndpointVariant } from "./partitions.ts";
import { resolveAwsCredentials } from "./resolve-credentials.ts";
import { createSdkConfig, createSdkCredentials } from "./sdk.ts";
import { findNamedProfile } from "./selected-profile.ts";

/** The API that returns a registry's token. */
export interface EcrTarget {
  readonly service: "ecr" | "ecr-public";
  readonly region: string;
  readonly variant: EndpointVariant;
}

export interface EcrAuthorization {
  readonly username: string;
  readonly password: Secret;
  /** Wall clock; undefined if the service does not state it. */
  readonly expiresAt: Milliseconds | undefined;
}

/** Requests a registry's token with `GetAuthorizationToken`, as the identity of the login. */
export async function fetchEcrAuthorization(
  target: EcrTarget,
  identity: AwsIdentity,
  getSubjectToken: GetSubjectToken,
  world: World,
): Promise<EcrAuthorization> {
  const { service } = target;
  const region = parseRegistryRegion(target.region);
  const node = createAwsNode(world);
  const { credentialSource } = identity;
  const named = credentialSource.kind === "node" ? await findNamedProfile(node, credentialSource) : undefined;
  const resolveEndpoint = createEndpointResolver(
    target.variant,
    identity.endpoints,
    readEndpointSettings(world.env, named),
  );
  const endpoint = resolveEndpoint(service, region);
  const credentials = await resolveAwsCredentials(
    identity,
    { registryRegion: region, resolveEndpoint },
    getSubjectToken,
    node,
  );
  const { origin } = new URL(endpoint);
  const egress = new Egress(world, [
    { origin, kind: "token", stage: "token", retryWindow: getAwsRetryWindow },
  ]);
  const client = {
    ...createSdkConfig(egress, endpoint, region.name),
    credentials: createSdkCredentials(credentials),
  };
  const data = await requestAuthorizationData(service, client).catch((error: unknown) => {
    throw toProviderError(error, egress, awsErrors, { identity: credentials.source });
  });
  return parseAuthorization(data, egress.lastExchange?.facts ?? {}, credentials);
}

type ClientConfig = ReturnType<typeof createSdkConfig> & {
  credentials: ReturnType<typeof createSdkCredentials>;
};
interface AuthorizationData {
  readonly authorizationToken?: string | undefined;
  readonly expiresAt?: Date | undefined;
}

/** ECR returns a list of one element, ECR Public an object. */
async function requestAuthorizationData(
  service: EcrTarget["service"],
  config: ClientConfig,
): Promise<AuthorizationData | undefined> {
  if (service === "ecr-public") {
    return (await new ECRPUBLICClient(config).send(new GetPublicAuthorizationTokenCommand({})))
      .authorizationData;
  }
  return (await new ECRClient(config).send(new GetAuthorizationTokenCommand({}))).authorizationData?.[0];
}

function parseAuthorization(
  data: AuthorizationData | undefined,
  facts: ErrorFacts,
  { source }: AwsCredentials,
): EcrAuthorization {
  const token: unknown = data?.authorizationToken; // The SDK does not check that it is a string.
  const pair = Buffer.from(typeof token === "string" ? token : "", "base64").toString("utf8");
  const colon = pair.indexOf(":");
  if (isToken(pair.slice(0, Math.max(colon, 0))) && isToken(pair.slice(colon + 1))) {
    return {
      username: pair.slice(0, colon),
      password: new Secret(pair.slice(colon + 1)),
      expiresAt: data?.expiresAt?.getTime(),
    };
  }
  throw new ProviderError("response-malformed", {
    ...facts,
    identity: source,
    detail: "no authorization token in the response",
  });
}
