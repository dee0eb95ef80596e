import type { HostConfig } from "../config/host-config.ts";
import type { ConfigCache } from "../config/load.ts";
import { VERSION } from "../core/version.ts";
import { isJsonObject } from "../formats/json.ts";
import { bestEffort } from "./best-effort.ts";
import { entryFileName } from "./file-names.ts";
import { resolveCacheDirectory } from "./location.ts";
import { openSealedReader, type SealedReader, sealedStoreFor } from "./sealed-store.ts";

/** The format of the cached rules. A new number makes all existing files unreadable. */
const FORMAT = "rules 4";

/**
 * Caches the validated rules of one host. They are in the default directory, which is known before the configuration file is read. A file
 * that sets `cache` itself is not cached, because it may turn the cache off or move it. For the same reason `get` changes nothing.
 */
export const configCache: ConfigCache = {
  get: (keyParts, world) => {
    const reader = bestEffort(() => {
      const directory = resolveCacheDirectory(undefined, world);
      const store = directory === undefined ? undefined : world.openExistingStore(directory);
      return store && openSealedReader(store, world);
    }, SILENT);
    const content = reader?.read(rulesFileName(keyParts, reader));
    return isHostConfig(content) ? content : undefined;
  },
  set: async (keyParts, config, world) => {
    const directory = config.cache === undefined ? resolveCacheDirectory(undefined, world) : undefined;
    const sealedStore = sealedStoreFor(directory, world);
    if (sealedStore === undefined) return;
    const { evict } = await import("./eviction.ts");
    bestEffort(() => {
      sealedStore.write(rulesFileName(keyParts, sealedStore), { ...config });
      // Pod authors choose the hosts, so the limit on the number of files applies to each write.
      evict(sealedStore.store, world);
    }, world);
  },
};

/** Without notes: the configuration file may turn the cache off. */
const SILENT = { note: () => {} };

function rulesFileName(keyParts: readonly string[], { hashKey }: Pick<SealedReader, "hashKey">): string {
  return entryFileName(hashKey([FORMAT, VERSION, ...keyParts]), "rules");
}

/** Checks only the outline: the seal proves that this version wrote the content after it validated it. */
function isHostConfig(content: unknown): content is HostConfig {
  return isJsonObject(content) && Array.isArray(content["rules"]) && Array.isArray(content["mirrors"]);
}
