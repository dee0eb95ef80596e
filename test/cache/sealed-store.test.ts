/** Damaged files are deleted, so that later runs do not check them again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openSealedReader, openSealedStore } from "../../src/cache/sealed-store.ts";
import type { World } from "../../src/core/world.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { inWorld, NOW } from "../support/world.ts";

const NAME = `${"ab".repeat(32)}.login`;
const KEY = "key-boot-1";

function withStore(use: (store: MemoryStore, world: World) => void): Promise<void> {
  const store = new MemoryStore(() => NOW);
  return inWorld({ store }, async (world) => use(store, world));
}

const DAMAGED: readonly (readonly [how: string, damage: (text: string) => string])[] = [
  ["empty", () => ""],
  ["truncated", (text) => text.slice(0, -1)],
  ["with another seal", (text) => text.replace(/^./, (letter) => (letter === "0" ? "1" : "0"))],
  ["without a seal", (text) => text.slice(65)],
];
for (const [how, damage] of DAMAGED)
  test(`a file that is damaged counts as absent and is deleted: ${how}`, () =>
    withStore((store, world) => {
      const sealedStore = openSealedStore("/run/x", world);
      sealedStore.write(NAME, { one: 1 });
      assert.deepEqual(sealedStore.read(NAME), { one: 1 });
      store.files.set(NAME, damage(store.files.get(NAME) ?? ""));
      assert.equal(sealedStore.read(NAME), undefined);
      assert.deepEqual([...store.files.keys()], [KEY]);
    }));

for (const invalid of ["", "short", "g".repeat(64), "A".repeat(64), "0".repeat(65)])
  test(`replaces the invalid key "${invalid}" by a new one, which seals and opens files`, () =>
    withStore((store, world) => {
      store.files.set(KEY, invalid);
      assert.equal(openSealedReader(store, world), undefined, "no file can be read");
      openSealedStore("/run/x", world).write(NAME, { one: 1 });
      assert.equal(store.files.get(KEY), world.randomKey());
      assert.deepEqual(openSealedStore("/run/x", world).read(NAME), { one: 1 });
    }));

test("two runs that create the key at the same time both use the first one", () =>
  withStore((store, world) => {
    const first = "a0".repeat(32);
    const { createExclusive } = store;
    store.createExclusive = (name, text) => {
      store.files.set(KEY, first);
      return createExclusive.call(store, name, text);
    };
    openSealedStore("/run/x", world).write(NAME, { one: 1 });
    assert.equal(store.files.get(KEY), first);
    assert.deepEqual(openSealedReader(store, world)?.read(NAME), { one: 1 });
  }));
