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
import type { Environment, FileFingerprint, FileSafety, World } from "../core/world.ts";
import type { TrustList } from "../egress/trust-list.ts";
import { describeThrown, hasErrorCode, isSystemError, ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";
import { realMachine } from "./boot-clock.ts";
import { cacheUnusable, withPathInErrors } from "./cache-errors.ts";
import { openExistingStore, openStore } from "./cache-store.ts";
import { elapsed } from "./clock.ts";
import { assertSafeFile, explainMissing } from "./file-permissions.ts";

/** What a run tells its edge on the way. */
interface ProgressListener {
  /** What is being done now, for the line at the deadline. */
  setStep(step: string): void;
  /** A line for whoever debugs a run that succeeds. */
  note(line: string): void;
}

/** All variables there were: the configuration file may name some, with secrets in them. */
export type Variables = ReadonlyMap<string, string>;

/** The World of a real run. What makes sockets or processes is loaded when it is first needed. */
export function createRealWorld(env: Environment, variables: Variables, listener: ProgressListener): World {
  let trust: Promise<TrustList> | undefined;
  return {
    ...listener,
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
  ["EACCES", "this user may not read it, or a folder above it"],
  ["ELOOP", "its links lead in a circle"],
];

/**
 * Opened without waiting, so that a FIFO in the place of a file cannot hang the run; read no further than the limit. Read at
 * once and not on Node's threads: to start those costs more than the few small files that are on the node itself.
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

/** Opens a file if it exists. `open(2)` fails alike for an absent path, a dangling link and a file in place of a folder. */
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

/** As many bytes as there are, and no more than these: what a file of the system says of its size is not to be relied on. */
function readUpTo(descriptor: number, most: number): Buffer {
  const buffer = Buffer.allocUnsafe(most);
  let length = 0;
  for (let read = -1; read !== 0 && length < most; length += read)
    read = readSync(descriptor, buffer, length, most - length, null);
  return buffer.subarray(0, length);
}

function unreadable(path: string, why: string, cause?: unknown): ProviderError {
  return new ProviderError("file-unreadable", { detail: `${showValue("path", path)}: ${why}`, cause });
}

/** Which file it is, how large, and when it was last changed in any way: nobody can set that (`stat(2)`, `st_ctim`). */
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
    return { text: describeThrown(error), changedAt: 0 }; // who may not look will not read it either, and say so
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

/** No memory of this process goes into a core dump (`core(5)`); where Linux does not let us, nothing is lost. */
export function excludeFromCoreDumps(): void {
  try {
    writeFileSync("/proc/self/coredump_filter", "0");
  } catch (error) {
    // Another system, or a /proc that cannot be written.
    if (!isSystemError(error)) throw error;
  }
}
