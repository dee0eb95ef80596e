import { readFileSync } from "node:fs";
import type { Machine } from "../core/world.ts";
import { isSystemError } from "../errors/provider-error.ts";

/** Of this start: read once, since a run meets it several times. */
let bootId: string | undefined;

/** By `/proc` (`proc(5)`): where there is none, every other process counts as gone, and each asks by itself. */
export const realMachine: Machine = {
  user: process.getuid?.(),
  home: readPasswdHome,
  bootId: () => {
    bootId ??= readTextFile("/proc/sys/kernel/random/boot_id")?.trim();
    return bootId;
  },
  // CLOCK_MONOTONIC, in whole milliseconds.
  monotonicNow: () => Number(process.hrtime.bigint() / 1_000_000n),
  processIdentity: () => `${process.pid} ${readStartTime(process.pid) ?? ""}`,
  isRunning: (told) => {
    const [, pid = "", start = ""] = /^(\d+) (\d+)$/.exec(told) ?? [];
    return start !== "" && readStartTime(Number(pid)) === start;
  },
};

/** Zombies and what is being taken away: they run no more, though their parent has not looked yet. */
const GONE: readonly string[] = ["Z", "X", "x"];

/** When the process began, in ticks since boot: with its number, no other is like it. Undefined where it does not run. */
function readStartTime(pid: number): string | undefined {
  // `pid (name) state ppid …`; the name may hold anything. The start is the 22nd field, the state the third.
  const fields = readTextFile(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, "")
    .split(" ");
  const [state = "X"] = fields ?? [];
  return GONE.includes(state) ? undefined : fields?.[19];
}

function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return undefined;
  }
}

/**
 * Returns the home directory in `/etc/passwd` (`passwd(5)`). The file is read directly, because the C library may query a
 * directory service without a deadline, and loading `node:os` takes too long for a start.
 */
function readPasswdHome(): string | undefined {
  const user = process.getuid?.();
  const entries = readTextFile("/etc/passwd")
    ?.split("\n")
    .map((line) => line.split(":"));
  return entries?.find(([, , uid]) => uid === String(user))?.[5] || undefined;
}
