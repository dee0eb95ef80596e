import type { Login } from "../core/login.ts";
import { Secret } from "../core/secret.ts";
import { HOUR, MINUTE, type Milliseconds } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { isJsonObject, type JsonObject } from "../formats/json.ts";

/** A login that is kept, and what a person may know of it. */
export interface CacheEntry {
  readonly login: Login;
  readonly metadata: EntryMetadata;
  /** Wall clock: when it was fetched. */
  readonly fetchedAt: Milliseconds;
  /** The same by the clock that nobody sets. */
  readonly fetchedAtMonotonic: Milliseconds;
  /** Wall clock: from then on it is not kept, though it may be good for longer than the token that it was had for. */
  readonly cachedUntil: Milliseconds;
}

/** For people. */
export interface EntryMetadata {
  readonly registry: string;
  readonly identity: string;
}

/** No login of ours lasts longer; what says so was not written by this program under this clock. */
export const MAX_LIFETIME: Milliseconds = 13 * HOUR;
/** A pull with a login that has less left may fail in the middle. */
export const EXPIRY_MARGIN: Milliseconds = 2 * MINUTE;
/** After so much of its life a login is renewed, at the earliest and at the latest. */
const EARLIEST = 0.5;
const LATEST = 0.8;

export function encodeEntry({
  login,
  metadata,
  fetchedAt,
  fetchedAtMonotonic,
  cachedUntil,
}: CacheEntry): JsonObject {
  const { username, password, expiresAt } = login;
  return {
    username,
    password: password.expose(),
    expiresAt,
    metadata,
    fetchedAt,
    fetchedAtMonotonic,
    cachedUntil,
  };
}

/** Undefined where it is no entry. */
export function parseEntry(content: JsonObject): CacheEntry | undefined {
  const { username, password, expiresAt, metadata, fetchedAt, fetchedAtMonotonic, cachedUntil } = content;
  if (typeof username !== "string" || typeof password !== "string" || !isEntryMetadata(metadata))
    return undefined;
  if (!isTime(expiresAt) || !isTime(fetchedAt) || !isTime(fetchedAtMonotonic) || !isTime(cachedUntil))
    return undefined;
  const login = { username, password: new Secret(password), expiresAt };
  return { login, metadata, fetchedAt, fetchedAtMonotonic, cachedUntil };
}

function isTime(value: unknown): value is Milliseconds {
  return typeof value === "number" && Number.isFinite(value);
}

export function isEntryMetadata(value: unknown): value is EntryMetadata {
  return (
    isJsonObject(value) && typeof value["registry"] === "string" && typeof value["identity"] === "string"
  );
}

/**
 * `fresh`: to be given out. `due`: good, and to be renewed. `closing`: good, and too near its end to begin a pull with. `over`: not to be
 * given out, be it that a clock says so that was set.
 */
export type Freshness = "fresh" | "stale" | "expiring" | "expired";

/**
 * When a login is renewed, uniform in [0, 1). The same in all processes, another for each login and boot: what was fetched together is
 * not renewed together.
 */
export function refreshJitter(name: string): number {
  return Number.parseInt(name.slice(0, 8), 16) / 2 ** 32;
}

/** @param share of `shareOf` */
export function getFreshness(entry: CacheEntry, share: number, world: World): Freshness {
  const life = entry.cachedUntil - entry.fetchedAt;
  const left = getRemainingLifetime(entry, world);
  if (left <= 0 || left > life || life > MAX_LIFETIME) return "expired";
  if (left <= EXPIRY_MARGIN) return "expiring";
  const age = life - left;
  return age < life * (EARLIEST + (LATEST - EARLIEST) * share) ? "fresh" : "stale";
}

/** By the clock that leaves less: the wall clock may be set, the other stands still while the machine sleeps. */
export function getRemainingLifetime(entry: CacheEntry, { now, machine }: World): Milliseconds {
  const byWall = entry.cachedUntil - now();
  const age = machine.monotonicNow() - entry.fetchedAtMonotonic;
  const bySince = entry.cachedUntil - entry.fetchedAt - age;
  // Fetched in what is now the future: one of the clocks was set back.
  if (now() < entry.fetchedAt || age < 0) return 0;
  return Math.min(byWall, bySince);
}
