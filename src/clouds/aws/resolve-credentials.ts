import { ProviderError } from "../../errors/provider-error.ts";
import type { AwsCredentialSource, AwsIdentity, AwsRole } from "../../identities/aws.ts";
import type { Pod } from "../../identities/pod.ts";
import type { GetSubjectToken } from "../../identities/subject-token.ts";
import {
  DEFAULT_SESSION_NAME,
  type RoleToAssume,
  resolveStsEndpoint,
  type StsEndpoint,
  type StsOptions,
} from "./assume-role-request.ts";
import { type AwsRegion, findConfiguredRegion, parseRuleRegion } from "./configured-region.ts";
import { resolveNodeCredentials } from "./credential-chain.ts";
import type { AwsCredentials } from "./credentials.ts";
import type { ResolveEndpoint } from "./endpoints.ts";
import { fetchInstancePartition, openImdsSession } from "./imds.ts";
import type { AwsNode } from "./node-context.ts";
import { DEFAULT_PARTITION, requireRegistryPartition } from "./own-partition.ts";
import { fetchPodIdentityCredentials } from "./pod-identity.ts";
import { resolveRuleProfileCredentials } from "./profile.ts";
import { getTrustPolicyHint } from "./trust-policy-hint.ts";

/** The values that all credential sources share. */
interface ResolutionContext {
  readonly stsOptions: StsOptions;
  /** The STS at which a role of the rule or of the pod is assumed. */
  readonly stsEndpoint: StsEndpoint;
  readonly getSubjectToken: GetSubjectToken;
  readonly node: AwsNode;
}

/** The registry's region, and the endpoints of the services that its login uses. */
export interface RegistryEndpoints {
  readonly registryRegion: AwsRegion;
  readonly resolveEndpoint: ResolveEndpoint;
}

/** Returns the credentials of an identity: those of its source, after all roles of its chain have been assumed in order. */
export async function resolveAwsCredentials(
  { credentialSource, chain, region }: AwsIdentity,
  { registryRegion, resolveEndpoint }: RegistryEndpoints,
  getSubjectToken: GetSubjectToken,
  node: AwsNode,
): Promise<AwsCredentials> {
  const { world } = node;
  const partition = registryRegion.partition.name;
  const isWebIdentity = credentialSource.kind === "web-identity";
  const configured = isWebIdentity ? undefined : findConfiguredRegion(region, world.env);
  if (configured !== undefined)
    requireRegistryPartition(
      partition,
      configured.partition.name,
      configured.setting ?? "the configured region",
    );
  // A web identity has no partition before its role is assumed. A configured region states that of the other sources.
  const isPartitionKnown = isWebIdentity || configured !== undefined;
  const stsOptions = {
    region,
    fallbackRegion: registryRegion,
    resolveEndpoint,
    instancePartition: isPartitionKnown ? undefined : partition,
  };
  // AWS_REGION is the region of the node's own credentials. As in upstream's plugin, it does not apply to a token.
  const stsEndpoint =
    credentialSource.kind === "node"
      ? resolveStsEndpoint(world.env, stsOptions)
      : { region: region === undefined ? registryRegion : parseRuleRegion(region), resolveEndpoint };
  const context = { stsOptions, stsEndpoint, getSubjectToken, node };
  let credentials = await resolveSource(credentialSource, context);
  // A rule that names a role states the partition of the credentials that may assume it.
  const own = credentials.partition ?? chain[0]?.arn.split(":")[1];
  if (!isPartitionKnown) requireRegistryPartition(partition, own, credentials.source);
  for (const role of chain) {
    const { assumeRole } = await import("./sts.ts");
    const next = createRoleToAssume(role, stsEndpoint, credentials.source);
    credentials = await assumeRole(next, credentials, world);
  }
  return credentials;
}

function createRoleToAssume(
  { arn, sessionName, externalId }: AwsRole,
  stsEndpoint: StsEndpoint,
  identityLabel: string,
): RoleToAssume {
  return { arn, sessionName: sessionName || DEFAULT_SESSION_NAME, externalId, identityLabel, ...stsEndpoint };
}

async function resolveSource(
  source: AwsCredentialSource,
  context: ResolutionContext,
): Promise<AwsCredentials> {
  const { stsOptions, stsEndpoint, getSubjectToken, node } = context;
  switch (source.kind) {
    case "node": {
      const { profile, configFile } = source;
      // A rule's profile or file replaces all other sources of the node.
      return profile === undefined && configFile === undefined
        ? resolveNodeCredentials(stsOptions, node)
        : resolveRuleProfileCredentials(node, stsOptions, { profile, configFile });
    }
    case "pod-identity":
      return resolvePodIdentity(source.pod, context);
    case "web-identity": {
      const { role, subject } = source;
      const { token, identityLabel } = await getSubjectToken(subject);
      const { assumeRoleWithWebIdentity } = await import("./sts.ts");
      const request = createRoleToAssume(role, stsEndpoint, identityLabel);
      return assumeRoleWithWebIdentity(request, token, node.world).catch((error: unknown) => {
        throw error instanceof ProviderError
          ? error.with({ hint: getTrustPolicyHint(subject, error) })
          : error;
      });
    }
  }
}

/**
 * Returns the pod's credentials from the EKS Pod Identity agent, which does not state their partition. The partition is that of
 * the instance. Its metadata is requested only for a registry outside the default partition: other logins of pods must not depend
 * on the metadata service.
 */
async function resolvePodIdentity(
  pod: Pod,
  { stsOptions, node: { world } }: ResolutionContext,
): Promise<AwsCredentials> {
  const { instancePartition = DEFAULT_PARTITION } = stsOptions;
  const credentials = await fetchPodIdentityCredentials(pod, world);
  if (instancePartition === DEFAULT_PARTITION) return credentials;
  const partition = await openImdsSession(world)
    .then(fetchInstancePartition)
    .catch((error: unknown) => {
      if (error instanceof ProviderError) return undefined;
      throw error;
    });
  return { ...credentials, partition };
}
