import { getPriority, setPriority } from "node:os";
import { isSystemError } from "../../src/errors/provider-error.ts";

/**
 * Raises the priority of this process, in which the fake clouds run, during `use`: real clouds do not compete for the processors
 * of a node. Only root may do so; without it, concurrent runs are slower and retry more often. Processes inherit the priority, so
 * the process that starts the programs must be running before.
 */
export async function withCloudPriority<T>(use: () => Promise<T>): Promise<T> {
  const previous = getPriority();
  trySetPriority(-20);
  try {
    return await use();
  } finally {
    trySetPriority(previous);
  }
}

function trySetPriority(priority: number): void {
  try {
    setPriority(priority);
  } catch (error) {
    // Only root may raise the priority.
    if (!isSystemError(error)) throw error;
  }
}
