import type { RegistryHost } from "../core/image-reference.ts";
import { DEFAULT_CONFIG_PATH, type RunOptions } from "../core/run-options.ts";
import { type Milliseconds, SECOND } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";
import { configForHost, fullConfig, type HostConfig } from "./host-config.ts";
import type { KnownRegistries } from "./lint/known-registries.ts";
import { createPolicy } from "./parse-rules.ts";
import { NO_POLICY, type Policy } from "./policy.ts";

/** In bytes. 200 rules take about 60 KiB. */
const MAX_FILE_SIZE = 256 * 1024;
/** Two changes of a file within this time may have the same fingerprint. */
const FINGERPRINT_RESOLUTION: Milliseconds = SECOND;

/**
 * A cache of valid configurations between runs.
 *
 * perf: saves 10 ms of CPU time of each start at 20 rules, and 65 ms at 200; a start without a configuration takes 30 ms (Node.js 24).
 */
export interface ConfigCache {
  /** @param cacheKey the host, the files and their fingerprints: everything that the result depends on */
  get(cacheKey: readonly string[], world: World): HostConfig | undefined;
  set(cacheKey: readonly string[], config: HostConfig, world: World): Promise<void>;
}

export const NO_CONFIG_CACHE: ConfigCache = { get: () => undefined, set: async () => {} };

/**
 * Returns a function that reads the operator's configuration. With a host, the policy may contain only the rules for that host.
 * The function throws ProviderError `config-unreadable`, `config-invalid` or `file-unsafe`.
 *
 * @param listKnown lists the families with hosts of their own; called only if the file is parsed
 */
export function createPolicyReader(
  listKnown: (world: World) => Promise<readonly KnownRegistries[]>,
  cache: ConfigCache,
) {
  return async ({ configPath }: RunOptions, world: World, host?: RegistryHost): Promise<Policy> => {
    const path = configPath ?? DEFAULT_CONFIG_PATH;
    // Computed before the file is read: after a change in between, the entry has a fingerprint that never occurs again.
    const cacheKey = createConfigCacheKey(path, host, world);
    const text = await readConfig(path, configPath === undefined ? DEFAULT_PATH_HINT : undefined, world);
    if (text === undefined && configPath === undefined) return NO_POLICY;
    if (text === undefined)
      throw new ProviderError("config-unreadable", { detail: `${showValue("path", path)} does not exist` });
    const cached = cacheKey && cache.get(cacheKey, world);
    if (cached !== undefined) return createPolicy(cached);
    const { parseConfig } = await import("./parse.ts");
    const known = await listKnown(world);
    const full = await parseConfig(text, path, known);
    const config = host === undefined ? fullConfig(full) : configForHost(host, full, known);
    if (cacheKey !== undefined) await cache.set(cacheKey, config, world);
    return createPolicy(config);
  };
}

/** The hint for the default path, which no argument names. */
const DEFAULT_PATH_HINT = `make ${DEFAULT_CONFIG_PATH} a file that this user can read, or remove it: the provider runs without rules only if the path does not exist`;

async function readConfig(path: string, hint: string | undefined, world: World): Promise<string | undefined> {
  try {
    return await world.readFile(path, MAX_FILE_SIZE, "unwritable");
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code !== "file-unreadable") throw error;
    throw new ProviderError("config-unreadable", { detail: error.facts.detail, hint, cause: error });
  }
}

/** Returns undefined if a file has changed so recently that its fingerprint is not reliable. */
function createConfigCacheKey(
  path: string,
  host: RegistryHost | undefined,
  world: World,
): readonly string[] | undefined {
  // The environment file defines the hosts of a custom Azure cloud, with which the rules are validated.
  const paths = [path, world.env.AZURE_ENVIRONMENT_FILEPATH].filter((one) => one !== undefined);
  const fingerprints = paths.map((one) => world.fingerprintFile(one));
  const areReliable = fingerprints.every(
    (one) => one === undefined || world.now() - one.changedAt > FINGERPRINT_RESOLUTION,
  );
  if (!areReliable) return undefined;
  return [host?.name ?? "", ...paths, ...fingerprints.map((one) => one?.text ?? "")];
}
