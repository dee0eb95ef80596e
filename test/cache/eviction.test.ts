import assert from "node:assert/strict";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { evict } from "../../src/cache/eviction.ts";
import { openSealedStore } from "../../src/cache/sealed-store.ts";
import { HOUR, MINUTE, type Milliseconds, SECOND } from "../../src/core/time.ts";
import type { World } from "../../src/core/world.ts";
import { createRealWorld } from "../../src/system/real-world.ts";
import { memoryUnavailable, withMemoryFolder } from "../support/memory-folder.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { inWorld, NOW } from "../support/world.ts";

const KEY = "a".repeat(64);
const world = createRealWorld({}, new Map(), { setStep: () => {}, note: () => {} });

test("what was written in this very millisecond is not swept away", { skip: memoryUnavailable }, () =>
  withMemoryFolder(async (folder) => {
    const vault = openSealedStore(folder, world);
    for (let round = 0; round < 500; round += 1) {
      vault.write(`${KEY}.login`, { round });
      evict(vault.store, world);
      assert.deepEqual(vault.read(`${KEY}.login`), { round });
    }
  }),
);

interface Case {
  readonly name: string;
  readonly age: Milliseconds;
  /** Wall clock, against the real one. */
  readonly setBy?: Milliseconds;
  readonly stays: boolean;
  /** What else is there. */
  readonly beside?: string;
}

const CASES: readonly Case[] = [
  { name: `${KEY}.login`, age: 13 * HOUR - MINUTE, stays: true },
  { name: `${KEY}.login`, age: 13 * HOUR + MINUTE, stays: false },
  { name: `${KEY}.login`, age: 0, setBy: -2 * SECOND, stays: false },
  { name: `${KEY}.rules`, age: 13 * HOUR - MINUTE, stays: true },
  { name: `${KEY}.rules`, age: 13 * HOUR + MINUTE, stays: false },
  { name: `${KEY}.failure`, age: MINUTE, stays: true },
  { name: `${KEY}.failure`, age: 3 * MINUTE, stays: false },
  { name: `${KEY}.login.new-77`, age: MINUTE, stays: true },
  { name: `${KEY}.login.new-77`, age: 3 * MINUTE, stays: false },
  { name: `${KEY}.failure.new-77`, age: 3 * MINUTE, stays: false },
  { name: `${KEY}.hits`, age: 0, stays: false },
  { name: `${KEY}.hits`, age: 14 * HOUR, stays: true, beside: `${KEY}.login` },
  { name: "somebody's.file", age: 3 * MINUTE, stays: true },
];

const shifted = (by: Milliseconds): World => ({ ...world, now: () => Date.now() + by });

for (const { name, age, setBy = 0, stays, beside } of CASES) {
  const clock = setBy === 0 ? "" : ` by a clock that was set back by ${-setBy / SECOND} s`;
  const what = `${name.replace(KEY, "KEY")} of ${age / MINUTE} min${clock}`;
  test(
    `${what}${beside === undefined ? "" : " beside its login"} is ${stays ? "left" : "swept away"}`,
    {
      skip: memoryUnavailable,
    },
    () =>
      withMemoryFolder(async (folder) => {
        const vault = openSealedStore(folder, world);
        for (const one of [name, ...(beside === undefined ? [] : [beside])]) vault.store.write(one, "text");
        const then = (Date.now() - age) / SECOND;
        utimesSync(join(folder, name), then, then);
        evict(vault.store, shifted(setBy));
        assert.equal(
          vault.store.list().some((file) => file.name === name),
          stays,
        );
      }),
  );
}

test(
  "of a dead run the mark is swept away after 2 min, and a living one's is not",
  { skip: memoryUnavailable },
  () =>
    withMemoryFolder(async (folder) => {
      const vault = openSealedStore(folder, world);
      const living = `${world.machine.monotonicNow()} ${world.machine.processIdentity()}`;
      vault.store.createExclusive(`${KEY}.lease-0`, "1 1 1");
      vault.store.createExclusive(`${"b".repeat(64)}.lease-0`, living);
      const leases = () => vault.store.list().filter((file) => file.name.includes(".lease-")).length;
      evict(vault.store, shifted(MINUTE));
      assert.equal(leases(), 2);
      evict(vault.store, shifted(3 * MINUTE));
      assert.equal(leases(), 1);
    }),
);

test("the key of another boot is swept away, and this one's is not", { skip: memoryUnavailable }, () =>
  withMemoryFolder(async (folder) => {
    const vault = openSealedStore(folder, world);
    vault.store.createExclusive("key-00000000-0000-4000-8000-000000000000", "0".repeat(64));
    evict(vault.store, shifted(20 * HOUR));
    assert.deepEqual(
      vault.store.list().map((file) => file.name),
      [`key-${world.machine.bootId()}`],
    );
  }),
);

/** Two more than are kept. */
const MANY = 258;

interface Crowd {
  readonly name: string;
  readonly kind: "login" | "rules";
  /** When each was served last; default: never. They were written in the order of their numbers, one each millisecond. */
  readonly served?: (index: number) => Milliseconds | undefined;
  readonly gone: readonly number[];
}

const CROWDS: readonly Crowd[] = [
  { name: "of logins that have served nobody the first ones go", kind: "login", gone: [0, 1] },
  {
    name: "a login that has served somebody stays, though it was written first",
    kind: "login",
    served: (index) => (index === 0 ? 0 : undefined),
    gone: [1, 2],
  },
  {
    name: "of logins that have served somebody those go that did so first",
    kind: "login",
    served: (index) => (index === MANY - 1 ? undefined : MANY - index),
    gone: [MANY - 3, MANY - 2],
  },
  {
    name: "the login that was written last stays, though all others have served somebody after",
    kind: "login",
    served: (index) => (index === MANY - 1 ? undefined : MANY + index),
    gone: [0, 1],
  },
  { name: "of what was found of configuration files the first ones go", kind: "rules", gone: [0, 1] },
];

for (const { name, kind, served = () => undefined, gone } of CROWDS)
  test(`of ${MANY} two are too many: ${name}`, () => {
    const store = new MemoryStore(() => NOW);
    const put = (file: string, at: Milliseconds) => {
      store.files.set(file, "text");
      store.modified.set(file, NOW - MINUTE + at);
    };
    const nameOf = (index: number) => `${index.toString(16).padStart(64, "0")}.${kind}`;
    // They are listed in another order.
    for (let place = 0; place < MANY; place += 1) {
      const index = (place * 7) % MANY;
      const at = served(index);
      put(nameOf(index), index);
      if (at !== undefined) put(nameOf(index).replace(kind, "hits"), at);
    }
    return inWorld({ store }, async (fake) => {
      evict(openSealedStore("/run/x", fake).store, fake);
      const indices = Array.from({ length: MANY }, (_, index) => index);
      assert.deepEqual(
        indices.filter((index) => !store.files.has(nameOf(index))),
        gone,
      );
    });
  });
