import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isLeaseHeld, type Lease, tryAcquireLease } from "../../src/cache/lease.ts";
import { SECOND } from "../../src/core/time.ts";
import type { Machine } from "../../src/core/world.ts";
import { MemoryStore } from "../support/memory-store.ts";

const KEY = "0123abcd";

/** A machine whose processes a test starts and kills, and whose clock it sets. */
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
      isRunning: (told) => this.running.has(told),
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

test("of two who want to lead one does", () => {
  const { lead, take } = setUp("1 1", "2 1");
  take("1 1");
  assert.equal(lead("2 1"), "held");
});

test("who has led leaves nothing, and the next may lead", () => {
  const { lead, take, store } = setUp("1 1", "2 1");
  take("1 1").release();
  assert.deepEqual([...store.files], []);
  assert.equal(typeof lead("2 1"), "object");
});

test("after a leader's death one of those who wait leads, and when it is done nothing is left", () => {
  const { machine, lead, take, store } = setUp("1 1", "2 1", "3 1");
  take("1 1");
  machine.running.delete("1 1");
  const successor = take("2 1");
  assert.equal(lead("3 1"), "held");
  successor.release();
  assert.deepEqual([...store.files], []);
});

test("a process of the same number that began later is not the leader", () => {
  const { machine, take } = setUp("1 1", "2 1");
  take("1 1");
  machine.running.delete("1 1");
  machine.start("1 2");
  take("2 1");
});

test("a leader that hangs is passed over after 20 s, by one", () => {
  const { machine, lead, take } = setUp("1 1", "2 1", "3 1");
  take("1 1");
  machine.now += 20 * SECOND;
  assert.equal(lead("2 1"), "held");
  machine.now += 1;
  take("2 1");
  assert.equal(lead("3 1"), "held");
});

test("who was passed over takes nobody's lease away at its end", () => {
  const { machine, lead, take } = setUp("1 1", "2 1", "3 1", "4 1");
  const slow = take("1 1");
  machine.now += 21 * SECOND;
  take("2 1").release();
  take("3 1");
  slow.release();
  assert.equal(lead("4 1"), "held");
});

test("a mark that is no lease's is a dead one's", () => {
  const { machine, store, take } = setUp("1 1");
  for (const text of ["", "x", "1 1", "99999999999 1 1", "1000000 9 9"]) {
    assert.equal(isLeaseHeld(text, machine.as("1 1")), false, text);
    store.files.clear();
    store.createExclusive(`${KEY}.lease-0`, text);
    take("1 1");
  }
});

test("after 64 dead leaders each asks by itself", () => {
  const { store, lead } = setUp("1 1");
  for (let turn = 0; turn < 64; turn += 1) store.createExclusive(`${KEY}.lease-${turn}`, "dead");
  assert.equal(lead("1 1"), undefined);
});

/** What may happen to processes that want one lease, in any order. */
interface Model {
  /** Who leads and lives, and is not overdue. */
  leader: string | undefined;
  /** Since when. */
  since: number;
}
type Real = ReturnType<typeof setUp> & { readonly leases: Map<string, Lease> };

class Wants implements fc.Command<Model, Real> {
  readonly self: string;
  constructor(self: string) {
    this.self = self;
  }
  check = () => true;
  run(model: Model, real: Real): void {
    if (real.leases.has(this.self) || !real.machine.running.has(this.self)) return;
    const lease = real.lead(this.self);
    const isLed = model.leader !== undefined && real.machine.now - model.since <= 20 * SECOND;
    assert.equal(typeof lease === "object", !isLed, `${this.self} of ${model.leader}`);
    if (typeof lease !== "object") return;
    real.leases.set(this.self, lease);
    Object.assign(model, { leader: this.self, since: real.machine.now });
  }
  toString = () => `wants(${this.self})`;
}

class Ends implements fc.Command<Model, Real> {
  readonly self: string;
  readonly how: "is done" | "is killed";
  constructor(self: string, how: "is done" | "is killed") {
    this.self = self;
    this.how = how;
  }
  check = () => true;
  run(model: Model, real: Real): void {
    if (this.how === "is done") real.leases.get(this.self)?.release();
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

test("whatever is done and killed in whatever order, there is one leader at most, and always a next one", () => {
  const names = ["1 1", "2 1", "3 1", "4 1", "5 1"];
  const who = fc.constantFrom(...names);
  const commands = fc.commands(
    [
      who.map((self) => new Wants(self)),
      who.map((self) => new Ends(self, "is done")),
      who.map((self) => new Ends(self, "is killed")),
      fc.constantFrom(1, 5000, 20_001).map((time) => new Passes(time)),
    ],
    { maxCommands: 60 },
  );
  fc.assert(
    fc.property(commands, (some) => {
      fc.modelRun(
        () => ({ model: { leader: undefined, since: 0 }, real: { ...setUp(...names), leases: new Map() } }),
        some,
      );
    }),
    { numRuns: 3000, seed: 5 },
  );
});
