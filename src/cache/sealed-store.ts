import type { CacheStore, World } from "../core/world.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { type JsonObject, parseJsonObject } from "../formats/json.ts";
import { bestEffort } from "./best-effort.ts";
import { keyFileName } from "./file-names.ts";
import { computeHmac, HMAC_LENGTH } from "./hmac.ts";

/** 32 random bytes in hexadecimal. */
const KEY = /^[0-9a-f]{64}$/;

/** Reads files of the cache. A file without a valid seal of this boot's key for its name counts as absent. */
export interface SealedReader {
  /** Returns a cache key: an HMAC of all parts that an entry depends on, which reveals none of them. */
  hashKey(parts: readonly string[]): string;
  read(name: string): JsonObject | undefined;
}

/** The cache directory with this boot's key. `read` deletes a file without a valid seal. */
export interface SealedStore extends SealedReader {
  readonly store: CacheStore;
  write(name: string, content: JsonObject): void;
}

/** @returns undefined without a directory, or if it is unusable */
export function sealedStoreFor(directory: string | undefined, world: World): SealedStore | undefined {
  return directory === undefined ? undefined : bestEffort(() => openSealedStore(directory, world), world);
}

/** @throws ProviderError `cache-unusable` */
export function openSealedStore(directory: string, world: World): SealedStore {
  const store = world.openStore(directory);
  const key = readOrCreateKey(store, world);
  return {
    store,
    hashKey: (parts) => computeHmac(key, parts),
    read: (name) => {
      const text = store.read(name);
      if (text === undefined) return undefined;
      const content = unseal(name, text, key);
      if (content === undefined) store.remove(name);
      return content;
    },
    write: (name, content) => {
      // A login that was fetched before `cache clear` must not be stored after it.
      if (store.readLock(keyFileName(world.machine.bootId())) !== key)
        throw new ProviderError("cache-unusable", { detail: "it was cleared during this run" });
      const text = JSON.stringify(content);
      store.write(name, `${computeHmac(key, [name, text])}\n${text}`);
    },
  };
}

/**
 * Opens a store for reading. Nothing is created, changed or deleted.
 *
 * @returns undefined without this boot's key, because then no file can be read
 * @throws ProviderError `cache-unusable`
 */
export function openSealedReader(
  store: CacheStore,
  { machine }: Pick<World, "machine">,
): SealedReader | undefined {
  const key = store.readLock(keyFileName(machine.bootId()));
  if (key === undefined || !KEY.test(key)) return undefined;
  return {
    hashKey: (parts) => computeHmac(key, parts),
    read: (name) => {
      const text = store.peek(name);
      return text === undefined ? undefined : unseal(name, text, key);
    },
  };
}

/** Returns this boot's key, which the first run creates. Files of an earlier boot cannot be read with it. */
function readOrCreateKey(
  store: CacheStore,
  { machine, randomKey }: Pick<World, "machine" | "randomKey">,
): string {
  const name = keyFileName(machine.bootId());
  const found = store.readLock(name);
  if (found !== undefined && KEY.test(found)) return found;
  if (found !== undefined) store.remove(name);
  const created = randomKey();
  return store.createExclusive(name, created) ? created : (store.readLock(name) ?? created);
}

function unseal(name: string, text: string, key: string): JsonObject | undefined {
  const content = text.slice(HMAC_LENGTH + 1);
  return text === `${computeHmac(key, [name, content])}\n${content}` ? parseJsonObject(content) : undefined;
}
