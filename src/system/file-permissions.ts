import { lstatSync, readlinkSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { FileSafety } from "../core/world.ts";
import { hasErrorCode, ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";

const OTHERS_READ = 0o004;
const GROUP_READ = 0o040;
const OTHERS_WRITE = 0o002;
const GROUP_WRITE = 0o020;
/** Only a file's owner may take it out of a folder with this bit. */
const STICKY = 0o1000;
/** As many as Linux follows (`path_resolution(7)`). */
const MAX_LINKS = 40;

/**
 * Whether nobody but root and this user decides what is at the path: the file, each folder that is passed on the way, and
 * each link. Windows has other ways to say who may do what; they are not looked at.
 *
 * @param file of the file that was opened; the way must still lead to it
 * @param user that runs the program; undefined on Windows
 * @throws ProviderError `file-unsafe`
 */
export function assertSafeFile(
  path: string,
  file: Stats,
  safety: FileSafety,
  user: number | undefined,
): void {
  if (user === undefined) return;
  const refuse = (what: string) =>
    new ProviderError("file-unsafe", { detail: `${showValue("path", path)}: ${what}` });
  const fault = findPermissionFault(file, safety, user) ?? findPathFault(path, file, user);
  if (fault !== undefined) throw refuse(fault);
}

function findPermissionFault({ uid, mode }: Stats, safety: FileSafety, user: number): string | undefined {
  if (uid !== 0 && uid !== user) return "it belongs to another user";
  const writers = describeUsers(mode & GROUP_WRITE, mode & OTHERS_WRITE);
  if (writers !== undefined) return `${writers} may write to it`;
  if (safety !== "private") return undefined;
  const readers = describeUsers(mode & GROUP_READ, mode & OTHERS_READ);
  return readers && `${readers} may read it`;
}

/**
 * Describes the users that mode bits give access to. With an access control list the bits of the group are its mask (acl(5)), so
 * users outside the group may have access.
 */
function describeUsers(groupBit: number, othersBit: number): string | undefined {
  if (groupBit !== 0 && othersBit !== 0) return "its group and others";
  if (othersBit !== 0) return "others";
  return groupBit === 0 ? undefined : "its group, or others by an access control list,";
}

/**
 * Whether others decide what is at the path. One part of it after the other, as the system goes.
 *
 * @param file what was found there, to which the way must still lead; undefined: whatever is there or will be
 */
export function findPathFault(path: string, file: Stats | undefined, user: number): string | undefined {
  let left = splitPath(path);
  let folder = "/";
  for (let links = 0; links <= MAX_LINKS; ) {
    const fault = findFolderFault(folder, user);
    if (fault !== undefined) return fault;
    const [name = "", ...rest] = left;
    const next = resolve(folder, name);
    const stats = lstatSync(next, { throwIfNoEntry: false });
    if (!stats?.isSymbolicLink()) {
      if (rest.length === 0 && file === undefined) return undefined;
      if (rest.length === 0) return isSameFile(stats, file) ? undefined : "it was changed meanwhile";
      [folder, left] = [next, rest];
      continue;
    }
    if (stats.uid !== 0 && stats.uid !== user)
      return `the link ${showValue("path", next)} belongs to another user`;
    left = [...splitPath(resolve(folder, readlinkSync(next))), ...rest];
    folder = "/";
    links += 1;
  }
  return "too many links lead to it";
}

const splitPath = (path: string): readonly string[] => resolve("/", path).split("/").filter(Boolean);
const isSameFile = (one: Stats | undefined, other: Stats | undefined): boolean =>
  one !== undefined && one.dev === other?.dev && one.ino === other.ino;

function findFolderFault(folder: string, user: number): string | undefined {
  const { uid, mode } = lstatSync(folder);
  if (uid !== 0 && uid !== user) return `the folder ${showValue("path", folder)} belongs to another user`;
  const writers = describeUsers(mode & GROUP_WRITE, mode & OTHERS_WRITE);
  if (writers === undefined || (mode & STICKY) !== 0) return undefined;
  return `the folder ${showValue("path", folder)}: ${writers} may write to it`;
}

/** The home directory of accounts without one. It is a device, and paths below it count as absent. */
const NO_HOME = "/dev/null";

/**
 * Explains why a path cannot be opened although it is not simply absent: a dangling link, or a file in place of a folder.
 *
 * @returns undefined where the path does not exist and its existing part is a folder
 * @throws the system's error if the path cannot be examined
 */
export function explainMissing(path: string): string | undefined {
  for (let part = resolve(path); part !== dirname(part); part = dirname(part)) {
    const entry = lstatEntry(part);
    if (entry === undefined) continue;
    const target = entry.isSymbolicLink() ? statSync(part, { throwIfNoEntry: false }) : entry;
    if (target === undefined) return `${showValue("path", part)} is a dangling link`;
    return target.isDirectory() || [path, NO_HOME].includes(part)
      ? undefined
      : `${showValue("path", part)} is not a folder`;
  }
  return undefined;
}

function lstatEntry(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (hasErrorCode(error, "ENOTDIR")) return undefined;
    throw error;
  }
}
