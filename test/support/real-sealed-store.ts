/** Reads and changes files of the cache with valid seals. */
import assert from "node:assert/strict";
import { basename, dirname } from "node:path";
import { openSealedStore, type SealedStore } from "../../src/cache/sealed-store.ts";
import type { Milliseconds } from "../../src/core/time.ts";
import type { JsonObject } from "../../src/formats/json.ts";
import { createRealWorld } from "../../src/system/real-world.ts";

/** Opens the directory as another run would, with this boot's key. */
export function openSealedStoreIn(directory: string): SealedStore {
  return openSealedStore(directory, createRealWorld({}, new Map(), { setStep: () => {}, note: () => {} }));
}

/** Changes the content of a file and seals it again. */
export function rewriteEntry(path: string, change: (content: JsonObject) => JsonObject): void {
  const sealedStore = openSealedStoreIn(dirname(path));
  const content = sealedStore.read(basename(path));
  assert.ok(content, `${path} cannot be read`);
  sealedStore.write(basename(path), change(content));
}

/** Shifts all times in the file of a login or failure into the past. */
export function ageEntry(path: string, by: Milliseconds): void {
  rewriteEntry(path, (content) => ({ ...content, ...earlier(content, by) }));
}

const TIMES = ["expiresAt", "fetchedAt", "fetchedAtMonotonic", "cachedUntil", "failedAtMonotonic"];

function earlier(content: JsonObject, by: Milliseconds): JsonObject {
  const times = Object.entries(content).filter(([name]) => TIMES.includes(name));
  return Object.fromEntries(times.map(([name, time]) => [name, Number(time) - by]));
}
