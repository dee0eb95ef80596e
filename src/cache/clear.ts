import type { Store, World } from "../world.ts";
import { attempt } from "./attempt.ts";
import { leads } from "./lease.ts";
import { type Kind, kindOf } from "./names.ts";

/** What became of a folder that was cleared. */
export interface Cleared {
  readonly logins: number;
  /** How many names of this program's could not be taken away. */
  readonly left: number;
}

interface Named {
  readonly name: string;
  readonly kind: Kind;
}

/**
 * Takes away all that runs of this program have left, and nothing else. First this boot's key: from then on nothing that is there is
 * served, and nobody writes under it. What a run leads at this moment stays its own.
 */
export function clear(store: Store, world: World): Cleared {
  const ours = oursIn(store, world);
  for (const { name } of ours) store.remove(name);
  const there = new Set(store.list().map(({ name }) => name));
  const gone = ours.filter(({ name }) => !there.has(name));
  // A key that is there is a new one: the next run makes it under the same name.
  const left = ours.filter(({ name, kind }) => kind !== "key" && there.has(name));
  return { logins: gone.filter(({ kind }) => kind === "login").length, left: left.length };
}

/** Keys first. */
function oursIn(store: Store, world: World): readonly Named[] {
  const named = store.list().flatMap(({ name }) => {
    const kind = kindOf(name);
    return kind === undefined || (kind === "lease" && isHeld(name, store, world)) ? [] : [{ name, kind }];
  });
  return named.sort((one, other) => Number(other.kind === "key") - Number(one.kind === "key"));
}

function isHeld(name: string, store: Store, world: World): boolean {
  return leads(attempt(() => store.readMark(name), world) ?? "", world.machine);
}
