import { HOUR, MINUTE, type Milliseconds } from "../core/time.ts";
import type { World } from "../core/world.ts";
import type { CacheEntry } from "./entry.ts";

/**
 * `fresh`: serve it. `stale`: serve it and refresh it (stale-while-revalidate, RFC 5861). `expiring`: valid, but too close to expiry to
 * start a pull with. `expired`: do not serve it, also if a clock was set back since the fetch.
 */
export type Freshness = "fresh" | "stale" | "expiring" | "expired";

/** The maximum lifetime of a login. An entry that claims more was written under a different clock and counts as expired. */
export const MAX_LIFETIME: Milliseconds = 13 * HOUR;
/** The end of a login's lifetime in which it is not served: it could expire during the pull. */
export const EXPIRY_MARGIN: Milliseconds = 2 * MINUTE;
/** The shares of its lifetime between which a login becomes stale. */
const EARLIEST_REFRESH = 0.5;
const LATEST_REFRESH = 0.8;

/**
 * Returns a number in [0, 1) that spreads refreshes over time: logins that were fetched together are not refreshed together. It
 * depends on the cache key, so all processes agree on it, and it changes with each boot.
 */
export function refreshJitter(cacheKey: string): number {
  return Number.parseInt(cacheKey.slice(0, 8), 16) / 2 ** 32;
}

/** @param jitter of `refreshJitter` */
export function getFreshness(
  entry: CacheEntry,
  jitter: number,
  world: Pick<World, "now" | "machine">,
): Freshness {
  const lifetime = entry.cachedUntil - entry.fetchedAt;
  const remaining = getRemainingLifetime(entry, world);
  if (remaining <= 0 || remaining > lifetime || lifetime > MAX_LIFETIME) return "expired";
  if (remaining <= EXPIRY_MARGIN) return "expiring";
  const age = lifetime - remaining;
  return age < lifetime * (EARLIEST_REFRESH + (LATEST_REFRESH - EARLIEST_REFRESH) * jitter)
    ? "fresh"
    : "stale";
}

/** Returns the shorter of the remaining lifetimes by the wall clock and by the monotonic clock; 0 if a clock was set back. */
export function getRemainingLifetime(
  entry: CacheEntry,
  { now, machine }: Pick<World, "now" | "machine">,
): Milliseconds {
  const age = machine.monotonicNow() - entry.fetchedAtMonotonic;
  if (now() < entry.fetchedAt || age < 0) return 0;
  return Math.min(entry.cachedUntil - now(), entry.cachedUntil - entry.fetchedAt - age);
}
