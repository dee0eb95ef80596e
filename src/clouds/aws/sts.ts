import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  type Credentials,
  STSClient,
} from "@aws-sdk/client-sts";
import type { Secret } from "../../core/secret.ts";
import type { World } from "../../core/world.ts";
import { Egress } from "../../egress/egress.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { quoteValue, showValue } from "../../errors/show-value.ts";
import { failureOf, isToken } from "../shared/response.ts";
import type { Role, StsPlace } from "./assume-role-request.ts";
import { type AwsCredentials, keyPair, timeOf } from "./credentials.ts";
import { awsPatience, readingOfSts } from "./errors.ts";
import { sdkConfig, sdkCredentials } from "./sdk.ts";

/** By the token of a workload; unsigned. Throws `aws-sts-refused`, `aws-sts-token-rejected` and the wire's codes. */
export async function assumeRoleWithWebIdentity(
  role: Role,
  token: Secret,
  world: World,
): Promise<AwsCredentials> {
  requireRolePartition(role);
  const egress = egressToSts(role, world);
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: role.arn,
    RoleSessionName: role.sessionName,
    WebIdentityToken: token.expose(),
  });
  const client = new STSClient({ ...stsConfig(egress, role), credentials: noCredentials });
  return fromAnswer(role, egress, async () => (await client.send(command)).Credentials);
}

/**
 * Refuses a role of another partition than STS's. The pod author may have chosen STS's region by the image, so neither a token
 * nor keys are sent there.
 */
function requireRolePartition({ arn, region }: Role): void {
  const partition = region.partition.name;
  if (arn.split(":")[1] === partition) return;
  throw new ProviderError("aws-role-partition", {
    detail: `${quoteValue("arn", arn)} is not of ${partition}`,
  });
}

/** Given so that the SDK looks for none: this one call is not signed. */
async function noCredentials(): Promise<never> {
  throw new ProviderError("internal", { detail: "the AWS SDK wants to sign AssumeRoleWithWebIdentity" });
}

/** By other credentials. Throws `aws-role-partition`, `aws-sts-refused` and the codes of AWS. */
export async function assumeRole(role: Role, by: AwsCredentials, world: World): Promise<AwsCredentials> {
  requireRolePartition(role);
  const egress = egressToSts(role, world);
  const command = new AssumeRoleCommand({
    RoleArn: role.arn,
    RoleSessionName: role.sessionName,
    ExternalId: role.externalId,
  });
  const client = new STSClient({ ...stsConfig(egress, role), credentials: sdkCredentials(by) });
  return fromAnswer(role, egress, async () => (await client.send(command)).Credentials);
}

async function fromAnswer(
  role: Role,
  egress: Egress,
  ask: () => Promise<Credentials | undefined>,
): Promise<AwsCredentials> {
  const own = `role ${showValue("arn", role.arn)}`;
  const source = role.whose === undefined ? own : `${role.whose} as ${own}`;
  const credentials = await ask().catch((error: unknown) => {
    throw failureOf(error, egress, readingOfSts, { identity: source });
  });
  const { AccessKeyId: id, SecretAccessKey: secret, SessionToken: token } = credentials ?? {};
  const keys = keyPair(id, secret, token, source);
  const expiresAt = timeOf(credentials?.Expiration);
  if (
    keys !== undefined &&
    expiresAt !== undefined &&
    [id, secret, token].every((key) => key && isToken(key))
  )
    return { ...keys, expiresAt, partition: role.arn.split(":")[1] };
  const detail = "no credentials in it";
  throw new ProviderError("answer-malformed", { ...egress.asked?.facts, identity: source, detail });
}

/** What a client of STS is made with, beside its credentials. */
export function stsConfig(egress: Egress, { region, resolveEndpoint }: StsPlace) {
  return sdkConfig(egress, resolveEndpoint("sts", region), region.name);
}

export function egressToSts({ region, resolveEndpoint }: StsPlace, world: World): Egress {
  const { origin } = new URL(resolveEndpoint("sts", region));
  return new Egress(world, [{ origin, kind: "token", stage: "identity", patience: awsPatience }]);
}
