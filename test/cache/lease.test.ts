import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isLeaseHeld, type Lease, tryAcquireLease } from "../../src/cache/lease.ts";
import { SECOND } from "../../src/core/time.ts";
import type { Machine } from "../../src/core/world.ts";
import { MemoryStore } from "../support/memory-store.ts";

const KEY = "0123abcd";

/** A machine with processes and a clock that the test controls. */
class FakeMachine {
  now = 1_000_000;
  readonly running = new Set<string>();

  as(self: string): Machine {
    return {
      user: 0,
      home: () => undefined,
      bootId: () => "boot",
      monotonicNow: () => this.now,
      processIdentity: () => self,
      isRunning: (identity) => this.running.has(identity),
    };
  }

  start(...processes: readonly string[]): void {
    for (const one of processes) this.running.add(one);
  }
}

function setUp(...processes: readonly string[]) {
  const machine = new FakeMachine();
  machine.start(...processes);
  const store = new MemoryStore(() => machine.now);
  const lead = (self: string) => tryAcquireLease(KEY, store, machine.as(self));
  const take = (self: string): Lease => {
    const lease = lead(self);
    assert.ok(typeof lease === "object", String(lease));
    return lease;
  };
  return { machine, store, lead, take };
}

test("only one of two processes acquires the lease", () => {
  const { lead, take } = setUp("1 1", "2 1");
  take("1 1");
  assert.equal(lead("2 1"), "held");
});

test("a released lease leaves no file, and the next process can acquire it", () => {
  const { lead, take, store } = setUp("1 1", "2 1");
  take("1 1").release();
  assert.deepEqual([...store.files], []);
  assert.equal(typeof lead("2 1"), "object");
});

test("one follower succeeds a dead leader, and its release leaves no file", () => {
  const { machine, lead, take, store } = setUp("1 1", "2 1", "3 1");
  take("1 1");
  machine.running.delete("1 1");
  const successor = take("2 1");
  assert.equal(lead("3 1"), "held");
  successor.release();
  assert.deepEqual([...store.files], []);
});

test("a later process with the same process id does not hold the lease", () => {
  const { machine, take } = setUp("1 1", "2 1");
  take("1 1");
  machine.running.delete("1 1");
  machine.start("1 2");
  take("2 1");
});

test("one process succeeds a hanging leader after 20 s", () => {
  const { machine, lead, take } = setUp("1 1", "2 1", "3 1");
  take("1 1");
  machine.now += 20 * SECOND;
  assert.equal(lead("2 1"), "held");
  machine.now += 1;
  take("2 1");
  assert.equal(lead("3 1"), "held");
});

test("a hanging leader that ends does not release its successors' leases", () => {
  const { machine, lead, take } = setUp("1 1", "2 1", "3 1", "4 1");
  const slow = take("1 1");
  machine.now += 21 * SECOND;
  take("2 1").release();
  take("3 1");
  slow.release();
  assert.equal(lead("4 1"), "held");
});

test("a lock with invalid text counts as that of a dead leader", () => {
  const { machine, store, take } = setUp("1 1");
  for (const text of ["", "x", "1 1", "99999999999 1 1", "1000000 9 9"]) {
    assert.equal(isLeaseHeld(text, machine.as("1 1")), false, text);
    store.files.clear();
    store.createExclusive(`${KEY}.lease-0`, text);
    take("1 1");
  }
});

test("no process acquires the lease after 64 dead leaders", () => {
  const { store, lead } = setUp("1 1");
  for (let turn = 0; turn < 64; turn += 1) store.createExclusive(`${KEY}.lease-${turn}`, "dead");
  assert.equal(lead("1 1"), undefined);
});

/** The model of processes that try to acquire one lease. */
interface Model {
  /** The running holder of the lease. */
  leader: string | undefined;
  /** The time at which the holder acquired the lease. */
  acquiredAt: number;
}
type Real = ReturnType<typeof setUp> & { readonly leases: Map<string, Lease> };

class Acquires implements fc.Command<Model, Real> {
  readonly self: string;
  constructor(self: string) {
    this.self = self;
  }
  check = () => true;
  run(model: Model, real: Real): void {
    if (real.leases.has(this.self) || !real.machine.running.has(this.self)) return;
    const lease = real.lead(this.self);
    const isHeld = model.leader !== undefined && real.machine.now - model.acquiredAt <= 20 * SECOND;
    assert.equal(typeof lease === "object", !isHeld, `${this.self} of ${model.leader}`);
    if (typeof lease !== "object") return;
    real.leases.set(this.self, lease);
    Object.assign(model, { leader: this.self, acquiredAt: real.machine.now });
  }
  toString = () => `acquires(${this.self})`;
}

class Ends implements fc.Command<Model, Real> {
  readonly self: string;
  readonly how: "releases" | "is killed";
  constructor(self: string, how: "releases" | "is killed") {
    this.self = self;
    this.how = how;
  }
  check = () => true;
  run(model: Model, real: Real): void {
    if (this.how === "releases") real.leases.get(this.self)?.release();
    else real.machine.running.delete(this.self);
    real.leases.delete(this.self);
    if (model.leader === this.self) model.leader = undefined;
  }
  toString = () => `${this.how}(${this.self})`;
}

class Passes implements fc.Command<Model, Real> {
  readonly time: number;
  constructor(time: number) {
    this.time = time;
  }
  check = () => true;
  run(_: Model, real: Real): void {
    real.machine.now += this.time;
  }
  toString = () => `passes(${this.time})`;
}

test("there is at most one leader and always a successor, whatever processes end in any order", () => {
  const names = ["1 1", "2 1", "3 1", "4 1", "5 1"];
  const process = fc.constantFrom(...names);
  const commands = fc.commands(
    [
      process.map((self) => new Acquires(self)),
      process.map((self) => new Ends(self, "releases")),
      process.map((self) => new Ends(self, "is killed")),
      fc.constantFrom(1, 5000, 20_001).map((time) => new Passes(time)),
    ],
    { maxCommands: 60 },
  );
  fc.assert(
    fc.property(commands, (some) => {
      fc.modelRun(
        () => ({
          model: { leader: undefined, acquiredAt: 0 },
          real: { ...setUp(...names), leases: new Map() },
        }),
        some,
      );
    }),
    { numRuns: 3000, seed: 5 },
  );
});
