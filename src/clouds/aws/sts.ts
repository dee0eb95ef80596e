import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  type Credentials,
  STSClient,
} from "@aws-sdk/client-sts";
import { Egress } from "../../egress/egress.ts";
import { ProviderError } from "../../errors.ts";
import type { Secret } from "../../secret.ts";
import type { Environment, World } from "../../world.ts";
import { failureOf, isToken } from "../answer.ts";
import { type AwsCredentials, keyPair, timeOf } from "./credentials.ts";
import { awsPatience, readingOfSts } from "./errors.ts";
import { partitionOf } from "./partitions.ts";
import { configuredEndpoint, sdkConfig, sdkCredentials } from "./sdk.ts";

/** Which STS is asked. */
export interface StsPlace {
  readonly region: string;
  /** The rule's; undefined: the environment's, or the region's own. */
  readonly endpoint?: string | undefined;
}

/** A role to assume. */
export interface Role extends StsPlace {
  readonly arn: string;
  readonly sessionName: string;
  readonly externalId?: string | undefined;
  /** Who assumes it, for messages; undefined where what was set up for the node says so itself. */
  readonly whose?: string | undefined;
}

const SESSION_NAME = "registry-credential-provider";

export function sessionNameOf(name: string | undefined): string {
  return name || SESSION_NAME;
}

/** By the token of a workload; unsigned. Throws `aws-sts-refused`, `aws-sts-token-rejected` and the wire's codes. */
export async function assumeRoleWithWebIdentity(
  role: Role,
  token: Secret,
  world: World,
): Promise<AwsCredentials> {
  const egress = egressToSts(role, world);
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: role.arn,
    RoleSessionName: role.sessionName,
    WebIdentityToken: token.expose(),
  });
  const client = new STSClient({ ...stsConfig(egress, role, world), credentials: noCredentials });
  return fromAnswer(role, egress, async () => (await client.send(command)).Credentials);
}

/** Given so that the SDK looks for none: this one call is not signed. */
async function noCredentials(): Promise<never> {
  throw new ProviderError("internal", { detail: "the AWS SDK wants to sign AssumeRoleWithWebIdentity" });
}

/** By other credentials. Throws `aws-sts-refused` and the codes of AWS. */
export async function assumeRole(role: Role, by: AwsCredentials, world: World): Promise<AwsCredentials> {
  const egress = egressToSts(role, world);
  const command = new AssumeRoleCommand({
    RoleArn: role.arn,
    RoleSessionName: role.sessionName,
    ExternalId: role.externalId,
  });
  const client = new STSClient({ ...stsConfig(egress, role, world), credentials: sdkCredentials(by) });
  return fromAnswer(role, egress, async () => (await client.send(command)).Credentials);
}

async function fromAnswer(
  role: Role,
  egress: Egress,
  ask: () => Promise<Credentials | undefined>,
): Promise<AwsCredentials> {
  const source = role.whose === undefined ? `role ${role.arn}` : `${role.whose} as role ${role.arn}`;
  const credentials = await ask().catch((error: unknown) => {
    throw failureOf(error, egress, readingOfSts, { identity: source });
  });
  const { AccessKeyId: id, SecretAccessKey: secret, SessionToken: token } = credentials ?? {};
  const keys = keyPair(id, secret, token, source);
  if (keys !== undefined && [id, token].every((key) => !key || isToken(key)))
    return { ...keys, expiresAt: timeOf(credentials?.Expiration) };
  const detail = "no credentials in it";
  throw new ProviderError("answer-malformed", { ...egress.asked?.facts, identity: source, detail });
}

/** What a client of STS is made with, beside its credentials. */
export function stsConfig(egress: Egress, place: StsPlace, world: World) {
  return sdkConfig(egress, endpointOf(place, world), place.region);
}

export function egressToSts(place: StsPlace, world: World): Egress {
  const origin = endpointOf(place, world);
  return new Egress(world, [{ origin, kind: "token", stage: "identity", patience: awsPatience }]);
}

function endpointOf({ region, endpoint }: StsPlace, { env }: World): string {
  return endpoint ?? configuredEndpoint("AWS_ENDPOINT_URL_STS", env) ?? regionalEndpoint(region);
}

/**
 * Regional always: the global endpoint is one region that may be down, and no other partition has it.
 *
 * @throws ProviderError `environment-value`
 */
export function regionalEndpoint(region: string): string {
  const partition = partitionOf(region);
  if (partition !== undefined) return `https://sts.${region}.${partition.suffix}`;
  throw new ProviderError("environment-value", {
    detail: `STS's region "${region}" is none (AWS_REGION, AWS_DEFAULT_REGION or the profile's)`,
  });
}

/** What a rule says of STS; the registry's region is the last that counts. */
export interface StsWishes {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly registryRegion: string;
}

/** Where STS is asked: what the operator says, else beside the registry: whoever reaches its API reaches STS there. */
export function stsPlace(env: Environment, { region, endpoint, registryRegion }: StsWishes): StsPlace {
  return { region: region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || registryRegion), endpoint };
}
