/** Directories on tmpfs, which the cache requires. */
import { accessSync, constants, statfsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";

export const SHARED_MEMORY = "/dev/shm";
/** The type of tmpfs in `statfs(2)`. */
const TMPFS = 0x01021994;

export function isInMemory(path: string): boolean {
  try {
    return statfsSync(path).type === TMPFS;
  } catch {
    return false;
  }
}

/** The reason why tests of the cache are skipped; false if they can run. */
export const memoryUnavailable: string | false =
  isInMemory(SHARED_MEMORY) && isWritable(SHARED_MEMORY)
    ? false
    : `${SHARED_MEMORY} is not a tmpfs that this user can write to: mount -t tmpfs -o mode=1777 tmpfs ${SHARED_MEMORY}`;

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Uses a temporary directory, and deletes it afterwards. */
export async function withMemoryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(SHARED_MEMORY, "cache-test-"));
  try {
    return await use(folder);
  } finally {
    // Runs of a failed test may still write to it.
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
