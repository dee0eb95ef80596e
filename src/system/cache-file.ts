/** How one file or lock of the cache is read and written. `cache-store.ts` has the directory. */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  symlinkSync,
  writeSync,
} from "node:fs";
import { hasErrorCode, isSystemError } from "../errors/provider-error.ts";
import { cacheUnusable } from "./cache-errors.ts";

/** Bytes; the largest login of a cloud has about 4,000. */
const MAX_ENTRY_SIZE = 16 * 1024;
/** Bytes; 200 rules for one host have about 60,000. */
const MAX_RULES_SIZE = 256 * 1024;

export const GROUP_AND_OTHERS = 0o077;

/** `fault`: why the program refuses to read the file. */
type OwnedFile = { readonly text: string } | { readonly fault: string };

/** Returns undefined if the path does not exist. Deletes a file with a fault, and throws `cache-unusable`. */
export function readCacheFile(path: string, user: number): string | undefined {
  const file = readOwnedFile(path, user);
  if (file === undefined || "text" in file) return file?.text;
  ignoreSystemErrors(() => rmSync(path));
  throw cacheUnusable(file.fault);
}

/** Returns undefined if the path does not exist, and for a file with a fault, which stays. */
export function peekCacheFile(path: string, user: number): string | undefined {
  const file = ignoreSystemErrors(() => readOwnedFile(path, user));
  return file !== undefined && "text" in file ? file.text : undefined;
}

/** Opens the file without following a link and without waiting for the writer of a FIFO, and checks it before it is read. */
function readOwnedFile(path: string, user: number): OwnedFile | undefined {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const descriptor = ignoreMissing(() => openSync(path, flags));
  if (descriptor === undefined) return undefined;
  try {
    const stats = fstatSync(descriptor);
    const fault = findFileFault(stats, user, getSizeLimit(path));
    if (fault !== undefined) return { fault };
    const buffer = Buffer.allocUnsafe(stats.size);
    return { text: buffer.toString("utf8", 0, readSync(descriptor, buffer)) };
  } finally {
    closeSync(descriptor);
  }
}

function findFileFault(stats: Stats, user: number, limit: number): string | undefined {
  if (!stats.isFile()) return "it is not a regular file";
  if (stats.uid !== user) return "it is owned by another user";
  if ((stats.mode & GROUP_AND_OTHERS) !== 0) return "other users have access to it";
  if (stats.nlink > 1) return "it has another hard link";
  return stats.size > limit ? `it is larger than ${limit} bytes` : undefined;
}

/** Atomic write: write a temporary file, fsync, rename. A killed process leaves the temporary file, which `cache/eviction.ts` deletes. */
export function writeCacheFile(path: string, text: string): void {
  const bytes = Buffer.from(text);
  const limit = getSizeLimit(path);
  if (bytes.length > limit) throw cacheUnusable(`larger than ${limit} bytes`);
  const temporary = `${path}.new-${process.pid}`;
  ignoreSystemErrors(() => rmSync(temporary));
  const descriptor = openSync(temporary, CREATE, 0o600);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
    renameSync(temporary, path);
  } catch (error) {
    ignoreSystemErrors(() => rmSync(temporary));
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const APPEND =
  constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export function appendByte(path: string): void {
  const descriptor = openSync(path, APPEND, 0o600);
  try {
    writeSync(descriptor, ".");
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Creates a lock: a symbolic link whose target is the text and does not exist. Unlike a file, the system call that creates it also
 * writes the text, so no process sees an empty lock.
 *
 * @returns false if the path exists
 */
export function createLock(path: string, text: string): boolean {
  try {
    symlinkSync(text, path);
    return true;
  } catch (error) {
    if (hasErrorCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** Returns undefined if the path does not exist; "" if it is not a link, so that the lock counts as free and can be deleted. */
export function readLockFile(path: string): string | undefined {
  try {
    return ignoreMissing(() => readlinkSync(path));
  } catch (error) {
    if (hasErrorCode(error, "EINVAL")) return "";
    throw error;
  }
}

function getSizeLimit(path: string): number {
  return path.endsWith(".rules") ? MAX_RULES_SIZE : MAX_ENTRY_SIZE;
}

/** Returns undefined if a path does not exist. */
export function ignoreMissing<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** For actions that may fail without harm: a later read meets and reports the same fault. */
export function ignoreSystemErrors<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return undefined;
  }
}
