import { ProviderError } from "../../errors.ts";
import type { Environment } from "../../world.ts";
import { partitionOf } from "./partitions.ts";

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
