import type { CacheScope } from "./cache/cache-key.ts";
import { resolveCacheDirectory } from "./cache/location.ts";
import { createLoginCache } from "./cache/login-cache.ts";
import { sealedStoreFor } from "./cache/sealed-store.ts";
import type { Policy } from "./config/policy.ts";
import { parseImageReference, type RegistryHost } from "./core/image-reference.ts";
import type { LoginCache } from "./core/login.ts";
import type { RunOptions } from "./core/run-options.ts";
import { redactSecrets } from "./core/secret.ts";
import { VERSION } from "./core/version.ts";
import type { World } from "./core/world.ts";
import { formatError } from "./errors/error-line.ts";
import { ensureProviderError } from "./errors/provider-error.ts";
import { type Pod, parsePod } from "./identities/pod.ts";
import { parseRequest } from "./protocol/request.ts";
import { encodeResponse, type LoginResponse, NO_LOGIN } from "./protocol/response.ts";
import { type RegistryFinder, resolveTarget, type Target } from "./registries/resolve-target.ts";

/** The parts of a run that depend on its arguments. Tests replace them. */
export interface RunSetup {
  readonly options: RunOptions;
  readonly registries: RegistryFinder;
  /** Reads the operator's configuration; with a host, only what applies to it. */
  readonly readPolicy: (options: RunOptions, world: World, host?: RegistryHost) => Promise<Policy>;
}

/**
 * Answers one request of the kubelet: the bytes of stdin to the text for stdout.
 *
 * @param onHost called with the image's host once it is known to be supported, so that later failures can name it
 * @throws ProviderError
 */
export async function provide(
  stdin: Uint8Array,
  setup: RunSetup,
  world: World,
  onHost: (host: string) => void,
): Promise<string> {
  const request = parseRequest(stdin);
  const image = parseImageReference(request.image);
  const policy = await loadPolicy(setup, world, image?.host);
  const target = image && (await resolveTarget(image, policy, setup.registries));
  if (target === undefined) return encodeResponse(request.apiVersion, NO_LOGIN, world.random());
  onHost(target.authKey.spelled);
  const pod = parsePod(request, world.now());
  const openStore = () => sealedStoreFor(resolveCacheDirectory(policy.cache, world), world);
  const cache = createLoginCache(openStore, cacheScopeFor(target), world);
  const response = await logIn(target, pod, setup.options, cache, world);
  return encodeResponse(request.apiVersion, response, world.random());
}

/**
 * Loads the operator's configuration, and checks azure.json if there is one. That is for every image, not only those of ACR: the
 * argument may be a configuration file without `--config=`. Its rules would have no effect.
 *
 * @throws ProviderError as `readPolicy` and `readAzureJson`
 */
export async function loadPolicy(
  { options, readPolicy }: RunSetup,
  world: World,
  host?: RegistryHost,
): Promise<Policy> {
  if (options.azureConfigPath !== undefined) {
    const { readAzureJson } = await import("./formats/azure-json-file.ts");
    await readAzureJson(options.azureConfigPath, world);
  }
  return readPolicy(options, world, host);
}

/** Returns the cache scope of a target's logins. */
export function cacheScopeFor({ registry, rule, ruleName }: Target): CacheScope {
  const { family, host, coordinates } = registry;
  return { version: VERSION, family, host: host.name, endpoint: coordinates.endpoint, rule, ruleName };
}

/**
 * Gets the login for a target, or no login if the registry allows anonymous pulls after this failure.
 *
 * @param pod undefined: the node requests the login
 * @throws ProviderError
 */
export async function logIn(
  { authKey, image, aliases, registry, rule, ruleName, cacheKeyType }: Target,
  pod: Pod | undefined,
  options: RunOptions,
  cache: LoginCache,
  world: World,
): Promise<LoginResponse> {
  try {
    const prepared = registry.prepareLogin({ pod, image, aliases, rule, options, env: world.env });
    const login = await cache.getOrFetch(prepared);
    const { username, password, expiresAt, maxCacheDuration = Number.POSITIVE_INFINITY } = login;
    return {
      auth: { host: authKey, username, password },
      cacheKeyType: login.cacheKeyType === "image" ? "image" : cacheKeyType,
      cacheDuration: Math.min(registry.cacheDuration(expiresAt, world.now()), maxCacheDuration),
    };
  } catch (thrown) {
    const error = ensureProviderError(thrown).with({ rule: ruleName });
    const { anonymousFallback } = registry;
    if (!anonymousFallback?.errorCodes.has(error.code)) throw error;
    world.note(`${authKey.name}: pulled without a login: ${formatError(error, redactSecrets)}`);
    return { auth: undefined, cacheKeyType, cacheDuration: anonymousFallback.cacheDuration };
  }
}
