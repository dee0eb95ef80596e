import assert from "node:assert/strict";
import { test } from "node:test";
import { type CacheEntry, encodeEntry, parseEntry } from "../../src/cache/entry.ts";
import { type Freshness, getFreshness } from "../../src/cache/freshness.ts";
import { Secret } from "../../src/core/secret.ts";
import { HOUR, MINUTE, type Milliseconds, SECOND } from "../../src/core/time.ts";
import type { World } from "../../src/core/world.ts";
import { type FakeWorld, inWorld, NOW } from "../support/world.ts";

const SINCE = 1_000_000;
const ENTRY: CacheEntry = {
  login: { username: "AWS", password: new Secret("canary-password"), expiresAt: NOW + 12 * HOUR },
  metadata: { registry: "a.example", identity: "the node" },
  fetchedAt: NOW,
  fetchedAtMonotonic: SINCE,
  cachedUntil: NOW + 12 * HOUR,
};

/** The same machine later, by each of its clocks. */
const later = (world: FakeWorld, wall: Milliseconds, since: Milliseconds): World => ({
  ...world,
  now: () => NOW + wall,
  machine: { ...world.machine, monotonicNow: () => SINCE + since },
});

interface Case {
  readonly name: string;
  readonly wall: Milliseconds;
  readonly since?: Milliseconds;
  readonly share?: number;
  readonly life?: Milliseconds;
  readonly state: Freshness;
}

const CASES: readonly Case[] = [
  { name: "just fetched", wall: 0, state: "fresh" },
  { name: "before half of its life", wall: 6 * HOUR - 1, share: 0, state: "fresh" },
  {
    name: "at half of its life, where it is the first to be renewed",
    wall: 6 * HOUR,
    share: 0,
    state: "stale",
  },
  { name: "before four fifths, where it is the last", wall: 9.6 * HOUR - 2, share: 1, state: "fresh" },
  { name: "at four fifths, where it is the last", wall: 9.6 * HOUR, share: 1, state: "stale" },
  { name: "with little more than 2 min left", wall: 12 * HOUR - 2 * MINUTE - 1, state: "stale" },
  { name: "with 2 min left", wall: 12 * HOUR - 2 * MINUTE, state: "expiring" },
  { name: "with a millisecond left", wall: 12 * HOUR - 1, state: "expiring" },
  { name: "at its end", wall: 12 * HOUR, state: "expired" },
  { name: "after its end", wall: 12 * HOUR + 1, state: "expired" },
  { name: "of a life of a minute", wall: 0, life: MINUTE, state: "expiring" },
  { name: "of a life of 4 min, and young", wall: SECOND, life: 4 * MINUTE, state: "fresh" },
  { name: "of a life of 4 min, and half of it over", wall: 2 * MINUTE, life: 4 * MINUTE, state: "expiring" },
  { name: "fetched in the future", wall: -1, since: 0, state: "expired" },
  { name: "the clock was set back by 13 h", wall: -13 * HOUR, since: MINUTE, state: "expired" },
  {
    name: "the clock was set back by an hour, after two",
    wall: HOUR,
    since: 2 * HOUR,
    share: 0,
    state: "fresh",
  },
  { name: "the clock was set back, and its life is over", wall: HOUR, since: 12 * HOUR, state: "expired" },
  {
    name: "the clock was set back to within its life, and it is due",
    wall: HOUR,
    since: 11 * HOUR,
    state: "stale",
  },
  { name: "the clock was set forth by 13 h", wall: 13 * HOUR, since: MINUTE, state: "expired" },
  { name: "the clock was set forth by 7 h", wall: 7 * HOUR, since: MINUTE, share: 0, state: "stale" },
  { name: "of a clock that began anew", wall: MINUTE, since: -1, state: "expired" },
  { name: "of a life that no login has", wall: 0, life: 13 * HOUR + 1, state: "expired" },
  { name: "of a life that is none", wall: 0, life: 0, state: "expired" },
];

for (const { name, wall, since = wall, share = 0.5, life = 12 * HOUR, state } of CASES) {
  test(`a login ${name} is ${state}`, () =>
    inWorld({}, async (world) => {
      const entry = { ...ENTRY, cachedUntil: NOW + life };
      assert.equal(getFreshness(entry, share, later(world, wall, since)), state);
    }));
}

test("an entry comes back as it was written", () => {
  const back = parseEntry(JSON.parse(JSON.stringify(encodeEntry(ENTRY))));
  assert.equal(back?.login.password.expose(), "canary-password");
  assert.deepEqual({ ...back, login: undefined }, { ...ENTRY, login: undefined });
});

for (const field of [
  "username",
  "password",
  "expiresAt",
  "metadata",
  "fetchedAt",
  "fetchedAtMonotonic",
  "cachedUntil",
]) {
  test(`without ${field}, or with another kind of it, it is no entry`, () => {
    const whole = { ...encodeEntry(ENTRY) };
    const others: readonly unknown[] = [undefined, null, true, [], {}, field.endsWith("d") ? 1 : "1"];
    for (const other of others.filter((one) => typeof one !== typeof whole[field] || one === null))
      assert.equal(parseEntry({ ...whole, [field]: other }), undefined, String(other));
  });
}
