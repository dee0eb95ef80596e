import type { CacheStore, World } from "../core/world.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { type JsonObject, parseJsonObject } from "../formats/json.ts";
import { bestEffort } from "./best-effort.ts";
import { computeHmac, HMAC_LENGTH } from "./hmac.ts";
import { keyFileName } from "./names.ts";

/** Random bytes of a key, in hexadecimal letters. */
const KEY = /^[0-9a-f]{64}$/;

/** What is read was written under the same key, name and boot, letter by letter, or it counts as not there. */
export interface SealedReader {
  /** The name under which something is kept: all that it depends on, of which nothing can be read in it. */
  hashKey(parts: readonly string[]): string;
  read(name: string): JsonObject | undefined;
}

/** The store, and this boot's key to it. What cannot be read is removed. */
export interface SealedStore extends SealedReader {
  readonly store: CacheStore;
  write(name: string, content: JsonObject): void;
}

/** Opened once in a run; undefined where there is none, or it cannot be used. */
const opened = new WeakMap<World, Map<string, SealedStore | undefined>>();

export function sealedStoreFor(directory: string | undefined, world: World): SealedStore | undefined {
  if (directory === undefined) return undefined;
  const known = opened.get(world) ?? new Map();
  opened.set(world, known);
  if (!known.has(directory))
    known.set(
      directory,
      bestEffort(() => openSealedStore(directory, world), world),
    );
  return known.get(directory);
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
      // What was fetched before somebody cleared the cache is not to stand there after.
      if (store.readLock(keyFileName(world.machine.bootId())) !== key)
        throw new ProviderError("cache-unusable", { detail: "it was cleared meanwhile" });
      const text = JSON.stringify(content);
      store.write(name, `${computeHmac(key, [name, text])}\n${text}`);
    },
  };
}

/**
 * What is there, under the key that is there: nothing is made, changed or removed.
 *
 * @returns undefined where there is no key: then nothing can be read. Throws `cache-unusable`
 */
export function openSealedReader(store: CacheStore, { machine }: World): SealedReader | undefined {
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

/** One for each start of the machine, made by whoever is first: what an earlier one left cannot be read any more. */
function readOrCreateKey(store: CacheStore, world: World): string {
  const name = keyFileName(world.machine.bootId());
  const found = store.readLock(name);
  if (found !== undefined && KEY.test(found)) return found;
  if (found !== undefined) store.remove(name);
  const made = world.randomKey();
  return store.createExclusive(name, made) ? made : (store.readLock(name) ?? made);
}

function unseal(name: string, text: string, key: string): JsonObject | undefined {
  const content = text.slice(HMAC_LENGTH + 1);
  return text === `${computeHmac(key, [name, content])}\n${content}` ? parseJsonObject(content) : undefined;
}
