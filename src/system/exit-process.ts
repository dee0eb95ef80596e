import { existsSync } from "node:fs";
import { realMachine } from "./machine.ts";

/** Node's name for a DNS look-up that is in progress on its thread pool. */
const DNS_LOOKUP_RESOURCE = "GetAddrInfoReqWrap";
/** Passed by `exitProcess` to the new image of the process, never by a caller. */
const EXIT_STATUS_FLAG = "--end-with-status";
/** The file of this process, even if it was renamed, replaced or deleted (`proc(5)`). */
const OWN_EXECUTABLE = "/proc/self/exe";

/**
 * Ends the process. `process.exit` waits for the thread pool, where a DNS look-up may hang longer than the kubelet waits, so that
 * the error line would be lost. If a look-up is in progress, the process therefore replaces itself (`execve(2)`) with an image that
 * only exits with the status.
 */
export function exitProcess(status: number): never {
  const argv = process.argv[1] === process.execPath ? [process.execPath] : process.argv.slice(0, 2);
  const isLookingUp = process.getActiveResourcesInfo().includes(DNS_LOOKUP_RESOURCE);
  // Without /proc, `process.exit` waits for the look-up: Node.js aborts if execve fails.
  if (isLookingUp && existsSync(OWN_EXECUTABLE)) {
    // execve calls no exit handlers, and one of them ends a helper program that is still running.
    process.emit("exit", status);
    process.execve?.(
      OWN_EXECUTABLE,
      [...argv, EXIT_STATUS_FLAG, String(status), realMachine.processIdentity()],
      {},
    );
  }
  process.exit(status);
}

/** Exits if `exitProcess` started this image. The process id and start time, which execve keeps, prove it. */
export function exitIfReplaced(): void {
  const [flag, status, sender] = process.argv.slice(2);
  if (flag === EXIT_STATUS_FLAG && sender === realMachine.processIdentity()) process.exit(Number(status));
}
