import {
  accessSync,
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  type Stats,
  statfsSync,
  symlinkSync,
} from "node:fs";
import type { CacheStore, StoredFile } from "../core/world.ts";
import { hasErrorCode } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";
import { cacheUnusable, withPathInErrors } from "./cache-errors.ts";
import {
  appendByte,
  GROUP_AND_OTHERS,
  getSizeLimit,
  ignoreMissing,
  ignoreSystemErrors,
  isWritable,
  type OwnedFile,
  readOwnedFile,
  writeFileAtomically,
} from "./cache-file.ts";
import { findPathFault } from "./file-permissions.ts";

/** What `statfs(2)` says of memory: nothing of the cache ever comes to a disk. */
const IN_MEMORY: readonly number[] = [0x01021994 /* tmpfs */, 0x858458f6 /* ramfs */];

/**
 * A folder in memory that is this user's alone, made where it is missing. A file's mark is a symbolic link that leads nowhere: made in
 * one step with its text, or not at all, and read in one.
 *
 * @param directory an absolute path
 * @throws ProviderError `cache-unusable`
 */
export function openStore(directory: string, user: number | undefined): CacheStore {
  const owner = assertKnownUser(user);
  withPathInErrors(showValue("path", directory), () =>
    assertOwnedDirectory(directory, find(directory) ?? createDirectory(directory, owner), owner),
  );
  return createStore(directory, owner);
}

/**
 * The same, where there is such a folder: none is made. Where there is none, the place is judged as by a run that would make it.
 *
 * @throws ProviderError `cache-unusable`
 */
export function openExistingStore(directory: string, user: number | undefined): CacheStore | undefined {
  const owner = assertKnownUser(user);
  return withPathInErrors(showValue("path", directory), () => {
    const found = find(directory);
    if (found !== undefined) assertOwnedDirectory(directory, found, owner);
    else accessSync(assertUsableParent(directory, owner), constants.W_OK);
    return found && createStore(directory, owner);
  });
}

function assertKnownUser(user: number | undefined): number {
  if (user === undefined) throw cacheUnusable("this system does not say whose a folder is");
  return user;
}

function createStore(directory: string, user: number): CacheStore {
  const pathOf = (name: string) => `${directory}/${name}`;
  // File names in the cache are digests, not secrets.
  const shownAs = (name: string) => `${showValue("path", directory)}/${name}`;
  return {
    read: (name) => withPathInErrors(shownAs(name), () => readEntry(pathOf(name), user)),
    peek: (name) => textOf(ignoreSystemErrors(() => readOwnedFile(pathOf(name), user))),
    write: (name, text) => withPathInErrors(shownAs(name), () => writeEntry(pathOf(name), text)),
    createExclusive: (name, text) =>
      withPathInErrors(shownAs(name), () => tryCreate(() => symlinkSync(text, pathOf(name)))),
    readLock: (name) => withPathInErrors(shownAs(name), () => ignoreMissing(() => readLock(pathOf(name)))),
    incrementCounter: (name) => ignoreSystemErrors(() => appendByte(pathOf(name))),
    remove: (name) => ignoreSystemErrors(() => rmSync(pathOf(name))),
    list: () => withPathInErrors(showValue("path", directory), () => listFiles(directory)),
    isWritable: () => isWritable(directory),
  };
}

function find(directory: string): Stats | undefined {
  return ignoreMissing(() => lstatSync(directory));
}

function assertOwnedDirectory(directory: string, found: Stats, user: number): void {
  const fault =
    findDirectoryFault(found, user) ??
    findPathFault(directory, found, user) ??
    findFileSystemFault(directory);
  if (fault !== undefined) throw cacheUnusable(fault);
}

/** Not even an empty folder is left where nothing may be kept. Another run may make it at the same moment. */
function createDirectory(directory: string, user: number): Stats {
  assertUsableParent(directory, user);
  tryCreate(() => mkdirSync(directory, { mode: 0o700 }));
  return lstatSync(directory);
}

function assertUsableParent(directory: string, user: number): string {
  const parent = directory.replace(/[^/]+$/, "");
  const fault = findPathFault(directory, undefined, user) ?? findFileSystemFault(parent);
  if (fault !== undefined) throw cacheUnusable(fault);
  return parent;
}

function findFileSystemFault(path: string): string | undefined {
  return IN_MEMORY.includes(statfsSync(path).type) ? undefined : "it is not on tmpfs";
}

function findDirectoryFault(stats: Stats, user: number): string | undefined {
  if (stats.isSymbolicLink()) return "it is a link";
  if (!stats.isDirectory()) return "it is no folder";
  if (stats.uid !== user) return "it belongs to another user";
  return (stats.mode & GROUP_AND_OTHERS) === 0 ? undefined : "others may come at it: its mode is not 0700";
}

/** What is not as this program leaves its files is taken away. */
function readEntry(path: string, user: number): string | undefined {
  const content = readOwnedFile(path, user);
  if (content === undefined || "text" in content) return textOf(content);
  ignoreSystemErrors(() => rmSync(path));
  throw cacheUnusable(content.fault);
}

function textOf(content: OwnedFile | undefined): string | undefined {
  return content !== undefined && "text" in content ? content.text : undefined;
}

/** What else is in its place is an empty one: nobody holds it, and it can be taken away. */
function readLock(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (hasErrorCode(error, "EINVAL")) return "";
    throw error;
  }
}

function writeEntry(path: string, text: string): void {
  const bytes = Buffer.from(text);
  const limit = getSizeLimit(path);
  if (bytes.length > limit) throw cacheUnusable(`larger than ${limit} bytes`);
  writeFileAtomically(path, bytes);
}

function listFiles(directory: string): readonly StoredFile[] {
  return readdirSync(directory).flatMap((name) => {
    const stats = ignoreMissing(() => lstatSync(`${directory}/${name}`));
    return stats === undefined ? [] : [{ name, size: stats.size, modified: stats.mtimeMs }];
  });
}

function tryCreate(make: () => void): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if (hasErrorCode(error, "EEXIST")) return false;
    throw error;
  }
}
