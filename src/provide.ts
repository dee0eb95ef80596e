import type { CacheScope } from "./cache/cache-key.ts";
import { resolveCacheDirectory } from "./cache/location.ts";
import { createLoginCache } from "./cache/login-cache.ts";
import { sealedStoreFor } from "./cache/sealed-store.ts";
import { NO_POLICY, type Policy } from "./config/policy.ts";
import { type ImageReference, parseImageReference, type RegistryHost } from "./core/image-reference.ts";
import type { LoginCache, LoginResult } from "./core/login.ts";
import type { RunOptions } from "./core/run-options.ts";
import { redactSecrets } from "./core/secret.ts";
import { VERSION } from "./core/version.ts";
import type { World } from "./core/world.ts";
import { formatError } from "./errors/error-line.ts";
import { ensureProviderError } from "./errors/provider-error.ts";
import { type Pod, parsePod } from "./identities/pod.ts";
import { parseRequest } from "./protocol/request.ts";
import { encodeResponse, type LoginOutcome } from "./protocol/response.ts";
import type { RegistryFamily } from "./registries/registry.ts";
import { type FindRegistry, selectTarget, type Target } from "./registries/resolve-target.ts";

/** The run's surroundings that tests put others in the place of. */
export interface RunSetup {
  readonly find: FindRegistry;
  /** What only a file of the node knows: asked where a host may be its. */
  readonly loadCustomFamily: (world: World) => Promise<RegistryFamily | undefined>;
  readonly options: RunOptions;
  /** The operator's configuration, read on each run. */
  readonly readPolicy: (options: RunOptions, world: World, host?: RegistryHost) => Promise<Policy>;
}

/**
 * The main job: the bytes of stdin → the text for stdout.
 *
 * @param onHost told the image's registry as soon as it is known, so that whatever fails later can be named with it
 * @throws ProviderError
 */
export async function provide(
  stdin: Uint8Array,
  setting: RunSetup,
  world: World,
  onHost: (host: string) => void,
): Promise<string> {
  const request = parseRequest(stdin);
  const image = parseImageReference(request.image);
  const { options } = setting;
  const policy = await setting.readPolicy(options, world, image?.host);
  const target = image && (await findTarget(image, policy, setting, world));
  if (target === undefined) return encodeResponse(request.apiVersion, { kind: "none" }, world.random());
  onHost(target.authKey.spelled);
  const vault = () => sealedStoreFor(resolveCacheDirectory(policy.cache, world), world);
  const logins = createLoginCache(vault, cacheScopeFor(target), world);
  const outcome = await logIn(target, parsePod(request, world.now()), options, logins, world);
  return encodeResponse(request.apiVersion, outcome, world.random());
}

/** All that the node knows is known before the rules are asked: whatever family is whose, the first rule that fits wins. */
export async function findTarget(
  image: ImageReference,
  policy: Policy,
  { find, loadCustomFamily }: RunSetup,
  world: World,
): Promise<Target | undefined> {
  const own = policy === NO_POLICY && find(image.host) ? undefined : await loadCustomFamily(world);
  return selectTarget(image, policy, (host, rule) => find(host, rule) ?? own?.match(host));
}

/** What of a target makes its login another one. */
export function cacheScopeFor({ registry, rule, ruleName }: Target): CacheScope {
  const { family, host, coordinates } = registry;
  return { version: VERSION, family, host: host.name, endpoint: coordinates.endpoint, rule, ruleName };
}

/** @param pod undefined: the node asks */
export async function logIn(
  { authKey, image, aliases, registry, rule, ruleName, scope }: Target,
  pod: Pod | undefined,
  options: RunOptions,
  logins: LoginCache,
  world: World,
): Promise<LoginOutcome> {
  const underRule = (thrown: unknown) => ensureProviderError(thrown).with({ rule: ruleName });
  const asker = { pod, image, aliases, rule, options };
  const result = await registry.login(asker, world, logins).catch((thrown: unknown) => {
    throw underRule(thrown);
  });
  if (result.kind === "anonymous")
    world.note(
      `${authKey.name}: pulled without a login: ${formatError(underRule(result.because), redactSecrets)}`,
    );
  const isForImage = scope === "image" || (result.kind === "login" && result.scope === "image");
  return { ...capped(result), host: authKey, scope: isForImage ? "image" : "registry" };
}

/** What is left of a login that could not be renewed says how long the kubelet may have it. */
function capped(result: LoginResult): LoginResult {
  if (result.kind !== "login" || result.cacheAtMost === undefined) return result;
  return { ...result, cacheFor: Math.min(result.cacheFor, result.cacheAtMost) };
}
