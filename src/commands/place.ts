import { cacheDirectory, VARIABLE } from "../cache/place.ts";
import type { Policy } from "../config/policy.ts";
import { ProviderError } from "../errors.ts";
import type { World } from "../world.ts";

/**
 * Where logins are kept, for whoever cannot do without.
 *
 * @throws ProviderError `cache-off`, `environment-value`
 */
export function requiredDirectory({ cache }: Policy, world: World): string {
  const directory = cacheDirectory(cache, world);
  if (directory !== undefined) return directory;
  const isNamed = Boolean(world.env[VARIABLE]) || cache !== undefined;
  throw new ProviderError("cache-off", { detail: isNamed ? "it is off" : "no folder is named for it" });
}
