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
import { type AwsCredentials, keyPair } from "./credentials.ts";
import { awsPatience, readingOfSts } from "./errors.ts";
import { partitionOf } from "./partitions.ts";
import { configuredEndpoint, sdkConfig, sdkCredentials } from "./sdk.ts";

/** A role to assume. */
export interface Role {
  readonly arn: string;
  readonly sessionName: string;
  readonly externalId?: string | undefined;
  /** Of STS. */
  readonly region: string;
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
  const client = new STSClient({ ...clientConfig(egress, role, world), credentials: noCredentials });
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
  const client = new STSClient({ ...clientConfig(egress, role, world), credentials: sdkCredentials(by) });
  return fromAnswer(role, egress, async () => (await client.send(command)).Credentials);
}

async function fromAnswer(
  role: Role,
  egress: Egress,
  ask: () => Promise<Credentials | undefined>,
): Promise<AwsCredentials> {
  const source = `role ${role.arn}`;
  const credentials = await ask().catch((error: unknown) => {
    throw failureOf(error, egress, readingOfSts, { identity: source });
  });
  const { AccessKeyId: id, SecretAccessKey: secret, SessionToken: token } = credentials ?? {};
  const keys = keyPair(id, secret, token, source);
  if (keys !== undefined && [id, token].every((key) => !key || isToken(key))) return keys;
  throw new ProviderError("answer-malformed", { ...egress.asked?.facts, detail: "no credentials in it" });
}

function clientConfig(egress: Egress, role: Role, world: World) {
  return sdkConfig(egress, endpointOf(role, world), role.region);
}

function egressToSts(role: Role, world: World): Egress {
  const origin = endpointOf(role, world);
  return new Egress(world, [{ origin, kind: "token", stage: "identity", patience: awsPatience }]);
}

/** Regional always: the global endpoint is one region that may be down, and no other partition has it. */
function endpointOf({ region }: Role, { env }: World): string {
  const configured = configuredEndpoint("AWS_ENDPOINT_URL_STS", env);
  if (configured !== undefined) return configured;
  const partition = partitionOf(region);
  if (partition !== undefined) return `https://sts.${region}.${partition.suffix}`;
  throw new ProviderError("environment-value", {
    detail: `STS's region "${region}" is none (AWS_REGION, AWS_DEFAULT_REGION or the profile's)`,
  });
}

/** Where STS is asked: what the operator says, else beside the registry: whoever reaches its API reaches STS there. */
export function stsRegion(env: Environment, registryRegion: string): string {
  return env.AWS_REGION || env.AWS_DEFAULT_REGION || registryRegion;
}
