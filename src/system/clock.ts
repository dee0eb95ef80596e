import { type Milliseconds, SECOND } from "../core/time.ts";

/**
 * Returns the monotonic time since the process started.
 *
 * perf: `performance.now()` returns the same, but loads `node:perf_hooks`.
 */
export function elapsed(): Milliseconds {
  return process.uptime() * SECOND;
}
