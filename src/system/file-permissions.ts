import { lstatSync, readlinkSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { FileSafety } from "../core/world.ts";
import { hasErrorCode, ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";

const OTHERS_READ = 0o004;
const GROUP_READ = 0o040;
const OTHERS_WRITE = 0o002;
const GROUP_WRITE = 0o020;
/** In a directory with this bit, only the owner of a file can delete or rename it. */
const STICKY = 0o1000;
/** The limit of Linux (`path_resolution(7)`). */
const MAX_LINKS = 40;

/**
 * Requires that only root and this user can change which file is at the path, and the file: checks the file, each directory above it
 * and each link. Access control lists of Windows are not checked.
 *
 * @param file the file that was opened, to which the path must still lead
 * @param user undefined on Windows
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
  if (uid !== 0 && uid !== user) return "it is owned by another user";
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
 * Describes how another user can change which file is at the path. Resolves the path component by component, as the kernel does.
 *
 * @param file the file that was opened, to which the path must still lead; undefined if the file may be missing
 */
export function findPathFault(path: string, file: Stats | undefined, user: number): string | undefined {
  let remaining = splitPath(path);
  let directory = "/";
  for (let links = 0; links <= MAX_LINKS; ) {
    const fault = findDirectoryFault(directory, user);
    if (fault !== undefined) return fault;
    const [name = "", ...rest] = remaining;
    const next = resolve(directory, name);
    const stats = lstatSync(next, { throwIfNoEntry: false });
    if (!stats?.isSymbolicLink()) {
      if (rest.length === 0 && file === undefined) return undefined;
      if (rest.length === 0) return isSameFile(stats, file) ? undefined : "it was replaced during the check";
      [directory, remaining] = [next, rest];
      continue;
    }
    if (stats.uid !== 0 && stats.uid !== user)
      return `the symbolic link ${showValue("path", next)} is owned by another user`;
    remaining = [...splitPath(resolve(directory, readlinkSync(next))), ...rest];
    directory = "/";
    links += 1;
  }
  return "too many levels of symbolic links";
}

const splitPath = (path: string): readonly string[] => resolve("/", path).split("/").filter(Boolean);
const isSameFile = (one: Stats | undefined, other: Stats | undefined): boolean =>
  one !== undefined && one.dev === other?.dev && one.ino === other.ino;

function findDirectoryFault(directory: string, user: number): string | undefined {
  const { uid, mode } = lstatSync(directory);
  if (uid !== 0 && uid !== user)
    return `the directory ${showValue("path", directory)} is owned by another user`;
  const writers = describeUsers(mode & GROUP_WRITE, mode & OTHERS_WRITE);
  if (writers === undefined || (mode & STICKY) !== 0) return undefined;
  return `the directory ${showValue("path", directory)}: ${writers} may write to it`;
}

/** The home directory of accounts without one. It is a device, and paths below it count as absent. */
const NO_HOME = "/dev/null";

/**
 * Explains why a path cannot be opened although it is not simply absent: a dangling link, or a file in place of a directory.
 *
 * @returns undefined where the path does not exist and its existing part is a directory
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
      : `${showValue("path", part)} is not a directory`;
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
