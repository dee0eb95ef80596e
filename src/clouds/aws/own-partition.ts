import { ProviderError } from "../../errors.ts";
import type { Environment } from "../../world.ts";
import { partitionOf } from "./partitions.ts";

/** The partition of credentials whose source does not state one. */
export const DEFAULT_PARTITION = "aws";

/** Returns the partition of the region that the operator configured, in the rule or the environment. */
export function findConfiguredPartition(region: string | undefined, env: Environment): string | undefined {
  return partitionOf(region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || ""))?.name;
}

/**
 * Refuses credentials of another partition than the registry's. Partitions have different operators, and the pod author
 * chooses the registry, so the credentials must not be sent there.
 *
 * @param partition of the registry
 * @param own of the credentials; undefined where the source does not state it: the default
 * @throws ProviderError `aws-other-partition`
 */
export function requireOwnPartition(partition: string, own: string | undefined, source: string): void {
  const actual = own ?? DEFAULT_PARTITION;
  if (actual === partition) return;
  const assumed = own === undefined ? " by default" : "";
  const detail = `the registry's partition is ${partition}, that of ${source} is ${actual}${assumed}`;
  throw new ProviderError("aws-other-partition", { detail });
}
