import { type ErrorCode, ProviderError } from "../errors.ts";
import type { Asker } from "../identities/identity.ts";
import type { RegistryHost, RegistryName } from "../image.ts";
import type { LoginResult, Logins } from "../login.ts";
import { MINUTE, type Milliseconds } from "../time.ts";
import type { World } from "../world.ts";
import { logIn } from "./aws-login.ts";
import type { Registry, RegistryFamily } from "./registry.ts";

/** The service's only region for tokens; any other answers UnsupportedCommandException. */
const REGION = "us-east-1";
const PARTITION = "aws";

const ENDPOINTS: ReadonlyMap<string, string> = new Map([
  ["public.ecr.aws", "https://api.ecr-public.us-east-1.amazonaws.com"],
  ["ecr-public.aws.com", "https://ecr-public.us-east-1.api.aws"],
]);

/**
 * The node has no AWS identity, or none that may log in here: both last until an operator changes something. These images
 * are public, so "no login" is then the true answer; everything else is a failure and stays one.
 */
export const ANONYMOUS_INSTEAD: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "aws-access-denied",
  "aws-credentials-rejected",
  "aws-no-role",
  "aws-metadata-disabled",
  "aws-other-partition",
  "pod-identity-missing",
  "platform-other",
  "platform-none",
]);

/** Long enough to spare a starting node dozens of refusals, short enough to see a role that is attached later. */
const ANONYMOUS_FOR: Milliseconds = 10 * MINUTE;

/** ECR Public: no login is needed, but with one AWS limits pulls less. */
export const ecrPublic: RegistryFamily = {
  name: "ecr-public",
  matchImages: [...ENDPOINTS.keys()],
  match: (host) => {
    const endpoint = ENDPOINTS.get(host.name);
    return endpoint === undefined ? undefined : registryOf(host, endpoint);
  },
  listNames,
};

function listNames(name: string): readonly RegistryName[] {
  return ENDPOINTS.has(name) ? [...ENDPOINTS.keys()].map((host) => ({ host })) : [];
}

function registryOf(host: RegistryHost, endpoint: string): Registry {
  return {
    family: "ecr-public",
    host,
    coordinates: { region: REGION, partition: PARTITION, endpoint },
    listNames,
    login: async (asker, world, logins) => logInAt(endpoint, asker, world, logins).catch(anonymousInstead),
  };
}

function logInAt(endpoint: string, asker: Asker, world: World, logins: Logins): Promise<LoginResult> {
  return logIn({ service: "ecr-public", region: REGION, endpoint }, PARTITION, asker, world, logins);
}

/** Rethrows what is not in the set. */
export function anonymousInstead(thrown: unknown): LoginResult {
  if (!(thrown instanceof ProviderError) || !ANONYMOUS_INSTEAD.has(thrown.code)) throw thrown;
  return { kind: "anonymous", because: thrown, cacheFor: ANONYMOUS_FOR };
}
