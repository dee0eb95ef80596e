import type { Store, World } from "../core/world.ts";
import { unlessUnusable } from "./best-effort.ts";
import { loginsIn } from "./inspect.ts";
import { type Kind, kindOf } from "./kinds.ts";
import { leads } from "./lease.ts";

/** What became of a folder that was cleared. */
export interface Cleared {
  readonly logins: number;
  /** How many names of this program's could not be taken away. */
  readonly left: number;
}

interface Named {
  readonly name: string;
  readonly kind: Kind;
  /** What tells a key or a lease from the next one of the same name. */
  readonly mark: string | undefined;
}

/**
 * Takes away all that runs of this program have left, and nothing else. First this boot's key: from then on nothing that is there is
 * served, and nobody writes under it. What a run leads at this moment stays its own.
 */
export function clear(store: Store, world: World): Cleared {
  const ours = oursIn(store, world);
  const logins = loginsIn(store, world);
  for (const { name } of ours) store.remove(name);
  const there = new Set(store.list().map(({ name }) => name));
  const markOf = (name: string) => unlessUnusable(() => store.readMark(name), world);
  // The next run makes a key and a lease under the same name: they are new ones.
  const isLeft = ({ name, mark }: Named) => there.has(name) && (mark === undefined || mark === markOf(name));
  return {
    logins: logins.filter((name) => !there.has(name)).length,
    left: ours.filter(isLeft).length,
  };
}

/** Keys first. */
function oursIn(store: Store, world: World): readonly Named[] {
  const named = store.list().flatMap(({ name }): readonly Named[] => {
    const kind = kindOf(name);
    const isMarked = kind === "key" || kind === "lease";
    const mark = isMarked ? unlessUnusable(() => store.readMark(name), world) : undefined;
    const isHeld = kind === "lease" && leads(mark ?? "", world.machine);
    return kind === undefined || isHeld ? [] : [{ name, kind, mark }];
  });
  return named.sort((one, other) => Number(other.kind === "key") - Number(one.kind === "key"));
}
