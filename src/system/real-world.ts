import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { Secret } from "../core/secret.ts";
import { RUN_TIMEOUT } from "../core/time.ts";
import type { Environment, FileFingerprint, FileSafety, Log, World } from "../core/world.ts";
import type { TrustList } from "../egress/trust-list.ts";
import { describeThrown, hasErrorCode, isSystemError, ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";
import { cacheUnusable, withPathInErrors } from "./cache-errors.ts";
import { openExistingStore, openStore } from "./cache-store.ts";
import { elapsed } from "./clock.ts";
import { assertSafeFile, explainMissing } from "./file-permissions.ts";
import { realMachine } from "./machine.ts";

/** All environment variables. The configuration file may name any of them, and some hold secrets. */
export type Variables = ReadonlyMap<string, string>;

/**
 * Creates the World of a real run.
 *
 * perf: the modules for sockets and child processes are loaded at their first use.
 */
export function createRealWorld(env: Environment, variables: Variables, log: Log): World {
  let trust: Promise<TrustList> | undefined;
  return {
    ...log,
    env,
    now: Date.now,
    elapsed,
    deadline: RUN_TIMEOUT,
    random: Math.random,
    randomKey,
    sleep: (time) => new Promise((resolve) => setTimeout(resolve, time)),
    readFile,
    hasFile,
    fingerprintFile,
    openStore: (directory) => openStore(directory, realMachine.user),
    openExistingStore: (directory) => openExistingStore(directory, realMachine.user),
    machine: realMachine,
    readSecretVariable: (name) => {
      const value = variables.get(name);
      return value === undefined ? undefined : new Secret(value);
    },
    exchange: async (request) => {
      const { readTrustList } = await import("../egress/trust-list.ts");
      trust ??= readTrustList(env, readFile);
      const trusted = await trust;
      const { exchange } = await import("../egress/transport.ts");
      return exchange(request, trusted);
    },
    run: async (argv, timeout) => {
      const { runProgram } = await import("./subprocess.ts");
      return runProgram(argv, timeout, variables);
    },
  };
}

/** System error codes that occur in practice, with their description. */
const READ_FAILURES: readonly (readonly [code: string, words: string])[] = [
  ["EACCES", "this user may not read it, or a directory above it"],
  ["ELOOP", "its symbolic links form a loop"],
];

/**
 * Reads a file up to the limit. It is opened in non-blocking mode, so that a FIFO in place of the file cannot hang the run.
 *
 * perf: synchronous, because starting Node's thread pool takes longer than reading the few small files of a node.
 *
 * @returns undefined only if the path does not exist
 * @throws ProviderError `file-unreadable`, `file-unsafe`
 */
export async function readFile(
  path: string,
  limit: number,
  safety?: FileSafety,
): Promise<string | undefined> {
  return withRegularFile(path, (descriptor, stats) => {
    if (safety !== undefined) assertSafeFile(path, stats, safety, process.getuid?.());
    const bytes = readUpTo(descriptor, limit + 1);
    if (bytes.length > limit) throw unreadable(path, `larger than ${limit} bytes`);
    return bytes.toString("utf8");
  });
}

/** Reports whether a regular file exists that this user may read. Throws as `readFile`. */
export async function hasFile(path: string): Promise<boolean> {
  return withRegularFile(path, () => true) ?? false;
}

/** Opens a file for one use of it. Returns undefined only if the path does not exist. Throws ProviderError `file-unreadable`. */
function withRegularFile<T>(path: string, use: (descriptor: number, stats: Stats) => T): T | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openExisting(path);
    if (descriptor === undefined) return undefined;
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw unreadable(path, "not a regular file");
    return use(descriptor, stats);
  } catch (error) {
    // Node.js itself refuses a path with a NUL.
    if (!isSystemError(error) && !hasErrorCode(error, "ERR_INVALID_ARG_VALUE")) throw error;
    const why = READ_FAILURES.find(([code]) => hasErrorCode(error, code))?.[1] ?? describeThrown(error);
    throw unreadable(path, why, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Opens a file if it exists. `open(2)` fails alike for an absent path, a dangling link and a file in place of a directory. */
function openExisting(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (!hasErrorCode(error, "ENOENT") && !hasErrorCode(error, "ENOTDIR")) throw error;
    const why = explainMissing(path);
    if (why === undefined) return undefined;
    throw unreadable(path, why);
  }
}

/** Reads to the end of the file, or to the limit. Files of `/proc` and `/sys` report a wrong size. */
function readUpTo(descriptor: number, limit: number): Buffer {
  const buffer = Buffer.allocUnsafe(limit);
  let length = 0;
  for (let read = -1; read !== 0 && length < limit; length += read)
    read = readSync(descriptor, buffer, length, limit - length, null);
  return buffer.subarray(0, length);
}

function unreadable(path: string, why: string, cause?: unknown): ProviderError {
  return new ProviderError("file-unreadable", { detail: `${showValue("path", path)}: ${why}`, cause });
}

/** Includes the change time (`st_ctim` of `stat(2)`), which a user cannot set, unlike the modification time. */
export function fingerprintFile(path: string): FileFingerprint | undefined {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) {
      const why = explainMissing(path);
      return why === undefined ? undefined : { text: why, changedAt: 0 };
    }
    const text = [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(" ");
    return { text, changedAt: Number(stats.ctimeNs / 1_000_000n) };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return { text: describeThrown(error), changedAt: 0 }; // reading the file fails too, and reports why
  }
}

const RANDOM_DEVICE = "/dev/urandom";
/** Major number 1, minor number 9 (`random(4)`). Another device in its place could give a predictable key. */
const RANDOM_DEVICE_NUMBER = 0x109;
/** Bytes. */
const KEY_LENGTH = 32;

/** Reads a key from the device. perf: loading `node:crypto` takes a fifth of a bare start. Throws `cache-unusable`. */
function randomKey(): string {
  return withPathInErrors(RANDOM_DEVICE, () => {
    const descriptor = openSync(RANDOM_DEVICE, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const bytes =
        fstatSync(descriptor).rdev === RANDOM_DEVICE_NUMBER ? readUpTo(descriptor, KEY_LENGTH) : undefined;
      if (bytes?.length === KEY_LENGTH) return bytes.toString("hex");
    } finally {
      closeSync(descriptor);
    }
    throw cacheUnusable("it is not the kernel's random device");
  });
}

/** Excludes the memory of this process, which holds secrets, from core dumps (`core(5)`), as far as the system supports it. */
export function excludeFromCoreDumps(): void {
  try {
    writeFileSync("/proc/self/coredump_filter", "0");
  } catch (error) {
    // Not Linux, or `/proc` is read-only.
    if (!isSystemError(error)) throw error;
  }
}
