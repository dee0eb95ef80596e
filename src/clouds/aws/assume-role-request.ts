import type { Environment } from "../../core/world.ts";
import { type AwsRegion, findConfiguredRegion } from "./configured-region.ts";
import type { ResolveEndpoint } from "./endpoints.ts";

/** The STS to request. It is always a regional one, because the global endpoint is in one region of one partition. */
export interface StsEndpoint {
  readonly region: AwsRegion;
  readonly resolveEndpoint: ResolveEndpoint;
}

/** A role, and the STS at which it is assumed. */
export interface RoleToAssume extends StsEndpoint {
  readonly arn: string;
  readonly sessionName: string;
  readonly externalId?: string | undefined;
  /** The identity that assumes the role, for errors; undefined: the node's, and the role's ARN says enough. */
  readonly identityLabel?: string | undefined;
}

/** The session name of a role if none is configured. CloudTrail shows it. */
export const DEFAULT_SESSION_NAME = "registry-credential-provider";

/** The settings of a login that affect its requests to STS. */
export interface StsOptions {
  /** `aws.region` of the rule. */
  readonly region?: string | undefined;
  /** The region if none is configured; the registry's for a login to ECR. */
  readonly fallbackRegion: AwsRegion;
  readonly resolveEndpoint: ResolveEndpoint;
  /** The partition that the instance must be in; undefined: not checked. */
  readonly instancePartition?: string | undefined;
}

/** Returns the STS for the node's own credentials. The fallback region is the registry's: the node must reach ECR's API there anyway. */
export function resolveStsEndpoint(
  env: Environment,
  { region, resolveEndpoint, fallbackRegion }: StsOptions,
): StsEndpoint {
  return { region: findConfiguredRegion(region, env) ?? fallbackRegion, resolveEndpoint };
}
