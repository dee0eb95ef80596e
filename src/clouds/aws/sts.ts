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
import { createSdkConfig, createSdkCredentials } from "./sdk.ts";

/** Assumes a role with an OIDC token. The request is not signed. Throws `aws-sts-refused`, `aws-sts-token-rejected` and network codes. */
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
  // Keeps the SDK from searching for credentials. AssumeRoleWithWebIdentity is not signed, so this is never called.
  const credentials = () =>
    Promise.reject(new ProviderError("internal", { detail: "the AWS SDK signs AssumeRoleWithWebIdentity" }));
  const client = new STSClient({ ...createStsConfig(egress, role), credentials });
  return requestRoleCredentials(role, egress, async () => (await client.send(command)).Credentials);
}

/**
 * Refuses a role of another partition than STS's. The pod author may have chosen STS's region by the image, so neither tokens
 * nor keys are sent to another partition.
 */
function requireRolePartition({ arn, region }: RoleToAssume): void {
  const partition = region.partition.name;
  if (arn.split(":")[1] === partition) return;
  throw new ProviderError("aws-role-partition-mismatch", {
    detail: `${quoteValue("arn", arn)} is not in partition ${partition}`,
  });
}

/** Assumes a role with other AWS credentials. Throws `aws-role-partition-mismatch`, `aws-sts-refused` and the codes of AWS. */
export async function assumeRole(
  role: RoleToAssume,
  credentials: AwsCredentials,
  world: World,
): Promise<AwsCredentials> {
  requireRolePartition(role);
  const egress = createStsEgress(role, world);
  const command = new AssumeRoleCommand({
    RoleArn: role.arn,
    RoleSessionName: role.sessionName,
    ExternalId: role.externalId,
  });
  const client = new STSClient({
    ...createStsConfig(egress, role),
    credentials: createSdkCredentials(credentials),
  });
  return requestRoleCredentials(role, egress, async () => (await client.send(command)).Credentials);
}

async function requestRoleCredentials(
  role: RoleToAssume,
  egress: Egress,
  send: () => Promise<Credentials | undefined>,
): Promise<AwsCredentials> {
  const label = `role ${showValue("arn", role.arn)}`;
  const source = role.identityLabel === undefined ? label : `${role.identityLabel} as ${label}`;
  const credentials = await send().catch((error: unknown) => {
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
  const detail = "no credentials in the response";
  throw new ProviderError("response-malformed", { ...egress.lastExchange?.facts, identity: source, detail });
}

/** Creates the configuration of an STS client, without its credentials. */
export function createStsConfig(egress: Egress, { region, resolveEndpoint }: StsEndpoint) {
  return createSdkConfig(egress, resolveEndpoint("sts", region), region.name);
}

export function createStsEgress({ region, resolveEndpoint }: StsEndpoint, world: World): Egress {
  const { origin } = new URL(resolveEndpoint("sts", region));
  return new Egress(world, [{ origin, kind: "token", stage: "identity", retryWindow: getAwsRetryWindow }]);
}
