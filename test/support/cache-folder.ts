import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";

const MEMORY = "/dev/shm";
/** `statfs(2)` */
const TMPFS = 0x01021994;

/** Why nothing can be kept on this machine; false where it can. */
export const noMemory: string | false = isTmpfs() ? false : `${MEMORY} is not on tmpfs here`;

function isTmpfs(): boolean {
  try {
    return statfsSync(MEMORY).type === TMPFS;
  } catch {
    return false;
  }
}

/** A place for a cache's folder, of which nothing is left. The folder itself is not there yet. */
export async function withCacheFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const around = mkdtempSync(join(MEMORY, "cache-"));
  try {
    return await use(join(around, "logins"));
  } finally {
    rmSync(around, { recursive: true, force: true });
  }
}
