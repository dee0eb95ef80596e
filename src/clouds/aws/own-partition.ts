import { ProviderError } from "../../errors.ts";
import type { Environment } from "../../world.ts";
import { partitionOf } from "./partitions.ts";

/** The partition of credentials whose source states none. */
export const DEFAULT_PARTITION = "aws";

/** The partition that the operator states by a region: the rule's, or the environment's. */
export function configuredPartition(region: string | undefined, env: Environment): string | undefined {
  return partitionOf(region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || ""))?.name;
}

/**
 * Refuses to use credentials in another partition than their own, which has another operator: the image's author chose it.
 *
 * @param own where nothing states it, the default
 * @throws ProviderError `aws-other-partition`, before anything is sent there
 */
export function requireOwnPartition(partition: string, own: string | undefined, source: string): void {
  const actual = own ?? DEFAULT_PARTITION;
  if (actual === partition) return;
  const assumed = own === undefined ? " by default" : "";
  const detail = `the registry's is ${partition}, that of ${source} is ${actual}${assumed}`;
  throw new ProviderError("aws-other-partition", { detail });
}
