import type { HostConfig } from "../config/host-policy.ts";
import type { ConfigCache } from "../config/load.ts";
import { VERSION } from "../core/version.ts";
import type { World } from "../core/world.ts";
import { isJsonObject } from "../formats/json.ts";
import { bestEffort } from "./best-effort.ts";
import { entryFileName } from "./file-names.ts";
import { resolveCacheDirectory } from "./location.ts";
import { openSealedReader, type SealedReader, sealedStoreFor } from "./sealed-store.ts";

const FORMAT = "rules 4";

/**
 * In the cache's folder: the one that is known without the file. A file that names another is judged each time: it has the say where
 * things are kept, and whether. So before it is read, what is there is looked at without a trace.
 */
export const configCache: ConfigCache = {
  get: (basis, world) => {
    const reader = bestEffort(() => readerFor(world), SILENT);
    const content = reader?.read(nameFor(basis, reader));
    return isPart(content) ? content : undefined;
  },
  // Swept at once: whoever creates pods chooses the hosts.
  set: async (basis, part, world) => {
    const vault =
      part.cache === undefined ? sealedStoreFor(resolveCacheDirectory(undefined, world), world) : undefined;
    if (vault === undefined) return;
    const { evict } = await import("./eviction.ts");
    bestEffort(() => {
      vault.write(nameFor(basis, vault), { ...part });
      evict(vault.store, world);
    }, world);
  },
};

/** Whether the cache is on is what the file will say. */
const SILENT = { note: () => {} };

function readerFor(world: World): SealedReader | undefined {
  const directory = resolveCacheDirectory(undefined, world);
  const store = directory === undefined ? undefined : world.openExistingStore(directory);
  return store && openSealedReader(store, world);
}

function nameFor(basis: readonly string[], { hashKey }: Pick<SealedReader, "hashKey">): string {
  return entryFileName(hashKey([FORMAT, VERSION, ...basis]), "rules");
}

/** What is under this boot's seal was judged by this version of the program, before it was put there. */
function isPart(content: unknown): content is HostConfig {
  return isJsonObject(content) && Array.isArray(content["rules"]) && Array.isArray(content["mirrors"]);
}
