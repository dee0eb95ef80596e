import type { Environment } from "../../core/world.ts";
import { type AwsRegion, findConfiguredRegion } from "./configured-region.ts";
import type { ResolveEndpoint } from "./endpoints.ts";

/** The STS to request. It is always a regional one, because the global endpoint is in one region of one partition. */
export interface StsEndpoint {
  readonly region: AwsRegion;
  readonly resolveEndpoint: ResolveEndpoint;
}

/** A role to assume. */
export interface RoleToAssume extends StsEndpoint {
  readonly arn: string;
  readonly sessionName: string;
  readonly externalId?: string | undefined;
  /** Who assumes it, for messages; undefined where what was set up for the node says so itself. */
  readonly identityLabel?: string | undefined;
}

const DEFAULT_SESSION_NAME = "registry-credential-provider";

export function sessionNameOf(name: string | undefined): string {
  return name || DEFAULT_SESSION_NAME;
}

/** What a rule says of STS; the registry's region is the last that counts. */
export interface StsOptions {
  readonly region?: string | undefined;
  readonly registryRegion: AwsRegion;
  readonly resolveEndpoint: ResolveEndpoint;
  /** The partition that the instance must be in; undefined: not compared. */
  readonly instancePartition?: string | undefined;
}

/** Where STS is asked: what the operator says, else beside the registry: whoever reaches its API reaches STS there. */
export function resolveStsEndpoint(
  env: Environment,
  { region, resolveEndpoint, registryRegion }: StsOptions,
): StsEndpoint {
  return { region: findConfiguredRegion(region, env) ?? registryRegion, resolveEndpoint };
}
