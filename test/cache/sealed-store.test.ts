/** What is spoilt is taken away, so that it is not looked at again and again. */
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

const SPOILT: readonly (readonly [how: string, spoil: (text: string) => string])[] = [
  ["empty", () => ""],
  ["cut off", (text) => text.slice(0, -1)],
  ["of another seal", (text) => text.replace(/^./, (letter) => (letter === "0" ? "1" : "0"))],
  ["without a seal", (text) => text.slice(65)],
];
for (const [how, spoil] of SPOILT)
  test(`a file that is ${how} counts as not there, and is taken away`, () =>
    withStore((store, world) => {
      const vault = openSealedStore("/run/x", world);
      vault.write(NAME, { one: 1 });
      assert.deepEqual(vault.read(NAME), { one: 1 });
      store.files.set(NAME, spoil(store.files.get(NAME) ?? ""));
      assert.equal(vault.read(NAME), undefined);
      assert.deepEqual([...store.files.keys()], [KEY]);
    }));

for (const spoilt of ["", "short", "g".repeat(64), "A".repeat(64), "0".repeat(65)])
  test(`in place of the key "${spoilt}" a new one is made, under which what is written is read again`, () =>
    withStore((store, world) => {
      store.files.set(KEY, spoilt);
      assert.equal(openSealedReader(store, world), undefined, "nothing is read under it");
      openSealedStore("/run/x", world).write(NAME, { one: 1 });
      assert.equal(store.files.get(KEY), world.randomKey());
      assert.deepEqual(openSealedStore("/run/x", world).read(NAME), { one: 1 });
    }));

test("of two runs that make the key at the same moment both have the first one's", () =>
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
