import { clearCache } from "../cache/clear.ts";
import type { World } from "../core/world.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";
import { loadPolicy, type RunSetup } from "../provide.ts";
import { type CommandResult, formatCount, output } from "./output.ts";
import { requireCacheDirectory } from "./require-cache.ts";

/**
 * `cache clear`: deletes everything that this program left in the cache directory, including its key.
 *
 * @throws ProviderError `cache-disabled`, `cache-unusable`, and of the configuration and the environment
 */
export async function runCacheClear(setup: RunSetup, world: World): Promise<CommandResult> {
  const policy = await loadPolicy(setup, world);
  const directory = requireCacheDirectory(policy, setup.options, world);
  const store = world.openExistingStore(directory);
  if (store === undefined) return output([`${showValue("path", directory)}: nothing is cached`]);
  const { logins, undeletable } = clearCache(store, world);
  const deleted = `${showValue("path", directory)}: ${formatCount(logins, "login")} deleted`;
  if (undeletable === 0) return output([deleted]);
  throw new ProviderError("cache-unusable", {
    detail: `${deleted}, and ${formatCount(undeletable, "file")} could not be deleted`,
    hint: store.isWritable() ? "delete the contents of the directory by hand" : READ_ONLY,
  });
}

const READ_ONLY =
  "remount the file system of the directory read-write, and run cache clear again; until then its logins may still be served";
