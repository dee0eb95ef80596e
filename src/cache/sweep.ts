import { HOUR, MINUTE, type Milliseconds, SECOND } from "../time.ts";
import type { StoredFile, World } from "../world.ts";
import { leads } from "./lease.ts";
import { type Kind, kindOf } from "./names.ts";
import { isKeyOf, type Vault } from "./vault.ts";

/** More registries and identities than a node has at a time: a kubelet runs 110 pods, unless it is told otherwise. */
export const MOST_LOGINS = 256;
/** What a configuration file says of a host. */
const MOST_RULES = 256;
/** Nothing is good for longer, and no clock is trusted that says otherwise. */
const OLDEST: Milliseconds = 13 * HOUR;
/** What a killed run left. No run lasts so long. */
const ABANDONED: Milliseconds = 2 * MINUTE;
/** Further back than any time of a file: what has served nobody comes after all that has. */
const UNUSED: Milliseconds = Number.MAX_SAFE_INTEGER / 2;
/** A file's time is told in parts of the millisecond that is still now. */
const FINER: Milliseconds = SECOND;

/** Takes away what nobody will read again. Once for each login that is asked for, so a few times an hour. */
export function sweep({ store }: Vault, world: World): void {
  const files = store.list();
  const names = new Set(files.map(({ name }) => name));
  const old = files.filter((file) => isOver(file, names, store, world));
  const many = [...beyond(files, "login", MOST_LOGINS), ...beyond(files, "rules", MOST_RULES)];
  for (const { name } of [...old, ...many]) store.remove(name);
}

function isOver(
  { name, modified }: StoredFile,
  names: ReadonlySet<string>,
  store: Vault["store"],
  world: World,
): boolean {
  // Set back, the clock makes every age negative: then all is as old as can be.
  const told = world.now() - modified;
  const age = told >= -FINER ? told : Number.POSITIVE_INFINITY;
  const kind = kindOf(name);
  if (kind === undefined) return false; // somebody else's, who may have a reason
  if (kind === "lease") return age > ABANDONED && !leads(store.readMark(name) ?? "", world.machine);
  if (kind === "key") return !isKeyOf(name, world.machine);
  if (kind === "hits") return !names.has(name.replace(/hits$/, "login"));
  return age > (kind === "login" || kind === "rules" ? OLDEST : ABANDONED);
}

/**
 * All but so many. The one that was written last stays, and then those that have served somebody, the last ones first: whoever creates
 * pods chooses registries, and takes by a crowd of them no place from those that are in use.
 */
function beyond(files: readonly StoredFile[], kind: Kind, most: number): readonly StoredFile[] {
  const own = files.filter(({ name }) => kindOf(name) === kind);
  const newest = Math.max(...own.map(({ modified }) => modified));
  const hits = new Map(files.map(({ name, modified }) => [name, modified]));
  const rank = ({ name, modified }: StoredFile) => {
    if (modified === newest) return Number.POSITIVE_INFINITY;
    return hits.get(name.replace(/login$/, "hits")) ?? modified - UNUSED;
  };
  return own.sort((one, other) => rank(other) - rank(one)).slice(most);
}
