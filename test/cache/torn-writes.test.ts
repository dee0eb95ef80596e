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

/** Uses a directory with one entry that a real run wrote. */
function withEntry(use: (path: string, folder: string) => void): Promise<void> {
  return withMemoryFolder(async (folder) => {
    openSealedStoreIn(folder).write(NAME, encodeEntry(ENTRY));
    use(join(folder, NAME), folder);
  });
}

/** Replaces the content of a private file. */
function replaceContent(path: string, bytes: Uint8Array): void {
  writeFileSync(path, bytes);
  chmodSync(path, 0o600);
}

test("an entry is read as it was written", { skip: memoryUnavailable }, () =>
  withEntry((_, folder) => assert.deepEqual(openSealedStoreIn(folder).read(NAME), encodeEntry(ENTRY))),
);

test(
  "an entry that is truncated at any byte is absent, and its file is deleted",
  { skip: memoryUnavailable },
  () =>
    withEntry((path, folder) => {
      const sealedStore = openSealedStoreIn(folder);
      const original = Buffer.from(sealedStore.store.read(NAME) ?? "");
      assert.ok(original.length > 250);
      for (let length = 0; length < original.length; length += 1) {
        replaceContent(path, original.subarray(0, length));
        assert.equal(sealedStore.read(NAME), undefined, `truncated after ${length} bytes`);
        assert.ok(!existsSync(path), `the file of ${length} bytes`);
      }
    }),
);

test("an entry with any flipped bit is absent, and its file is deleted", { skip: memoryUnavailable }, () =>
  withEntry((path, folder) => {
    const sealedStore = openSealedStoreIn(folder);
    const original = Buffer.from(sealedStore.store.read(NAME) ?? "");
    for (let bit = 0; bit < original.length * 8; bit += 1) {
      const damaged = Buffer.from(original);
      damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      replaceContent(path, damaged);
      assert.equal(sealedStore.read(NAME), undefined, `bit ${bit}`);
      assert.ok(!existsSync(path), `the file with bit ${bit} flipped`);
    }
  }),
);

test("an entry with an added or doubled byte is absent", { skip: memoryUnavailable }, () =>
  withEntry((path, folder) => {
    const sealedStore = openSealedStoreIn(folder);
    const original = Buffer.from(sealedStore.store.read(NAME) ?? "");
    for (let at = 0; at <= original.length; at += 1)
      for (const more of ["\0", " ", "\n", "0", original.subarray(at, at + 1)]) {
        const inserted = Buffer.concat([original.subarray(0, at), Buffer.from(more), original.subarray(at)]);
        if (inserted.equals(original)) continue;
        replaceContent(path, inserted);
        assert.equal(sealedStore.read(NAME), undefined, `at ${at}`);
      }
  }),
);

test(
  "an entry is read only under its own name and with its own boot's key",
  { skip: memoryUnavailable },
  () =>
    withEntry((path, folder) => {
      const bytes = Buffer.from(openSealedStoreIn(folder).store.read(NAME) ?? "");
      for (const other of [
        NAME.replace("a", "b"),
        NAME.replace("login", "failure"),
        NAME.replace("login", "rules"),
      ]) {
        replaceContent(join(folder, other), bytes);
        assert.equal(openSealedStoreIn(folder).read(other), undefined, other);
      }
      const elsewhere = join(folder, "elsewhere");
      mkdirSync(elsewhere, { mode: 0o700 });
      const sealedStore = openSealedStoreIn(elsewhere);
      replaceContent(join(elsewhere, NAME), bytes);
      assert.equal(sealedStore.read(NAME), undefined, "another key");
      assert.ok(existsSync(path));
    }),
);

test("more than 256 KiB is neither read nor written, and no file remains", { skip: memoryUnavailable }, () =>
  withEntry((path, folder) => {
    const sealedStore = openSealedStoreIn(folder);
    const isUnusable = (error: unknown) => error instanceof ProviderError && error.code === "cache-unusable";
    assert.throws(() => sealedStore.write(NAME, { text: "x".repeat(256 * 1024) }), isUnusable);
    assert.deepEqual(sealedStore.read(NAME), encodeEntry(ENTRY), "the old entry stays");
    replaceContent(path, Buffer.alloc(256 * 1024 + 1, "x"));
    assert.throws(() => sealedStore.read(NAME), isUnusable);
    assert.deepEqual(
      readdirSync(folder).filter((name) => !name.startsWith("key-")),
      [],
    );
  }),
);
