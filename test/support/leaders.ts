import { readFileSync, readlinkSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { CachedNode } from "./cached-node.ts";

/** Process numbers of those who lead or led, and whose mark is still there; the latest first. */
export function leaders(node: CachedNode): readonly number[] {
  const marks = node.files().filter((name) => name.includes(".lease-"));
  const turnOf = (name: string) => Number(name.slice(name.lastIndexOf("-") + 1));
  return marks
    .sort((one, other) => turnOf(other) - turnOf(one))
    .flatMap((name) => textOf(node.path(name)))
    .map((text) => Number(text.split(" ")[1]));
}

/** It may be taken away meanwhile. */
function textOf(path: string): readonly string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    return [];
  }
}

/** `Z` of one that is dead and that its parent has not looked at; undefined where there is none. */
export const stateOf = (pid: number): string | undefined => fieldsOf(pid)[0];

export const parentOf = (pid: number): number => Number(fieldsOf(pid)[1]);

/** Of `/proc/PID/stat`, what comes after the name. */
function fieldsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
  } catch {
    return [];
  }
}

/** Looks every few milliseconds; who waits in vain fails by the test's own timeout. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(5);
}
