import { getPriority, setPriority } from "node:os";
import { isSystemError } from "../../src/errors/provider-error.ts";

/**
 * Runs this with the fake clouds, which live in this process, ahead of all that the machine runs: real ones do not wait for the
 * processors of a node. Only root may say so; for others a crowd is slower, and its runs ask again more often. What starts
 * programs is to be running by then, or they come before all others too.
 */
export async function cloudsElsewhere<T>(use: () => Promise<T>): Promise<T> {
  const usual = getPriority();
  prefer(-20);
  try {
    return await use();
  } finally {
    prefer(usual);
  }
}

function prefer(priority: number): void {
  try {
    setPriority(priority);
  } catch (error) {
    // Only root may.
    if (!isSystemError(error)) throw error;
  }
}
