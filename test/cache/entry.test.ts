import assert from "node:assert/strict";
import { test } from "node:test";
import { type CacheEntry, encodeEntry, parseEntry } from "../../src/cache/entry.ts";
import { type Freshness, getFreshness } from "../../src/cache/freshness.ts";
import { Secret } from "../../src/core/secret.ts";
import { HOUR, MINUTE, type Milliseconds, SECOND } from "../../src/core/time.ts";
import type { World } from "../../src/core/world.ts";
import { type FakeWorld, inWorld, NOW } from "../support/world.ts";

const MONOTONIC = 1_000_000;
const ENTRY: CacheEntry = {
  login: { username: "AWS", password: new Secret("canary-password"), expiresAt: NOW + 12 * HOUR },
  metadata: { registry: "a.example", identity: "the node" },
  fetchedAt: NOW,
  fetchedAtMonotonic: MONOTONIC,
  cachedUntil: NOW + 12 * HOUR,
};

/** Returns the world at a later time of each clock. */
const later = (world: FakeWorld, wall: Milliseconds, monotonic: Milliseconds): World => ({
  ...world,
  now: () => NOW + wall,
  machine: { ...world.machine, monotonicNow: () => MONOTONIC + monotonic },
});

interface Case {
  readonly name: string;
  readonly wall: Milliseconds;
  readonly monotonic?: Milliseconds;
  readonly jitter?: number;
  readonly lifetime?: Milliseconds;
  readonly state: Freshness;
}

const CASES: readonly Case[] = [
  { name: "just fetched", wall: 0, state: "fresh" },
  {
    name: "before half of its lifetime, with the earliest refresh",
    wall: 6 * HOUR - 1,
    jitter: 0,
    state: "fresh",
  },
  {
    name: "at half of its lifetime, with the earliest refresh",
    wall: 6 * HOUR,
    jitter: 0,
    state: "stale",
  },
  {
    name: "before four fifths of its lifetime, with the latest refresh",
    wall: 9.6 * HOUR - 2,
    jitter: 1,
    state: "fresh",
  },
  {
    name: "at four fifths of its lifetime, with the latest refresh",
    wall: 9.6 * HOUR,
    jitter: 1,
    state: "stale",
  },
  { name: "with a little more than 2 min left", wall: 12 * HOUR - 2 * MINUTE - 1, state: "stale" },
  { name: "with 2 min left", wall: 12 * HOUR - 2 * MINUTE, state: "expiring" },
  { name: "with a millisecond left", wall: 12 * HOUR - 1, state: "expiring" },
  { name: "at its expiry", wall: 12 * HOUR, state: "expired" },
  { name: "after its expiry", wall: 12 * HOUR + 1, state: "expired" },
  { name: "with a lifetime of a minute", wall: 0, lifetime: MINUTE, state: "expiring" },
  { name: "with a lifetime of 4 min, after a second", wall: SECOND, lifetime: 4 * MINUTE, state: "fresh" },
  {
    name: "with a lifetime of 4 min, after half of it",
    wall: 2 * MINUTE,
    lifetime: 4 * MINUTE,
    state: "expiring",
  },
  { name: "fetched in the future", wall: -1, monotonic: 0, state: "expired" },
  { name: "whose clock was set parsed by 13 h", wall: -13 * HOUR, monotonic: MINUTE, state: "expired" },
  {
    name: "whose clock was set parsed by an hour, after two hours",
    wall: HOUR,
    monotonic: 2 * HOUR,
    jitter: 0,
    state: "fresh",
  },
  { name: "whose clock was set parsed, at its expiry", wall: HOUR, monotonic: 12 * HOUR, state: "expired" },
  {
    name: "whose clock was set parsed to a time within its lifetime, after 11 hours",
    wall: HOUR,
    monotonic: 11 * HOUR,
    state: "stale",
  },
  { name: "whose clock was set forward by 13 h", wall: 13 * HOUR, monotonic: MINUTE, state: "expired" },
  {
    name: "whose clock was set forward by 7 h",
    wall: 7 * HOUR,
    monotonic: MINUTE,
    jitter: 0,
    state: "stale",
  },
  { name: "whose monotonic clock started again", wall: MINUTE, monotonic: -1, state: "expired" },
  { name: "with a lifetime that is too long", wall: 0, lifetime: 13 * HOUR + 1, state: "expired" },
  { name: "without a lifetime", wall: 0, lifetime: 0, state: "expired" },
];

for (const { name, wall, monotonic = wall, jitter = 0.5, lifetime = 12 * HOUR, state } of CASES) {
  test(`a login ${name} is ${state}`, () =>
    inWorld({}, async (world) => {
      const entry = { ...ENTRY, cachedUntil: NOW + lifetime };
      assert.equal(getFreshness(entry, jitter, later(world, wall, monotonic)), state);
    }));
}

test("an entry is read as it was written", () => {
  const parsed = parseEntry(JSON.parse(JSON.stringify(encodeEntry(ENTRY))));
  assert.equal(parsed?.login.password.expose(), "canary-password");
  assert.deepEqual({ ...parsed, login: undefined }, { ...ENTRY, login: undefined });
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
  test(`an entry without ${field}, or with a value of the wrong type, is invalid`, () => {
    const valid = { ...encodeEntry(ENTRY) };
    const others: readonly unknown[] = [undefined, null, true, [], {}, field.endsWith("d") ? 1 : "1"];
    for (const other of others.filter((one) => typeof one !== typeof valid[field] || one === null))
      assert.equal(parseEntry({ ...valid, [field]: other }), undefined, String(other));
  });
}
