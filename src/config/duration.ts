import { HOUR, MINUTE, type Milliseconds, SECOND } from "../core/time.ts";

const SHAPE = /^(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?$/;

/** Returns a duration in the format of `schema.ts`: `30s`, `5m`, `1h30m`. */
export function parseDuration(text: string): Milliseconds {
  const [, hours = 0, minutes = 0, seconds = 0] = SHAPE.exec(text) ?? [];
  return Number(hours) * HOUR + Number(minutes) * MINUTE + Number(seconds) * SECOND;
}
