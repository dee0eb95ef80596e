/** The cache's files as the program itself writes them, for tests that put others in their place. */
import assert from "node:assert/strict";
import { basename, dirname } from "node:path";
import { openSealedStore, type SealedStore } from "../../src/cache/sealed-store.ts";
import type { Milliseconds } from "../../src/core/time.ts";
import type { JsonObject } from "../../src/formats/json.ts";
import { createRealWorld } from "../../src/system/real-world.ts";

/** The folder with this boot's key, as another run would open it. */
export function openSealedStoreIn(directory: string): SealedStore {
  return openSealedStore(directory, createRealWorld({}, new Map(), { setStep: () => {}, note: () => {} }));
}

/** Puts this in the file, under a seal that is right. */
export function rewriteEntry(path: string, change: (content: JsonObject) => JsonObject): void {
  const vault = openSealedStoreIn(dirname(path));
  const content = vault.read(basename(path));
  assert.ok(content, `${path} cannot be read`);
  vault.write(basename(path), change(content));
}

/** A login's file, or a failure's, as it would be if all of it had happened so much earlier. */
export function ageEntry(path: string, by: Milliseconds): void {
  rewriteEntry(path, (content) => ({ ...content, ...earlier(content, by) }));
}

const TIMES = ["expiresAt", "fetchedAt", "fetchedAtMonotonic", "cachedUntil", "failedAtMonotonic"];

function earlier(content: JsonObject, by: Milliseconds): JsonObject {
  const times = Object.entries(content).filter(([name]) => TIMES.includes(name));
  return Object.fromEntries(times.map(([name, time]) => [name, Number(time) - by]));
}
