import { type Milliseconds, SECOND } from "../core/time.ts";
import type { AttemptOutcome } from "./attempt.ts";
import type { Destination } from "./destination.ts";
import { LIMITS } from "./limits.ts";

/** The maximum of the first backoff. Each further retry doubles it, up to the cap. */
const BACKOFF_BASE: Milliseconds = 200;
const BACKOFF_CAP: Milliseconds = 4 * SECOND;

/** The time before the deadline in which no throttled request is retried. It is reserved for the last response and the error line. */
export const THROTTLE_RETRY_CUTOFF: Milliseconds = 2 * SECOND;
/**
 * A throttled request is retried only if at least this much time is left until the cutoff. In less time, the retries of all
 * throttled nodes would coincide.
 */
const MIN_THROTTLE_WINDOW: Milliseconds = 3 * SECOND;
/**
 * The first retries of throttled nodes are spread over this period. If 1,000 nodes start at once and share a quota of 200
 * requests plus 20 per second, their retries stay below 60 per second, and all nodes succeed (`test/fleet/`).
 */
const FIRST_THROTTLE_SPREAD: Milliseconds = 26 * SECOND;

/**
 * Returns how long after the first attempt this outcome may be retried: 0 if it is final; `throttled` if the service works and
 * limits the rate. A 429 of a metadata service is an ordinary failure, because only this node sends requests to it.
 */
export function getRetryWindow(
  { response, failure }: AttemptOutcome,
  { kind, retryWindow, withoutRetries = false }: Destination,
): Milliseconds | "throttled" {
  if (withoutRetries) return 0;
  const limits = LIMITS[kind];
  if (failure === undefined) {
    const { status } = response;
    if (status === 429 && kind === "token") return "throttled";
    const specific = retryWindow?.(response);
    if (specific !== undefined) return specific;
    if (status === 429) return limits.timeBudget;
    return status === 408 || status >= 500 ? limits.failureRetryWindow : 0;
  }
  switch (failure.code) {
    case "connection-refused":
    case "network-unreachable":
    case "dns-failed":
    case "proxy-unreachable":
      return limits.connectionRefusedRetryWindow;
    case "connection-lost":
    case "tls-failed":
      return limits.failureRetryWindow;
    case "connect-timeout":
    case "response-timeout":
      return limits.timeBudget;
    default:
      return 0;
  }
}

/** Returns the pause before the next attempt: backoff with full jitter, or the service's `Retry-After` if that is longer. */
export function computeBackoff(tries: number, { response }: AttemptOutcome, random: number): Milliseconds {
  return Math.max(computeJitter(tries, random), parseRetryAfter(response?.headers["retry-after"]));
}

/**
 * Returns the pause before a throttled request is retried: the service's `Retry-After` plus jitter. Without that header, the
 * first retry is at a random time within `FIRST_THROTTLE_SPREAD`, and each further one at a random time in the second half of
 * the time left. Exponential backoff suits a few clients; with a whole fleet of nodes, nearly all of its early retries would be
 * throttled again.
 *
 * @param untilDeadline the time left until the deadline of the run or of the refresh
 * @returns undefined if too little time is left for a retry
 */
export function computeThrottlePause(
  tries: number,
  { response }: AttemptOutcome,
  random: number,
  untilDeadline: Milliseconds,
): Milliseconds | undefined {
  const left = untilDeadline - THROTTLE_RETRY_CUTOFF;
  const requested = parseRetryAfter(response?.headers["retry-after"]);
  if (requested > 0) {
    const pause = requested + computeJitter(tries, random);
    return pause < left ? pause : undefined;
  }
  if (left < MIN_THROTTLE_WINDOW) return undefined;
  return tries === 1 ? random * Math.min(FIRST_THROTTLE_SPREAD, left) : ((1 + random) * left) / 2;
}

/** Full jitter: uniform between 0 and the backoff of this attempt (AWS Architecture Blog, "Exponential Backoff And Jitter"). */
function computeJitter(tries: number, random: number): Milliseconds {
  return random * Math.min(BACKOFF_CAP, BACKOFF_BASE * 2 ** (tries - 1));
}

/** Parses the seconds of `Retry-After` (RFC 9110 §10.2.3); 0 without them. The supported clouds do not send the form with a date. */
function parseRetryAfter(header: string | undefined): Milliseconds {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * SECOND : 0;
}
