import { CACHE_VARIABLE, DEFAULT_CACHE_DIRECTORY, resolveCacheDirectory } from "../cache/location.ts";
import type { Policy } from "../config/policy.ts";
import { DEFAULT_CONFIG_PATH, type RunOptions } from "../core/run-options.ts";
import type { World } from "../core/world.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";

/**
 * Where logins are kept, for whoever cannot do without.
 *
 * @throws ProviderError `cache-disabled`, `environment-invalid`
 */
export function requireCacheDirectory({ cache }: Policy, settings: RunOptions, world: World): string {
  const directory = resolveCacheDirectory(cache, world);
  if (directory !== undefined) return directory;
  const by = findOffSwitch(cache, settings, world);
  if (by === undefined) throw new ProviderError("cache-disabled", { detail: "no folder is named for it" });
  throw new ProviderError("cache-disabled", { detail: `it is off by ${by}`, hint: HINT });
}

/** It may have been turned off with logins in it. */
const HINT = `take that away, or name a folder on tmpfs there. What is left from before is cleared by ${CACHE_VARIABLE}=${DEFAULT_CACHE_DIRECTORY} registry-credential-provider cache clear, or with the folder that was named`;

function findOffSwitch(
  cache: Policy["cache"],
  { configPath }: RunOptions,
  { env }: World,
): string | undefined {
  if (env[CACHE_VARIABLE]) return CACHE_VARIABLE;
  return cache === undefined ? undefined : `cache in ${showValue("path", configPath ?? DEFAULT_CONFIG_PATH)}`;
}
