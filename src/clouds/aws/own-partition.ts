import { ProviderError } from "../../errors/provider-error.ts";

/** The partition that is assumed if the source of credentials does not state one. */
export const DEFAULT_PARTITION = "aws";

/**
 * Refuses credentials of another partition than the registry's. Partitions have different operators, and the pod author
 * chooses the registry, so the credentials must not be sent there.
 *
 * @param partition of the registry
 * @param own of the credentials; undefined if the source does not state it, which means the default
 * @param source what `own` comes from: a setting, or the source of the credentials
 * @throws ProviderError `aws-partition-mismatch`
 */
export function requireRegistryPartition(partition: string, own: string | undefined, source: string): void {
  const actual = own ?? DEFAULT_PARTITION;
  if (actual === partition) return;
  const assumed = own === undefined ? " by default" : "";
  const detail = `the registry's partition is ${partition}, but the partition of ${source} is ${actual}${assumed}`;
  throw new ProviderError("aws-partition-mismatch", { detail });
}
