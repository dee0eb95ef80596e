import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  statfsSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { nameOf, ProviderError } from "./errors.ts";
import { faultOnTheWay } from "./file-safety.ts";
import type { Store, StoredFile } from "./world.ts";

/** Bytes; a configuration of 200 rules has about 60,000. */
const MAX_FILE = 256 * 1024;
const OTHERS = 0o077;
/** What `statfs(2)` says of memory: nothing of the cache ever comes to a disk. */
const IN_MEMORY: readonly number[] = [0x01021994 /* tmpfs */, 0x858458f6 /* ramfs */];

/**
 * A folder in memory that is this user's alone, made where it is missing. A file's mark is a symbolic link that leads nowhere: made in
 * one step with its text, or not at all, and read in one.
 *
 * @param directory an absolute path
 * @throws ProviderError `cache-unusable`
 */
export function openStore(directory: string, user: number | undefined): Store {
  const within = <T>(what: string, action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw error instanceof ProviderError ? error : unusable(`${what}: ${nameOf(error)}`, error);
    }
  };
  within(directory, () => requireOurs(directory, user));
  const pathOf = (name: string) => `${directory}/${name}`;
  return {
    read: (name) => within(pathOf(name), () => readOurs(pathOf(name), user)),
    write: (name, text) => within(pathOf(name), () => writeWhole(pathOf(name), text)),
    mark: (name, text) => within(pathOf(name), () => made(pathOf(name), text)),
    readMark: (name) => within(pathOf(name), () => unlessAbsent(() => readlinkSync(pathOf(name)))),
    count: (name) => quietly(() => addByte(pathOf(name))),
    remove: (name) => quietly(() => rmSync(pathOf(name))),
    list: () => within(directory, () => filesIn(directory)),
  };
}

function unusable(detail: string, cause?: unknown): ProviderError {
  return new ProviderError("cache-unusable", { detail, cause });
}

function requireOurs(directory: string, user: number | undefined): void {
  if (user === undefined) throw unusable("this system does not say whose a folder is");
  const found = unlessAbsent(() => lstatSync(directory)) ?? madeFolder(directory, user);
  const fault =
    faultOfFolder(found, user) ?? faultOnTheWay(directory, found, user) ?? faultOfPlace(directory);
  if (fault !== undefined) throw unusable(`${directory}: ${fault}`);
}

/** Not even an empty folder is left where nothing may be kept. Another run may make it at the same moment. */
function madeFolder(directory: string, user: number): Stats {
  const parent = directory.replace(/[^/]+$/, "");
  const fault = faultOnTheWay(directory, undefined, user) ?? faultOfPlace(parent);
  if (fault !== undefined) throw unusable(`${directory}: ${fault}`);
  created(() => mkdirSync(directory, { mode: 0o700 }));
  return lstatSync(directory);
}

function faultOfPlace(path: string): string | undefined {
  return IN_MEMORY.includes(statfsSync(path).type) ? undefined : "it is not on tmpfs";
}

function faultOfFolder(stats: Stats, user: number): string | undefined {
  if (stats.isSymbolicLink()) return "it is a link";
  if (!stats.isDirectory()) return "it is no folder";
  if (stats.uid !== user) return "it belongs to another user";
  return (stats.mode & OTHERS) === 0 ? undefined : "others may come at it: its mode is not 0700";
}

/** Opened without waiting and without following a link, and looked at before it is read. */
function readOurs(path: string, user: number | undefined): string | undefined {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const descriptor = unlessAbsent(() => openSync(path, flags));
  if (descriptor === undefined) return undefined;
  try {
    const stats = fstatSync(descriptor);
    const fault = faultOfFile(stats, user);
    if (fault === undefined) return textIn(descriptor, stats.size);
    quietly(() => rmSync(path));
    throw unusable(`${path}: ${fault}`);
  } finally {
    closeSync(descriptor);
  }
}

function faultOfFile(stats: Stats, user: number | undefined): string | undefined {
  if (!stats.isFile()) return "it is no file";
  if (stats.uid !== user) return "it belongs to another user";
  if ((stats.mode & OTHERS) !== 0) return "others may come at it";
  if (stats.nlink > 1) return "it has another name too";
  return stats.size > MAX_FILE ? `it is larger than ${MAX_FILE} bytes` : undefined;
}

function textIn(descriptor: number, size: number): string {
  const buffer = Buffer.allocUnsafe(size);
  return buffer.toString("utf8", 0, readSync(descriptor, buffer));
}

/** Beside it first: who reads meanwhile has the former one, and who kills this process leaves it. */
function writeWhole(path: string, text: string): void {
  const bytes = Buffer.from(text);
  if (bytes.length > MAX_FILE) throw unusable(`${path}: larger than ${MAX_FILE} bytes`);
  const beside = `${path}.new-${process.pid}`;
  quietly(() => rmSync(beside));
  const descriptor = openSync(beside, NEW, 0o600);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
    renameSync(beside, path);
  } catch (error) {
    quietly(() => rmSync(beside));
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const COUNTING =
  constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function addByte(path: string): void {
  const descriptor = openSync(path, COUNTING, 0o600);
  try {
    writeSync(descriptor, ".");
  } finally {
    closeSync(descriptor);
  }
}

function made(path: string, text: string): boolean {
  return created(() => symlinkSync(text, path));
}

function filesIn(directory: string): readonly StoredFile[] {
  return readdirSync(directory).flatMap((name) => {
    const stats = unlessAbsent(() => lstatSync(`${directory}/${name}`));
    return stats === undefined ? [] : [{ name, size: stats.size, modified: stats.mtimeMs }];
  });
}

function created(make: () => void): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

function unlessAbsent<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // what cannot be counted or taken away is met again by who reads it
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
