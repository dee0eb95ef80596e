import type { Store, World } from "../core/world.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { type JsonObject, parseJsonObject } from "../formats/json.ts";
import { unlessUnusable } from "./best-effort.ts";
import { DIGEST_LENGTH, digest } from "./hmac.ts";
import { keyName } from "./names.ts";

/** Random bytes of a key, in hexadecimal letters. */
const KEY = /^[0-9a-f]{64}$/;

/** What is read was written under the same key, name and boot, letter by letter, or it counts as not there. */
export interface Reader {
  /** The name under which something is kept: all that it depends on, of which nothing can be read in it. */
  nameOf(parts: readonly string[]): string;
  read(name: string): JsonObject | undefined;
}

/** The store, and this boot's key to it. What cannot be read is removed. */
export interface Vault extends Reader {
  readonly store: Store;
  write(name: string, content: JsonObject): void;
}

/** Opened once in a run; undefined where there is none, or it cannot be used. */
const opened = new WeakMap<World, Map<string, Vault | undefined>>();

export function vaultAt(directory: string | undefined, world: World): Vault | undefined {
  if (directory === undefined) return undefined;
  const known = opened.get(world) ?? new Map();
  opened.set(world, known);
  if (!known.has(directory))
    known.set(
      directory,
      unlessUnusable(() => openVault(directory, world), world),
    );
  return known.get(directory);
}

/** @throws ProviderError `cache-unusable` */
export function openVault(directory: string, world: World): Vault {
  const store = world.openStore(directory);
  const key = keyOf(store, world);
  return {
    store,
    nameOf: (parts) => digest(key, parts),
    read: (name) => {
      const text = store.read(name);
      if (text === undefined) return undefined;
      const content = unsealed(name, text, key);
      if (content === undefined) store.remove(name);
      return content;
    },
    write: (name, content) => {
      // What was fetched before somebody cleared the cache is not to stand there after.
      if (store.readMark(keyName(world.machine.bootId())) !== key)
        throw new ProviderError("cache-unusable", { detail: "it was cleared meanwhile" });
      const text = JSON.stringify(content);
      store.write(name, `${digest(key, [name, text])}\n${text}`);
    },
  };
}

/**
 * What is there, under the key that is there: nothing is made, changed or removed.
 *
 * @returns undefined where there is no key: then nothing can be read. Throws `cache-unusable`
 */
export function readerOf(store: Store, { machine }: World): Reader | undefined {
  const key = store.readMark(keyName(machine.bootId()));
  if (key === undefined || !KEY.test(key)) return undefined;
  return {
    nameOf: (parts) => digest(key, parts),
    read: (name) => {
      const text = store.peek(name);
      return text === undefined ? undefined : unsealed(name, text, key);
    },
  };
}

/** One for each start of the machine, made by whoever is first: what an earlier one left cannot be read any more. */
function keyOf(store: Store, world: World): string {
  const name = keyName(world.machine.bootId());
  const found = store.readMark(name);
  if (found !== undefined && KEY.test(found)) return found;
  if (found !== undefined) store.remove(name);
  const made = world.randomKey();
  return store.mark(name, made) ? made : (store.readMark(name) ?? made);
}

function unsealed(name: string, text: string, key: string): JsonObject | undefined {
  const content = text.slice(DIGEST_LENGTH + 1);
  return text === `${digest(key, [name, content])}\n${content}` ? parseJsonObject(content) : undefined;
}
