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
import { isToken, toProviderError } from "../shared/response.ts";
import type { RoleToAssume, StsEndpoint } from "./assume-role-request.ts";
import { type AwsCredentials, parseTimestamp, toAwsCredentials } from "./credentials.ts";
import { getAwsRetryWindow, stsErrors } from "./errors.ts";
import { sdkConfig, sdkCredentials } from "./sdk.ts";

/** By the token of a workload; unsigned. Throws `aws-sts-refused`, `aws-sts-token-rejected` and the wire's codes. */
export async function assumeRoleWithWebIdentity(
  role: RoleToAssume,
  token: Secret,
  world: World,
): Promise<AwsCredentials> {
  requireRolePartition(role);
  const egress = createStsEgress(role, world);
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: role.arn,
    RoleSessionName: role.sessionName,
    WebIdentityToken: token.expose(),
  });
  const client = new STSClient({ ...stsConfig(egress, role), credentials: noCredentials });
  return requestRoleCredentials(role, egress, async () => (await client.send(command)).Credentials);
}

/**
 * Refuses a role of another partition than STS's. The pod author may have chosen STS's region by the image, so neither a token
 * nor keys are sent there.
 */
function requireRolePartition({ arn, region }: RoleToAssume): void {
  const partition = region.partition.name;
  if (arn.split(":")[1] === partition) return;
  throw new ProviderError("aws-role-partition-mismatch", {
    detail: `${quoteValue("arn", arn)} is not of ${partition}`,
  });
}

/** Given so that the SDK looks for none: this one call is not signed. */
async function noCredentials(): Promise<never> {
  throw new ProviderError("internal", { detail: "the AWS SDK wants to sign AssumeRoleWithWebIdentity" });
}

/** By other credentials. Throws `aws-role-partition-mismatch`, `aws-sts-refused` and the codes of AWS. */
export async function assumeRole(
  role: RoleToAssume,
  by: AwsCredentials,
  world: World,
): Promise<AwsCredentials> {
  requireRolePartition(role);
  const egress = createStsEgress(role, world);
  const command = new AssumeRoleCommand({
    RoleArn: role.arn,
    RoleSessionName: role.sessionName,
    ExternalId: role.externalId,
  });
  const client = new STSClient({ ...stsConfig(egress, role), credentials: sdkCredentials(by) });
  return requestRoleCredentials(role, egress, async () => (await client.send(command)).Credentials);
}

async function requestRoleCredentials(
  role: RoleToAssume,
  egress: Egress,
  ask: () => Promise<Credentials | undefined>,
): Promise<AwsCredentials> {
  const own = `role ${showValue("arn", role.arn)}`;
  const source = role.identityLabel === undefined ? own : `${role.identityLabel} as ${own}`;
  const credentials = await ask().catch((error: unknown) => {
    throw toProviderError(error, egress, stsErrors, { identity: source });
  });
  const { AccessKeyId: id, SecretAccessKey: secret, SessionToken: token } = credentials ?? {};
  const keys = toAwsCredentials(id, secret, token, source);
  const expiresAt = parseTimestamp(credentials?.Expiration);
  if (
    keys !== undefined &&
    expiresAt !== undefined &&
    [id, secret, token].every((key) => key && isToken(key))
  )
    return { ...keys, expiresAt, partition: role.arn.split(":")[1] };
  const detail = "no credentials in it";
  throw new ProviderError("response-malformed", { ...egress.lastExchange?.facts, identity: source, detail });
}

/** What a client of STS is made with, beside its credentials. */
export function stsConfig(egress: Egress, { region, resolveEndpoint }: StsEndpoint) {
  return sdkConfig(egress, resolveEndpoint("sts", region), region.name);
}

export function createStsEgress({ region, resolveEndpoint }: StsEndpoint, world: World): Egress {
  const { origin } = new URL(resolveEndpoint("sts", region));
  return new Egress(world, [{ origin, kind: "token", stage: "identity", retryWindow: getAwsRetryWindow }]);
}
