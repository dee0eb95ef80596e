import { CACHE_VARIABLE, DEFAULT_CACHE_DIRECTORY, resolveCacheDirectory } from "../cache/location.ts";
import type { Policy } from "../config/policy.ts";
import { DEFAULT_CONFIG_PATH, type RunOptions } from "../core/run-options.ts";
import type { World } from "../core/world.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";

/**
 * Returns the cache directory. Commands cannot work without one.
 *
 * @throws ProviderError `cache-disabled`, `environment-invalid`
 */
export function requireCacheDirectory({ cache }: Policy, options: RunOptions, world: World): string {
  const directory = resolveCacheDirectory(cache, world);
  if (directory !== undefined) return directory;
  const by = findOffSwitch(cache, options, world);
  if (by === undefined) throw new ProviderError("cache-disabled", { detail: "no directory is configured" });
  throw new ProviderError("cache-disabled", { detail: `turned off by ${by}`, hint: HINT });
}

/** The cache may have been turned off while it held logins. */
const HINT = `remove that setting, or name a folder on tmpfs there. Logins from before are deleted by ${CACHE_VARIABLE}=${DEFAULT_CACHE_DIRECTORY} registry-credential-provider cache clear, or with the folder that was set`;

function findOffSwitch(
  cache: Policy["cache"],
  { configPath }: RunOptions,
  { env }: World,
): string | undefined {
  if (env[CACHE_VARIABLE]) return CACHE_VARIABLE;
  return cache === undefined ? undefined : `cache in ${showValue("path", configPath ?? DEFAULT_CONFIG_PATH)}`;
}
