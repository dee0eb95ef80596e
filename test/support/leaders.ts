import { readFileSync, readlinkSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { CachedNode } from "./cached-node.ts";

/** The process ids that hold or held the lease and whose lock file still exists; the latest first. */
export function leaders(node: CachedNode): readonly number[] {
  const marks = node.listFiles().filter((name) => name.includes(".lease-"));
  const turnOf = (name: string) => Number(name.slice(name.lastIndexOf("-") + 1));
  return marks
    .sort((one, other) => turnOf(other) - turnOf(one))
    .flatMap((name) => textOf(node.path(name)))
    .map((text) => Number(text.split(" ")[1]));
}

/** The file may be deleted during the check. */
function textOf(path: string): readonly string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    return [];
  }
}

/** Returns the state of a process, `Z` for a zombie; undefined if it does not exist. */
export const stateOf = (pid: number): string | undefined => fieldsOf(pid)[0];

export const parentOf = (pid: number): number => Number(fieldsOf(pid)[1]);

/** Returns the part of `/proc/PID/stat` after the name. */
function fieldsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
  } catch {
    return [];
  }
}

/** Polls every few milliseconds; a wait without success ends by the test's own timeout. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(5);
}
