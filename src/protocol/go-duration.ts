import { HOUR, MINUTE, type Milliseconds, SECOND } from "../core/time.ts";

/** Formats whole seconds as Go's `Duration.String()` does: `0s`, `59s`, `10m0s`, `6h0m0s`. */
export function formatGoDuration(time: Milliseconds): string {
  const hours = Math.floor(time / HOUR);
  const minutes = Math.floor((time % HOUR) / MINUTE);
  const seconds = Math.floor((time % MINUTE) / SECOND);
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
