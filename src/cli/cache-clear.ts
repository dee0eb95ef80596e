import { clearCache as clearStore } from "../cache/clear.ts";
import type { World } from "../core/world.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";
import { loadPolicy, type RunSetup } from "../provide.ts";
import { type CommandResult, formatCount, output } from "./output.ts";
import { requireCacheDirectory } from "./require-cache.ts";

/**
 * `cache clear`: all that this program has left in the folder is gone, its key too.
 *
 * @throws ProviderError `cache-disabled`, `cache-unusable`, and of the configuration and the environment
 */
export async function runCacheClear(setup: RunSetup, world: World): Promise<CommandResult> {
  const policy = await loadPolicy(setup, world);
  const directory = requireCacheDirectory(policy, setup.options, world);
  const store = world.openExistingStore(directory);
  if (store === undefined) return output([`${showValue("path", directory)}: nothing is kept`]);
  const { logins, undeletable } = clearStore(store, world);
  const dropped = `${showValue("path", directory)}: ${formatCount(logins, "login")} dropped`;
  if (undeletable === 0) return output([dropped]);
  throw new ProviderError("cache-unusable", {
    detail: `${dropped}, and ${formatCount(undeletable, "name")} could not be taken away`,
    hint: store.isWritable() ? "look into the folder, and take away what is in it" : READ_ONLY,
  });
}

const READ_ONLY =
  "the folder cannot be written, and runs may still be given what is in it: make its file system writable, and clear it again";
