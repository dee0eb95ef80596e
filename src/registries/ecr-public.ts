import { type EndpointVariant, STANDARD_ENDPOINT } from "../clouds/aws/partitions.ts";
import type { RegistryHost, RegistryName } from "../core/image-reference.ts";
import type { LoginCache, LoginResult } from "../core/login.ts";
import { MINUTE, type Milliseconds } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { type ErrorCode, ProviderError } from "../errors/provider-error.ts";
import type { LoginContext } from "../identities/identity.ts";
import { logIn } from "./ecr-login.ts";
import type { Registry, RegistryFamily } from "./registry.ts";

/** The service's only region for tokens; any other answers UnsupportedCommandException. */
const REGION = "us-east-1";
const PARTITION = "aws";

/** The endpoint of each host's API, and its variant. */
const HOSTS: ReadonlyMap<string, readonly [endpoint: string, variant: EndpointVariant]> = new Map([
  ["public.ecr.aws", ["https://api.ecr-public.us-east-1.amazonaws.com", STANDARD_ENDPOINT]],
  ["ecr-public.aws.com", ["https://ecr-public.us-east-1.api.aws", { fips: false, dualStack: true }]],
]);

/**
 * The node has no AWS identity, or none that may log in here: both last until an operator changes something. These images
 * are public, so "no login" is then the true answer; everything else is a failure and stays one.
 */
export const ANONYMOUS_INSTEAD: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "aws-access-denied",
  "aws-credentials-rejected",
  "aws-no-fips-endpoint",
  "aws-instance-has-no-role",
  "aws-metadata-disabled",
  "aws-partition-mismatch",
  "pod-identity-missing",
  "platform-mismatch",
  "platform-without-metadata",
]);

/** Long enough to spare a starting node dozens of refusals, short enough to see a role that is attached later. */
const ANONYMOUS_FOR: Milliseconds = 10 * MINUTE;

/** ECR Public: no login is needed, but with one AWS limits pulls less. */
export const ecrPublic: RegistryFamily = {
  name: "ecr-public",
  matchImages: [...HOSTS.keys()],
  match: (host) => {
    const found = HOSTS.get(host.name);
    return found && registryOf(host, ...found);
  },
  listNames,
};

function listNames(name: string): readonly RegistryName[] {
  return HOSTS.has(name) ? [...HOSTS.keys()].map((host) => ({ host })) : [];
}

function registryOf(host: RegistryHost, endpoint: string, variant: EndpointVariant): Registry {
  return {
    family: "ecr-public",
    host,
    coordinates: { region: REGION, partition: PARTITION, endpoint },
    listNames,
    login: async (asker, world, logins) => logInAt(variant, asker, world, logins).catch(anonymousInstead),
  };
}

function logInAt(
  variant: EndpointVariant,
  asker: LoginContext,
  world: World,
  logins: LoginCache,
): Promise<LoginResult> {
  return logIn({ service: "ecr-public", region: REGION, variant }, PARTITION, asker, world, logins);
}

/** Rethrows what is not in the set. */
export function anonymousInstead(thrown: unknown): LoginResult {
  if (!(thrown instanceof ProviderError) || !ANONYMOUS_INSTEAD.has(thrown.code)) throw thrown;
  return { kind: "anonymous", because: thrown, cacheFor: ANONYMOUS_FOR };
}
