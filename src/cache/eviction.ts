import { MINUTE, type Milliseconds, SECOND } from "../core/time.ts";
import type { CacheStore, StoredFile, World } from "../core/world.ts";
import { type FileKind, hitsFileName, keyFileName, parseFileKind } from "./file-names.ts";
import { MAX_LIFETIME } from "./freshness.ts";
import { isLeaseHeld } from "./lease.ts";

/** More registries and identities than a node uses at a time: a kubelet runs 110 pods by default. */
export const MAX_LOGINS = 256;
/** Files with the rules of one host each. */
const MAX_RULE_FILES = 256;
/** A temporary file, failure or lease of this age is left over: no run lasts as long. */
const ABANDONED_AFTER: Milliseconds = 2 * MINUTE;
/** Larger than any modification time, so that a login that was never served ranks below all that were. */
const NEVER_SERVED: Milliseconds = Number.MAX_SAFE_INTEGER / 2;
/** The maximum by which a file may be newer than the clock, which has a lower resolution. */
const CLOCK_TOLERANCE: Milliseconds = SECOND;

interface CacheFile extends StoredFile {
  readonly kind: FileKind;
}

/** Deletes files that no run will read again, and the least recently used ones beyond the limits. Each run that fetches calls it. */
export function evict(store: CacheStore, world: Pick<World, "now" | "machine">): void {
  const files = store.list().flatMap((file): readonly CacheFile[] => {
    const kind = parseFileKind(file.name);
    return kind === undefined ? [] : [{ ...file, kind }];
  });
  const logins = files.filter(({ kind }) => kind === "login");
  const rules = files.filter(({ kind }) => kind === "rules");
  const hits = files.filter(({ kind }) => kind === "hits");
  const hitNames = new Set(logins.map(({ name }) => hitsFileName(name)));
  const lastHits = new Map(hits.map(({ name, modified }) => [name, modified]));
  const obsolete = files.filter((file) => isObsolete(file, hitNames, store, world));
  const excess = [
    ...findLeastRecentlyUsed(logins, lastHits, MAX_LOGINS),
    ...findLeastRecentlyUsed(rules, lastHits, MAX_RULE_FILES),
  ];
  for (const { name } of [...obsolete, ...excess]) store.remove(name);
}

function isObsolete(
  { name, kind, modified }: CacheFile,
  hitNames: ReadonlySet<string>,
  store: CacheStore,
  { now, machine }: Pick<World, "now" | "machine">,
): boolean {
  // A file from the future means that the clock was set back: its age is unknown.
  const sinceModified = now() - modified;
  const age = sinceModified >= -CLOCK_TOLERANCE ? sinceModified : Number.POSITIVE_INFINITY;
  switch (kind) {
    case "key":
      return name !== keyFileName(machine.bootId());
    case "hits":
      return !hitNames.has(name);
    case "lease":
      return age > ABANDONED_AFTER && !isLeaseHeld(store.readLock(name) ?? "", machine);
    case "login":
    case "rules":
      return age > MAX_LIFETIME;
    default:
      return age > ABANDONED_AFTER;
  }
}

/**
 * Returns the files beyond the limit. The newest file stays, then those that were served most recently, so that a burst of pods with
 * many registries does not evict the logins in use.
 *
 * @param lastHits the time of the last hit, by the name of the hits file
 */
function findLeastRecentlyUsed(
  files: readonly StoredFile[],
  lastHits: ReadonlyMap<string, Milliseconds>,
  limit: number,
): readonly StoredFile[] {
  const newest = Math.max(...files.map(({ modified }) => modified));
  const rank = ({ name, modified }: StoredFile) => {
    if (modified === newest) return Number.POSITIVE_INFINITY;
    return lastHits.get(hitsFileName(name)) ?? modified - NEVER_SERVED;
  };
  return [...files].sort((one, other) => rank(other) - rank(one)).slice(limit);
}
