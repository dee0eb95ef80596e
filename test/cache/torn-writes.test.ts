import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type CacheEntry, encodeEntry } from "../../src/cache/entry.ts";
import { Secret } from "../../src/core/secret.ts";
import { HOUR } from "../../src/core/time.ts";
import { ProviderError } from "../../src/errors/provider-error.ts";
import { memoryUnavailable, withMemoryFolder } from "../support/memory-folder.ts";
import { openSealedStoreIn } from "../support/real-sealed-store.ts";

const NAME = `${"a".repeat(64)}.login`;
const ENTRY: CacheEntry = {
  login: { username: "AWS", password: new Secret("canary-password"), expiresAt: Date.now() + 12 * HOUR },
  metadata: { registry: "a.example", identity: "ServiceAccount shop/\u00e9t\u00e9 by rules[0]" },
  fetchedAt: Date.now(),
  fetchedAtMonotonic: 1,
  cachedUntil: Date.now() + HOUR,
};

/** A folder with one entry, by the store and the vault of a real run. */
function withEntry(use: (path: string, folder: string) => void): Promise<void> {
  return withMemoryFolder(async (folder) => {
    openSealedStoreIn(folder).write(NAME, encodeEntry(ENTRY));
    use(join(folder, NAME), folder);
  });
}

/** Puts these bytes in its place. */
function put(path: string, bytes: Uint8Array): void {
  writeFileSync(path, bytes);
  chmodSync(path, 0o600);
}

test("an entry is read as it was written", { skip: memoryUnavailable }, () =>
  withEntry((_, folder) => assert.deepEqual(openSealedStoreIn(folder).read(NAME), encodeEntry(ENTRY))),
);

test(
  "cut off at whatever byte, an entry is not there, and its file is gone",
  { skip: memoryUnavailable },
  () =>
    withEntry((path, folder) => {
      const vault = openSealedStoreIn(folder);
      const whole = Buffer.from(vault.store.read(NAME) ?? "");
      assert.ok(whole.length > 250);
      for (let length = 0; length < whole.length; length += 1) {
        put(path, whole.subarray(0, length));
        assert.equal(vault.read(NAME), undefined, `cut off after ${length} bytes`);
        assert.ok(!existsSync(path), `the file of ${length} bytes`);
      }
    }),
);

test(
  "with whatever bit turned, an entry is not there, and its file is gone",
  { skip: memoryUnavailable },
  () =>
    withEntry((path, folder) => {
      const vault = openSealedStoreIn(folder);
      const whole = Buffer.from(vault.store.read(NAME) ?? "");
      for (let bit = 0; bit < whole.length * 8; bit += 1) {
        const spoiled = Buffer.from(whole);
        spoiled.writeUInt8(spoiled.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        put(path, spoiled);
        assert.equal(vault.read(NAME), undefined, `bit ${bit}`);
        assert.ok(!existsSync(path), `the file with bit ${bit} turned`);
      }
    }),
);

test("with whatever byte more or twice, an entry is not there", { skip: memoryUnavailable }, () =>
  withEntry((path, folder) => {
    const vault = openSealedStoreIn(folder);
    const whole = Buffer.from(vault.store.read(NAME) ?? "");
    for (let at = 0; at <= whole.length; at += 1)
      for (const more of ["\0", " ", "\n", "0", whole.subarray(at, at + 1)]) {
        const inserted = Buffer.concat([whole.subarray(0, at), Buffer.from(more), whole.subarray(at)]);
        if (inserted.equals(whole)) continue;
        put(path, inserted);
        assert.equal(vault.read(NAME), undefined, `at ${at}`);
      }
  }),
);

test(
  "an entry is read under its own name only, and by its own boot's key only",
  { skip: memoryUnavailable },
  () =>
    withEntry((path, folder) => {
      const bytes = Buffer.from(openSealedStoreIn(folder).store.read(NAME) ?? "");
      for (const other of [
        NAME.replace("a", "b"),
        NAME.replace("login", "failure"),
        NAME.replace("login", "rules"),
      ]) {
        put(join(folder, other), bytes);
        assert.equal(openSealedStoreIn(folder).read(other), undefined, other);
      }
      const elsewhere = join(folder, "elsewhere");
      mkdirSync(elsewhere, { mode: 0o700 });
      const vault = openSealedStoreIn(elsewhere);
      put(join(elsewhere, NAME), bytes);
      assert.equal(vault.read(NAME), undefined, "another key");
      assert.ok(existsSync(path));
    }),
);

test("more than 256 KiB is neither read nor written, and leaves nothing", { skip: memoryUnavailable }, () =>
  withEntry((path, folder) => {
    const vault = openSealedStoreIn(folder);
    const isUnusable = (error: unknown) => error instanceof ProviderError && error.code === "cache-unusable";
    assert.throws(() => vault.write(NAME, { text: "x".repeat(256 * 1024) }), isUnusable);
    assert.deepEqual(vault.read(NAME), encodeEntry(ENTRY), "what was there stays");
    put(path, Buffer.alloc(256 * 1024 + 1, "x"));
    assert.throws(() => vault.read(NAME), isUnusable);
    assert.deepEqual(
      readdirSync(folder).filter((name) => !name.startsWith("key-")),
      [],
    );
  }),
);
