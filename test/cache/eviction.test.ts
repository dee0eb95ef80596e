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

test("keeps a file that was written in the same millisecond", { skip: memoryUnavailable }, () =>
  withMemoryFolder(async (folder) => {
    const sealedStore = openSealedStore(folder, world);
    for (let round = 0; round < 500; round += 1) {
      sealedStore.write(`${KEY}.login`, { round });
      evict(sealedStore.store, world);
      assert.deepEqual(sealedStore.read(`${KEY}.login`), { round });
    }
  }),
);

interface Case {
  readonly name: string;
  readonly age: Milliseconds;
  /** The error of the wall clock. */
  readonly clockError?: Milliseconds;
  readonly stays: boolean;
  /** Another file in the directory. */
  readonly otherFile?: string;
}

const CASES: readonly Case[] = [
  { name: `${KEY}.login`, age: 13 * HOUR - MINUTE, stays: true },
  { name: `${KEY}.login`, age: 13 * HOUR + MINUTE, stays: false },
  { name: `${KEY}.login`, age: 0, clockError: -2 * SECOND, stays: false },
  { name: `${KEY}.rules`, age: 13 * HOUR - MINUTE, stays: true },
  { name: `${KEY}.rules`, age: 13 * HOUR + MINUTE, stays: false },
  { name: `${KEY}.failure`, age: MINUTE, stays: true },
  { name: `${KEY}.failure`, age: 3 * MINUTE, stays: false },
  { name: `${KEY}.login.new-77`, age: MINUTE, stays: true },
  { name: `${KEY}.login.new-77`, age: 3 * MINUTE, stays: false },
  { name: `${KEY}.failure.new-77`, age: 3 * MINUTE, stays: false },
  { name: `${KEY}.hits`, age: 0, stays: false },
  { name: `${KEY}.hits`, age: 14 * HOUR, stays: true, otherFile: `${KEY}.login` },
  { name: "unrecognised.file", age: 3 * MINUTE, stays: true },
];

const shifted = (by: Milliseconds): World => ({ ...world, now: () => Date.now() + by });

for (const { name, age, clockError = 0, stays, otherFile } of CASES) {
  const clock = clockError === 0 ? "" : ` with a clock that was set back by ${-clockError / SECOND} s`;
  const what = `${name.replace(KEY, "KEY")} of ${age / MINUTE} min${clock}`;
  test(
    `${what}${otherFile === undefined ? "" : " with its login"} is ${stays ? "kept" : "deleted"}`,
    {
      skip: memoryUnavailable,
    },
    () =>
      withMemoryFolder(async (folder) => {
        const sealedStore = openSealedStore(folder, world);
        for (const one of [name, ...(otherFile === undefined ? [] : [otherFile])])
          sealedStore.store.write(one, "text");
        const then = (Date.now() - age) / SECOND;
        utimesSync(join(folder, name), then, then);
        evict(sealedStore.store, shifted(clockError));
        assert.equal(
          sealedStore.store.list().some((file) => file.name === name),
          stays,
        );
      }),
  );
}

test(
  "deletes the lease of a dead process after 2 min, and keeps that of a running one",
  { skip: memoryUnavailable },
  () =>
    withMemoryFolder(async (folder) => {
      const sealedStore = openSealedStore(folder, world);
      const living = `${world.machine.monotonicNow()} ${world.machine.processIdentity()}`;
      sealedStore.store.createExclusive(`${KEY}.lease-0`, "1 1 1");
      sealedStore.store.createExclusive(`${"b".repeat(64)}.lease-0`, living);
      const leases = () => sealedStore.store.list().filter((file) => file.name.includes(".lease-")).length;
      evict(sealedStore.store, shifted(MINUTE));
      assert.equal(leases(), 2);
      evict(sealedStore.store, shifted(3 * MINUTE));
      assert.equal(leases(), 1);
    }),
);

test("deletes the key of another boot, and keeps that of this one", { skip: memoryUnavailable }, () =>
  withMemoryFolder(async (folder) => {
    const sealedStore = openSealedStore(folder, world);
    sealedStore.store.createExclusive("key-00000000-0000-4000-8000-000000000000", "0".repeat(64));
    evict(sealedStore.store, shifted(20 * HOUR));
    assert.deepEqual(
      sealedStore.store.list().map((file) => file.name),
      [`key-${world.machine.bootId()}`],
    );
  }),
);

/** Two more than the limit. */
const MANY = 258;

interface ExcessCase {
  readonly name: string;
  readonly kind: "login" | "rules";
  /** The time of the last hit; default: never served. The files are written in the order of their indices, one each millisecond. */
  readonly served?: (index: number) => Milliseconds | undefined;
  readonly gone: readonly number[];
}

const EXCESS_CASES: readonly ExcessCase[] = [
  { name: "the oldest of the logins that were never served", kind: "login", gone: [0, 1] },
  {
    name: "no login that was served, although it is the oldest",
    kind: "login",
    served: (index) => (index === 0 ? 0 : undefined),
    gone: [1, 2],
  },
  {
    name: "the least recently used of the logins that were served",
    kind: "login",
    served: (index) => (index === MANY - 1 ? undefined : MANY - index),
    gone: [MANY - 3, MANY - 2],
  },
  {
    name: "not the newest login, although all others were served after it was written",
    kind: "login",
    served: (index) => (index === MANY - 1 ? undefined : MANY + index),
    gone: [0, 1],
  },
  { name: "the oldest of the cached configurations", kind: "rules", gone: [0, 1] },
];

for (const { name, kind, served = () => undefined, gone } of EXCESS_CASES)
  test(`deletes two of ${MANY} files: ${name}`, () => {
    const store = new MemoryStore(() => NOW);
    const put = (file: string, at: Milliseconds) => {
      store.files.set(file, "text");
      store.modified.set(file, NOW - MINUTE + at);
    };
    const formatName = (index: number) => `${index.toString(16).padStart(64, "0")}.${kind}`;
    // The files are listed in another order than they were written in.
    for (let place = 0; place < MANY; place += 1) {
      const index = (place * 7) % MANY;
      const at = served(index);
      put(formatName(index), index);
      if (at !== undefined) put(formatName(index).replace(kind, "hits"), at);
    }
    return inWorld({ store }, async (fake) => {
      evict(openSealedStore("/run/x", fake).store, fake);
      const indices = Array.from({ length: MANY }, (_, index) => index);
      assert.deepEqual(
        indices.filter((index) => !store.files.has(formatName(index))),
        gone,
      );
    });
  });
