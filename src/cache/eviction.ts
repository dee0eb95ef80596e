import { MINUTE, type Milliseconds, SECOND } from "../core/time.ts";
import type { StoredFile, World } from "../core/world.ts";
import { MAX_LIFETIME } from "./entry.ts";
import { type FileKind, parseFileKind } from "./kinds.ts";
import { isHeld } from "./lease.ts";
import { hitsFileName, keyFileName } from "./names.ts";
import type { SealedStore } from "./sealed-store.ts";

/** More registries and identities than a node has at a time: a kubelet runs 110 pods, unless it is told otherwise. */
export const MAX_LOGINS = 256;
/** What a configuration file says of a host. */
const MAX_RULE_FILES = 256;
/** What a killed run left. No run lasts so long. */
const ABANDONED: Milliseconds = 2 * MINUTE;
/** Further back than any time of a file: what has served nobody comes after all that has. */
const UNUSED: Milliseconds = Number.MAX_SAFE_INTEGER / 2;
/** A file's time is told in parts of the millisecond that is still now. */
const FINER: Milliseconds = SECOND;

interface KnownFile extends StoredFile {
  readonly kind: FileKind;
}

/** Takes away what nobody will read again. Once for each login that is asked for, so a few times an hour. */
export function evict({ store }: SealedStore, world: World): void {
  const files = store.list().flatMap((file) => knownFile(file) ?? []);
  const of = (kind: FileKind) => files.filter((file) => file.kind === kind);
  const served = new Set(of("login").map(({ name }) => hitsFileName(name)));
  const hits = new Map(of("hits").map(({ name, modified }) => [name, modified]));
  const old = files.filter((file) => isOver(file, served, store, world));
  const many = [...beyond(of("login"), hits, MAX_LOGINS), ...beyond(of("rules"), hits, MAX_RULE_FILES)];
  for (const { name } of [...old, ...many]) store.remove(name);
}

/** Undefined: somebody else's, who may have a reason. */
function knownFile(file: StoredFile): KnownFile | undefined {
  const kind = parseFileKind(file.name);
  return kind && { ...file, kind };
}

function isOver(
  { name, kind, modified }: KnownFile,
  served: ReadonlySet<string>,
  store: SealedStore["store"],
  world: World,
): boolean {
  // Set back, the clock makes every age negative: then all is as old as can be.
  const told = world.now() - modified;
  const age = told >= -FINER ? told : Number.POSITIVE_INFINITY;
  if (kind === "lease") return age > ABANDONED && !isHeld(name, store, world.machine);
  if (kind === "key") return name !== keyFileName(world.machine.bootId());
  if (kind === "hits") return !served.has(name);
  return age > (kind === "login" || kind === "rules" ? MAX_LIFETIME : ABANDONED);
}

/**
 * All but so many. The one that was written last stays, and then those that have served somebody, the last ones first: whoever creates
 * pods chooses registries, and takes by a crowd of them no place from those that are in use.
 *
 * @param hits when each was last served, by the name of its hits
 */
function beyond(
  files: readonly StoredFile[],
  hits: ReadonlyMap<string, Milliseconds>,
  most: number,
): readonly StoredFile[] {
  const newest = Math.max(...files.map(({ modified }) => modified));
  const rank = ({ name, modified }: StoredFile) => {
    if (modified === newest) return Number.POSITIVE_INFINITY;
    return hits.get(hitsFileName(name)) ?? modified - UNUSED;
  };
  return [...files].sort((one, other) => rank(other) - rank(one)).slice(most);
}
