import type { CacheStore, World } from "../core/world.ts";
import { bestEffort } from "./best-effort.ts";
import { listReadableLogins } from "./inspect.ts";
import { type FileKind, parseFileKind } from "./kinds.ts";
import { isLeaseHeld } from "./lease.ts";

/** What became of a folder that was cleared. */
export interface ClearResult {
  readonly logins: number;
  /** How many names of this program's could not be taken away. */
  readonly undeletable: number;
}

interface Named {
  readonly name: string;
  readonly kind: FileKind;
  /** What tells a key or a lease from the next one of the same name. */
  readonly mark: string | undefined;
}

/**
 * Takes away all that runs of this program have left, and nothing else. First this boot's key: from then on nothing that is there is
 * served, and nobody writes under it. What a run leads at this moment stays its own.
 */
export function clearCache(store: CacheStore, world: World): ClearResult {
  const ours = listOwnFiles(store, world);
  const logins = listReadableLogins(store, world);
  for (const { name } of ours) store.remove(name);
  const there = new Set(store.list().map(({ name }) => name));
  const markOf = (name: string) => bestEffort(() => store.readLock(name), world);
  // The next run makes a key and a lease under the same name: they are new ones.
  const isLeft = ({ name, mark }: Named) => there.has(name) && (mark === undefined || mark === markOf(name));
  return {
    logins: logins.filter((name) => !there.has(name)).length,
    undeletable: ours.filter(isLeft).length,
  };
}

/** Keys first. */
function listOwnFiles(store: CacheStore, world: World): readonly Named[] {
  const named = store.list().flatMap(({ name }): readonly Named[] => {
    const kind = parseFileKind(name);
    const isMarked = kind === "key" || kind === "lease";
    const mark = isMarked ? bestEffort(() => store.readLock(name), world) : undefined;
    const isHeld = kind === "lease" && isLeaseHeld(mark ?? "", world.machine);
    return kind === undefined || isHeld ? [] : [{ name, kind, mark }];
  });
  return named.sort((one, other) => Number(other.kind === "key") - Number(one.kind === "key"));
}
