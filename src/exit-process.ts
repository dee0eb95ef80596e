import { existsSync } from "node:fs";
import { realMachine } from "./real-machine.ts";

/** What Node runs on its pool of threads for this program. */
const DNS_LOOKUP_RESOURCE = "GetAddrInfoReqWrap";
/** Passed from a process to the one that takes its place, never by a caller. */
const EXIT_STATUS_FLAG = "--end-with-status";
/** The file of this process, although it may have been renamed, replaced or deleted (`proc(5)`). */
const SELF = "/proc/self/exe";

/**
 * Ends the process. `process.exit` waits for the pool of threads, where a DNS look-up may hang longer than the kubelet waits,
 * and then the error line is lost. While a look-up is in progress the process is therefore replaced by a new image of itself that
 * only exits with the status.
 */
export function exitProcess(status: number): never {
  const argv = process.argv[1] === process.execPath ? [process.execPath] : process.argv.slice(0, 2);
  const isLookingUp = process.getActiveResourcesInfo().includes(DNS_LOOKUP_RESOURCE);
  // Without /proc the look-up is waited for: Node aborts where execve fails.
  if (isLookingUp && existsSync(SELF)) {
    // Otherwise nothing would end a program that is still running: execve calls no handlers.
    process.emit("exit", status);
    process.execve?.(SELF, [...argv, EXIT_STATUS_FLAG, String(status), realMachine.self()], {});
  }
  process.exit(status);
}

/** Exits where `exitProcess` started this image: process id and start time, which execve keeps, prove it. */
export function exitIfReplaced(): void {
  const [flag, status, sender] = process.argv.slice(2);
  if (flag === EXIT_STATUS_FLAG && sender === realMachine.self()) process.exit(Number(status));
}
