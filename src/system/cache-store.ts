/** The directory of the cache. `cache-file.ts` reads and writes the files in it. */
import {
  accessSync,
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  type Stats,
  statfsSync,
} from "node:fs";
import type { CacheStore, StoredFile } from "../core/world.ts";
import { hasErrorCode } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";
import { cacheUnusable, withPathInErrors } from "./cache-errors.ts";
import {
  appendByte,
  createLock,
  GROUP_AND_OTHERS,
  ignoreMissing,
  ignoreSystemErrors,
  peekCacheFile,
  readCacheFile,
  readLockFile,
  writeCacheFile,
} from "./cache-file.ts";
import { findPathFault } from "./file-permissions.ts";

/** File system types (`statfs(2)`) without a disk, to which no secret may be written. */
const IN_MEMORY: readonly number[] = [0x01021994 /* tmpfs */, 0x858458f6 /* ramfs */];

/**
 * Opens the directory, and creates it if it is missing. It must be in memory, and only this user may have access.
 *
 * @param directory an absolute path
 * @throws ProviderError `cache-unusable`
 */
export function openStore(directory: string, user: number | undefined): CacheStore {
  const owner = assertKnownUser(user);
  withPathInErrors(showValue("path", directory), () => {
    const found = ignoreMissing(() => lstatSync(directory));
    assertUsableDirectory(directory, found ?? createDirectory(directory, owner), owner);
  });
  return createStore(directory, owner);
}

/**
 * Opens the directory if it exists. If it does not, checks whether a run could create it.
 *
 * @throws ProviderError `cache-unusable`
 */
export function openExistingStore(directory: string, user: number | undefined): CacheStore | undefined {
  const owner = assertKnownUser(user);
  return withPathInErrors(showValue("path", directory), () => {
    const found = ignoreMissing(() => lstatSync(directory));
    if (found !== undefined) assertUsableDirectory(directory, found, owner);
    else accessSync(assertUsableParent(directory, owner), constants.W_OK);
    return found && createStore(directory, owner);
  });
}

function assertKnownUser(user: number | undefined): number {
  if (user === undefined) throw cacheUnusable("this system has no user ids");
  return user;
}

function createStore(directory: string, user: number): CacheStore {
  const resolve = (name: string) => `${directory}/${name}`;
  // A file name is a cache key, which is not a secret.
  const run = <T>(name: string, action: (path: string) => T) =>
    withPathInErrors(`${showValue("path", directory)}/${name}`, () => action(resolve(name)));
  return {
    read: (name) => run(name, (path) => readCacheFile(path, user)),
    peek: (name) => peekCacheFile(resolve(name), user),
    write: (name, text) => run(name, (path) => writeCacheFile(path, text)),
    createExclusive: (name, text) => run(name, (path) => createLock(path, text)),
    readLock: (name) => run(name, readLockFile),
    incrementCounter: (name) => ignoreSystemErrors(() => appendByte(resolve(name))),
    remove: (name) => ignoreSystemErrors(() => rmSync(resolve(name))),
    list: () => withPathInErrors(showValue("path", directory), () => listFiles(directory)),
    isWritable: () =>
      ignoreSystemErrors(() => {
        accessSync(directory, constants.W_OK);
        return true;
      }) ?? false,
  };
}

function assertUsableDirectory(directory: string, found: Stats, user: number): void {
  const fault =
    findCacheDirectoryFault(found, user) ??
    findPathFault(directory, found, user) ??
    findFileSystemFault(directory);
  if (fault !== undefined) throw cacheUnusable(fault);
}

/** Checks the parent first, so that no empty directory is left on a disk. Another run may create the directory at the same time. */
function createDirectory(directory: string, user: number): Stats {
  assertUsableParent(directory, user);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (!hasErrorCode(error, "EEXIST")) throw error;
  }
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

function findCacheDirectoryFault(stats: Stats, user: number): string | undefined {
  if (stats.isSymbolicLink()) return "it is a symbolic link";
  if (!stats.isDirectory()) return "it is not a directory";
  if (stats.uid !== user) return "it is owned by another user";
  return (stats.mode & GROUP_AND_OTHERS) === 0
    ? undefined
    : "other users have access to it: its mode is not 0700";
}

function listFiles(directory: string): readonly StoredFile[] {
  return readdirSync(directory).flatMap((name) => {
    const stats = ignoreMissing(() => lstatSync(`${directory}/${name}`));
    return stats === undefined ? [] : [{ name, size: stats.size, modified: stats.mtimeMs }];
  });
}
