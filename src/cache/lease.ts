import { type Milliseconds, SECOND } from "../core/time.ts";
import type { CacheStore, Machine } from "../core/world.ts";
import { leaseFileName } from "./names.ts";

/** So long a run may lead. One that is stopped is passed over then, by one other, which has as much time left as it takes. */
const MAX_LEASE_TIME: Milliseconds = 20 * SECOND;
/** Leaders in a row that were killed or hang; who comes after so many asks by itself. */
const MAX_TURNS = 64;

/**
 * The right to ask for all runs of one key. It is a mark in the store that names its holder. Nobody takes a dead holder's mark away,
 * which could hit the next one's: the successor makes a mark of its own, one number higher, and of those who try one succeeds. It
 * spares the cloud and guards nothing: whoever leads looks first whether there is a login by now.
 */
export interface Lease {
  /** Leaders before this one that died or hang. */
  readonly deadHolders: number;
  /** Once or more often. */
  release(): void;
}

/**
 * @returns the lease; `led` where another run has it; `none` where nobody can: then each asks by itself
 * @throws ProviderError `cache-unusable`
 */
export function tryAcquireLease(key: string, store: CacheStore, machine: Machine): Lease | "led" | "none" {
  const own = `${machine.monotonicNow()} ${machine.processIdentity()}`;
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    if (store.createExclusive(leaseFileName(key, turn), own))
      return { deadHolders: turn, release: () => release(key, turn, own, store) };
    const holder = store.readLock(leaseFileName(key, turn));
    // Gone meanwhile: its holder is done, and there is something to be looked at.
    if (holder === undefined || isLeaseHeld(holder, machine)) return "led";
  }
  return "none";
}

/** Whether the lease of this name is anybody's now. */
export function isHeld(name: string, store: CacheStore, machine: Machine): boolean {
  return isLeaseHeld(store.readLock(name) ?? "", machine);
}

/** Whether whoever the mark names is at it still. */
export function isLeaseHeld(mark: string, machine: Machine): boolean {
  const [, since = "", holder = ""] = /^(\d+(?:\.\d+)?) (.+)$/.exec(mark) ?? [];
  const age = machine.monotonicNow() - Number(since);
  return since !== "" && age >= 0 && age <= MAX_LEASE_TIME && machine.isRunning(holder);
}

/**
 * Those before it are of the dead. Who took too long was passed over, and finds a successor, who takes both away, or in its own place
 * somebody else's.
 */
function release(key: string, turn: number, own: string, store: CacheStore): void {
  if (store.readLock(leaseFileName(key, turn + 1)) !== undefined) return;
  for (let before = turn; before >= 0; before -= 1) {
    const name = leaseFileName(key, before);
    if (before < turn || store.readLock(name) === own) store.remove(name);
  }
}
