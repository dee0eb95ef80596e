import { execFile } from "node:child_process";
import type { Milliseconds } from "./time.ts";
import type { ProcessResult } from "./world.ts";

/** Bytes that a helper program may print. */
const STDOUT_LIMIT = 64 * 1024;

/**
 * Runs a program by its argument list: no shell, nothing on its stdin, its stderr dropped (it may quote a secret),
 * killed at the timeout. Our own pipes are not handed on: a child that outlives us must not hold the kubelet's.
 */
export function runProgram(
  argv: readonly string[],
  timeout: Milliseconds,
  env: NodeJS.ProcessEnv,
): Promise<ProcessResult> {
  const [program = "", ...rest] = argv;
  const options = {
    env,
    timeout,
    killSignal: "SIGKILL",
    maxBuffer: STDOUT_LIMIT,
    cwd: "/",
    windowsHide: true,
  } as const;
  return new Promise((resolve) => {
    const child = execFile(program, rest, options, (error, stdout) => {
      resolve({ status: error === null ? 0 : exitStatusOf(child.exitCode), stdout });
    });
    child.stdin?.end();
  });
}

/** Of a program that could not be started Node says a negative number, of one that was killed null. */
function exitStatusOf(code: number | null): number | undefined {
  return code === null || code < 0 ? undefined : code;
}
