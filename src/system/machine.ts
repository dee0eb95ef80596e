import { readFileSync } from "node:fs";
import type { Machine } from "../core/world.ts";
import { isSystemError } from "../errors/provider-error.ts";

/** Read once, because a run needs it several times. */
let bootId: string | undefined;

/** Reads `/proc` (`proc(5)`). Without it every other process counts as ended, so every run fetches its own login. */
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
  isRunning: (identity) => {
    const [, pid = "", startTime = ""] = /^(\d+) (\d+)$/.exec(identity) ?? [];
    return startTime !== "" && readStartTime(Number(pid)) === startTime;
  },
};

/** States of a zombie and of a dead process. Its parent has not collected its exit status yet. */
const ENDED: readonly string[] = ["Z", "X", "x"];

/**
 * Returns when a process started, in clock ticks since boot. Together with the process id, which the kernel reuses, it identifies a
 * process. Undefined if the process has ended.
 */
function readStartTime(pid: number): string | undefined {
  // `pid (name) state ppid …`: the name may hold any character. The state is the 3rd field and the start time the 22nd.
  const fields = readTextFile(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, "")
    .split(" ");
  const [state = "X"] = fields ?? [];
  return ENDED.includes(state) ? undefined : fields?.[19];
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
