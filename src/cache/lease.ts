import { type Milliseconds, SECOND } from "../core/time.ts";
import type { Machine, Store } from "../core/world.ts";
import { leaseName } from "./names.ts";

/** So long a run may lead. One that is stopped is passed over then, by one other, which has as much time left as it takes. */
const LONGEST: Milliseconds = 20 * SECOND;
/** Leaders in a row that were killed or hang; who comes after so many asks by itself. */
const MOST = 64;

/**
 * The right to ask for all runs of one key. It is a mark in the store that names its holder. Nobody takes a dead holder's mark away,
 * which could hit the next one's: the successor makes a mark of its own, one number higher, and of those who try one succeeds. It
 * spares the cloud and guards nothing: whoever leads looks first whether there is a login by now.
 */
export interface Lease {
  /** Leaders before this one that died or hang. */
  readonly passed: number;
  /** Once or more often. */
  release(): void;
}

/**
 * @returns the lease; `led` where another run has it; `none` where nobody can: then each asks by itself
 * @throws ProviderError `cache-unusable`
 */
export function tryToLead(key: string, store: Store, machine: Machine): Lease | "led" | "none" {
  const own = `${machine.sinceBoot()} ${machine.self()}`;
  for (let turn = 0; turn < MOST; turn += 1) {
    if (store.mark(leaseName(key, turn), own))
      return { passed: turn, release: () => release(key, turn, own, store) };
    const holder = store.readMark(leaseName(key, turn));
    // Gone meanwhile: its holder is done, and there is something to be looked at.
    if (holder === undefined || leads(holder, machine)) return "led";
  }
  return "none";
}

/** Whether the lease of this name is anybody's now. */
export function isHeld(name: string, store: Store, machine: Machine): boolean {
  return leads(store.readMark(name) ?? "", machine);
}

/** Whether whoever the mark names is at it still. */
export function leads(mark: string, machine: Machine): boolean {
  const [, since = "", holder = ""] = /^(\d+(?:\.\d+)?) (.+)$/.exec(mark) ?? [];
  const age = machine.sinceBoot() - Number(since);
  return since !== "" && age >= 0 && age <= LONGEST && machine.isRunning(holder);
}

/**
 * Those before it are of the dead. Who took too long was passed over, and finds a successor, who takes both away, or in its own place
 * somebody else's.
 */
function release(key: string, turn: number, own: string, store: Store): void {
  if (store.readMark(leaseName(key, turn + 1)) !== undefined) return;
  for (let before = turn; before >= 0; before -= 1) {
    const name = leaseName(key, before);
    if (before < turn || store.readMark(name) === own) store.remove(name);
  }
}
