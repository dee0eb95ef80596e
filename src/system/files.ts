/** How the files of the operator and of the node are read. `cache-file.ts` reads those of the cache. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import type { FileFingerprint, FileSafety } from "../core/world.ts";
import { describeThrown, hasErrorCode, isSystemError, ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";
import { assertSafeFile, explainMissing } from "./file-permissions.ts";

/** System error codes that occur in practice, with their description. */
const READ_FAILURES: readonly (readonly [code: string, description: string])[] = [
  ["EACCES", "permission denied for it or a directory above it"],
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
    const reason = READ_FAILURES.find(([code]) => hasErrorCode(error, code))?.[1] ?? describeThrown(error);
    throw unreadable(path, reason, error);
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
    const reason = explainMissing(path);
    if (reason === undefined) return undefined;
    throw unreadable(path, reason);
  }
}

/** Reads to the end of the file, or to the limit. Files of `/proc` and `/sys` report a wrong size. */
export function readUpTo(descriptor: number, limit: number): Buffer {
  const buffer = Buffer.allocUnsafe(limit);
  let length = 0;
  for (let read = -1; read !== 0 && length < limit; length += read)
    read = readSync(descriptor, buffer, length, limit - length, null);
  return buffer.subarray(0, length);
}

function unreadable(path: string, reason: string, cause?: unknown): ProviderError {
  return new ProviderError("file-unreadable", { detail: `${showValue("path", path)}: ${reason}`, cause });
}

/** Includes the change time (`st_ctim` of `stat(2)`), which a user cannot set, unlike the modification time. */
export function fingerprintFile(path: string): FileFingerprint | undefined {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) {
      const reason = explainMissing(path);
      return reason === undefined ? undefined : { text: reason, changedAt: 0 };
    }
    const text = [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(" ");
    return { text, changedAt: Number(stats.ctimeNs / 1_000_000n) };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return { text: describeThrown(error), changedAt: 0 }; // reading the file fails too, and reports why
  }
}
