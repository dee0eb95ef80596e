import { type Milliseconds, SECOND } from "../core/time.ts";
import type { CacheStore, Machine } from "../core/world.ts";
import { leaseFileName } from "./file-names.ts";

/** After this time a leader counts as hanging, and a successor takes over. About 20 s are left until the successor's own deadline. */
const MAX_LEASE_TIME: Milliseconds = 20 * SECOND;
/** The maximum number of leaders in a row that died or hang. */
const MAX_TURNS = 64;

/**
 * A cross-process lease: its holder, the leader, fetches for all runs that need the same login. It is a lock file that names its
 * holder. A successor does not delete a dead leader's lock, because the deletion could hit another successor's new lock. Instead it
 * creates the lock with the next number. The lease reduces load and guarantees nothing: the leader checks the cache before it fetches.
 */
export interface Lease {
  /** The number of leaders before this one that died or hang. */
  readonly deadHolders: number;
  /** Releasing again has no effect. */
  release(): void;
}

/**
 * @returns the lease; `held` if another run has it; undefined after too many dead leaders: then every run fetches
 * @throws ProviderError `cache-unusable`
 */
export function tryAcquireLease(
  cacheKey: string,
  store: CacheStore,
  machine: Machine,
): Lease | "held" | undefined {
  const own = `${machine.monotonicNow()} ${machine.processIdentity()}`;
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    const name = leaseFileName(cacheKey, turn);
    if (store.createExclusive(name, own))
      return { deadHolders: turn, release: () => releaseLease(cacheKey, turn, own, store) };
    const holder = store.readLock(name);
    // A lock that vanished was released in this moment, so the cache may have the result.
    if (holder === undefined || isLeaseHeld(holder, machine)) return "held";
  }
  return undefined;
}

/** @param lock the text of a lock: the monotonic time of its creation and the identity of its holder */
export function isLeaseHeld(lock: string, machine: Machine): boolean {
  const [, acquiredAt = "", holder = ""] = /^(\d+(?:\.\d+)?) (.+)$/.exec(lock) ?? [];
  const age = machine.monotonicNow() - Number(acquiredAt);
  return acquiredAt !== "" && age >= 0 && age <= MAX_LEASE_TIME && machine.isRunning(holder);
}

/**
 * Deletes the lock and those of the dead leaders before it. If a successor took over, this deletes nothing: the successor will
 * delete these locks, and the lock with this number may by now belong to a later leader.
 */
function releaseLease(cacheKey: string, turn: number, own: string, store: CacheStore): void {
  if (store.readLock(leaseFileName(cacheKey, turn + 1)) !== undefined) return;
  for (let earlier = turn; earlier >= 0; earlier -= 1) {
    const name = leaseFileName(cacheKey, earlier);
    if (earlier < turn || store.readLock(name) === own) store.remove(name);
  }
}
