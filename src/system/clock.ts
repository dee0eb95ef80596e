import { type Milliseconds, SECOND } from "../core/time.ts";

/**
 * Since the process began; never goes backwards. `performance.now()` says the same, and loads `node:perf_hooks` for it
 * in a run that needs nothing else of that.
 */
export function elapsed(): Milliseconds {
  return process.uptime() * SECOND;
}
