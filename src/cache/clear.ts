import type { CacheStore, World } from "../core/world.ts";
import { bestEffort } from "./best-effort.ts";
import { type FileKind, parseFileKind } from "./file-names.ts";
import { listReadableLogins } from "./inspect.ts";
import { isLeaseHeld } from "./lease.ts";

export interface ClearResult {
  /** The number of logins that were deleted. */
  readonly logins: number;
  /** The number of files that could not be deleted. */
  readonly undeletable: number;
}

interface DeletableFile {
  readonly name: string;
  readonly kind: FileKind;
  /** The text of a key or lease. */
  readonly lock: string | undefined;
}

/**
 * Deletes all files of this program except leases that are held. This boot's key goes first: from then on no run serves or stores
 * anything under it.
 */
export function clearCache(store: CacheStore, world: World): ClearResult {
  const files = listDeletableFiles(store, world);
  const logins = listReadableLogins(store, world);
  for (const { name } of files) store.remove(name);
  const remaining = new Set(store.list().map(({ name }) => name));
  // A run may already have created a new key or lease under the same name.
  const isUndeletable = ({ name, lock }: DeletableFile) =>
    remaining.has(name) && (lock === undefined || lock === readLock(name, store, world));
  return {
    logins: logins.filter((name) => !remaining.has(name)).length,
    undeletable: files.filter(isUndeletable).length,
  };
}

/** Returns the keys first. */
function listDeletableFiles(store: CacheStore, world: World): readonly DeletableFile[] {
  const files = store.list().flatMap(({ name }): readonly DeletableFile[] => {
    const kind = parseFileKind(name);
    if (kind === undefined) return [];
    const lock = kind === "key" || kind === "lease" ? readLock(name, store, world) : undefined;
    return kind === "lease" && isLeaseHeld(lock ?? "", world.machine) ? [] : [{ name, kind, lock }];
  });
  return files.sort((one, other) => Number(other.kind === "key") - Number(one.kind === "key"));
}

function readLock(name: string, store: CacheStore, world: World): string | undefined {
  return bestEffort(() => store.readLock(name), world);
}
