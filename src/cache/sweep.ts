import { HOUR, MINUTE, type Milliseconds, SECOND } from "../time.ts";
import type { StoredFile, World } from "../world.ts";
import { leads } from "./lease.ts";
import { type Kind, kindOf } from "./names.ts";
import { isKeyOf, type Vault } from "./vault.ts";

/** Logins, of at most 16 KiB each: more registries and identities than a node has at a time. */
const MOST_LOGINS = 64;
/** What a configuration file says of a host. */
const MOST_RULES = 64;
/** Nothing is good for longer, and no clock is trusted that says otherwise. */
const OLDEST: Milliseconds = 13 * HOUR;
/** What a killed run left. No run lasts so long. */
const ABANDONED: Milliseconds = 2 * MINUTE;
/** A file's time is told in parts of the millisecond that is still now. */
const FINER: Milliseconds = SECOND;

/** Takes away what nobody will read again. Once for each login that is asked for, so a few times an hour. */
export function sweep({ store }: Vault, world: World): void {
  const files = store.list();
  const names = new Set(files.map(({ name }) => name));
  const lastUse = new Map(files.map(({ name, modified }) => [name, modified]));
  const old = files.filter((file) => isOver(file, names, store, world));
  const usedAt = ({ name, modified }: StoredFile) =>
    Math.max(modified, lastUse.get(name.replace(/login$/, "hits")) ?? 0);
  const many = [
    ...beyond(files, "login", MOST_LOGINS, usedAt),
    ...beyond(files, "rules", MOST_RULES, usedAt),
  ];
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

/** All but those that were used last. */
function beyond(
  files: readonly StoredFile[],
  kind: Kind,
  most: number,
  usedAt: (file: StoredFile) => Milliseconds,
): readonly StoredFile[] {
  return files
    .filter(({ name }) => kindOf(name) === kind)
    .sort((one, other) => usedAt(other) - usedAt(one))
    .slice(most);
}
