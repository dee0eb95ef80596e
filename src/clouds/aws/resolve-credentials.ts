import type { World } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import type { AwsCredentialSource, AwsIdentity, AwsRole } from "../../identities/aws.ts";
import type { Pod } from "../../identities/pod.ts";
import type { GetSubjectToken } from "../../identities/subject-token.ts";
import {
  type RoleToAssume,
  resolveStsEndpoint,
  type StsEndpoint,
  type StsOptions,
  sessionNameOf,
} from "./assume-role-request.ts";
import { type AwsRegion, findConfiguredRegion, parseRuleRegion } from "./configured-region.ts";
import { resolveNodeCredentials } from "./credential-chain.ts";
import type { AwsCredentials } from "./credentials.ts";
import type { ResolveEndpoint } from "./endpoints.ts";
import { openImdsSession, readPartition } from "./imds.ts";
import { getAwsNode } from "./node-context.ts";
import { DEFAULT_PARTITION, requireOwnPartition } from "./own-partition.ts";
import { fetchPodIdentityCredentials } from "./pod-identity.ts";
import { resolveRuleProfileCredentials } from "./profile.ts";
import { getTrustPolicyHint } from "./trust-policy-hint.ts";

/** What every step of an access is taken with. */
interface ResolutionContext {
  readonly stsOptions: StsOptions;
  readonly subjectTokens: GetSubjectToken;
  readonly world: World;
}

/** The registry's region, and the endpoints of the services that its login uses. */
export interface RegistryEndpoints {
  readonly registryRegion: AwsRegion;
  readonly resolveEndpoint: ResolveEndpoint;
}

/** The credentials that an access comes to: those to start with, then one role after the other, each with the last one's. */
export async function resolveAwsCredentials(
  { credentialSource, chain, region }: AwsIdentity,
  { registryRegion, resolveEndpoint }: RegistryEndpoints,
  subjectTokens: GetSubjectToken,
  world: World,
): Promise<AwsCredentials> {
  const partition = registryRegion.partition.name;
  const configured =
    credentialSource.kind === "web-identity"
      ? partition
      : findConfiguredRegion(region, world.env)?.partition.name;
  if (configured !== undefined) requireOwnPartition(partition, configured, "the configured region");
  const instancePartition = configured === undefined ? partition : undefined;
  const stsOptions = { region, registryRegion, resolveEndpoint, instancePartition };
  // For a token it is beside the registry, as upstream has it: the environment's region is that of the node's own credentials.
  const place =
    credentialSource.kind === "node"
      ? resolveStsEndpoint(world.env, stsOptions)
      : {
          region: region === undefined ? registryRegion : parseRuleRegion(region),
          resolveEndpoint,
        };
  let credentials = await resolveSource(credentialSource, place, { stsOptions, subjectTokens, world });
  // A rule that names a role states the partition of the credentials that may assume it.
  const own = credentials.partition ?? chain[0]?.arn.split(":")[1];
  if (configured === undefined) requireOwnPartition(partition, own, credentials.source);
  for (const role of chain) {
    const { assumeRole } = await import("./sts.ts");
    credentials = await assumeRole(roleFor(role, place, credentials.source), credentials, world);
  }
  return credentials;
}

function roleFor(
  { arn, sessionName, externalId }: AwsRole,
  place: StsEndpoint,
  identityLabel: string,
): RoleToAssume {
  return { arn, sessionName: sessionNameOf(sessionName), externalId, identityLabel, ...place };
}

async function resolveSource(
  start: AwsCredentialSource,
  place: StsEndpoint,
  around: ResolutionContext,
): Promise<AwsCredentials> {
  switch (start.kind) {
    case "node":
      return startAsNode(start, around);
    case "pod-identity":
      return startAsPod(start.pod, around);
    case "web-identity":
      return startAsRole(start, place, around);
  }
}

/** Where a rule names a profile or its file, no other source of the node's is asked. */
function startAsNode(
  { profile, configFile }: AwsCredentialSource & { kind: "node" },
  { stsOptions, world }: ResolutionContext,
): Promise<AwsCredentials> {
  const node = getAwsNode(world);
  if (profile === undefined && configFile === undefined) return resolveNodeCredentials(stsOptions, node);
  return resolveRuleProfileCredentials(node, stsOptions, { profile, configFile });
}

/**
 * Gets the pod's credentials from the EKS Pod Identity agent, which does not state their partition. The partition is that of
 * the instance, whose metadata is requested only for a registry outside the default partition: other logins of pods must not
 * depend on the metadata service.
 */
async function startAsPod(pod: Pod, { stsOptions, world }: ResolutionContext): Promise<AwsCredentials> {
  const { instancePartition = DEFAULT_PARTITION } = stsOptions;
  const credentials = await fetchPodIdentityCredentials(pod, world);
  if (instancePartition === DEFAULT_PARTITION) return credentials;
  const partition = await openImdsSession(world)
    .then(readPartition)
    .catch((error: unknown) => {
      if (error instanceof ProviderError) return undefined;
      throw error;
    });
  return { ...credentials, partition };
}

async function startAsRole(
  { role, subject }: AwsCredentialSource & { kind: "web-identity" },
  place: StsEndpoint,
  { subjectTokens, world }: ResolutionContext,
): Promise<AwsCredentials> {
  const { token, identityLabel } = await subjectTokens(subject);
  const { assumeRoleWithWebIdentity } = await import("./sts.ts");
  return assumeRoleWithWebIdentity(roleFor(role, place, identityLabel), token, world).catch(
    (error: unknown) => {
      throw error instanceof ProviderError ? error.with({ hint: getTrustPolicyHint(subject, error) }) : error;
    },
  );
}
