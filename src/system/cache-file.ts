import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from "node:fs";
import { hasErrorCode, isSystemError } from "../errors/provider-error.ts";

/** Bytes; the largest login of a cloud has about 4,000. */
const MAX_ENTRY_SIZE = 16 * 1024;
/** Bytes; 200 rules for one host have about 60,000. */
const MAX_RULES_SIZE = 256 * 1024;

/** Bytes, by the name's ending. */
export function getSizeLimit(path: string): number {
  return path.endsWith(".rules") ? MAX_RULES_SIZE : MAX_ENTRY_SIZE;
}

export const GROUP_AND_OTHERS = 0o077;

/** A file of the cache: its text, or why it is not as this program leaves them. */
export type OwnedFile = { readonly text: string } | { readonly fault: string };

/** Opened without waiting and without following a link, and looked at before it is read. Undefined where there is none. */
export function readOwnedFile(path: string, user: number): OwnedFile | undefined {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const descriptor = ignoreMissing(() => openSync(path, flags));
  if (descriptor === undefined) return undefined;
  try {
    const stats = fstatSync(descriptor);
    const fault = findFileFault(stats, user, getSizeLimit(path));
    return fault === undefined ? { text: textIn(descriptor, stats.size) } : { fault };
  } finally {
    closeSync(descriptor);
  }
}

function findFileFault(stats: Stats, user: number, limit: number): string | undefined {
  if (!stats.isFile()) return "it is no file";
  if (stats.uid !== user) return "it belongs to another user";
  if ((stats.mode & GROUP_AND_OTHERS) !== 0) return "others may come at it";
  if (stats.nlink > 1) return "it has another name too";
  return stats.size > limit ? `it is larger than ${limit} bytes` : undefined;
}

function textIn(descriptor: number, size: number): string {
  const buffer = Buffer.allocUnsafe(size);
  return buffer.toString("utf8", 0, readSync(descriptor, buffer));
}

/** Beside it first: who reads meanwhile has the former one, and who kills this process leaves it. */
export function writeFileAtomically(path: string, bytes: Uint8Array): void {
  const beside = `${path}.new-${process.pid}`;
  ignoreSystemErrors(() => rmSync(beside));
  const descriptor = openSync(beside, NEW, 0o600);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
    renameSync(beside, path);
  } catch (error) {
    ignoreSystemErrors(() => rmSync(beside));
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const COUNTING =
  constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export function appendByte(path: string): void {
  const descriptor = openSync(path, COUNTING, 0o600);
  try {
    writeSync(descriptor, ".");
  } finally {
    closeSync(descriptor);
  }
}

/** Whether the file system takes anything from this user. */
export function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return false;
  }
}

export function ignoreMissing<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** What cannot be counted, taken away or looked at is met again by who has to read it. */
export function ignoreSystemErrors<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return undefined;
  }
}
