import { OVERALL } from "../core/deadline.ts";
import { type Milliseconds, SECOND } from "../core/time.ts";
import type { AttemptOutcome } from "./attempt.ts";
import type { Destination } from "./destination.ts";

export interface Limits {
  readonly connectTimeout: Milliseconds;
  readonly tryTimeout: Milliseconds;
  /** For all tries at destinations of this kind together. */
  readonly total: Milliseconds;
  /** Bytes. */
  readonly bodyLimit: number;
  /** How long a refused connection is tried again: at boot a service may come up, but a line is owed within 2 s. */
  readonly connectionRefusedRetryWindow: Milliseconds;
  /** How long a failing service (408, 5xx, broken connection) is tried again. */
  readonly failureRetryWindow: Milliseconds;
}

export const LIMITS: Readonly<Record<Destination["kind"], Limits>> = {
  metadata: {
    connectTimeout: SECOND,
    tryTimeout: 2 * SECOND,
    total: 15 * SECOND,
    bodyLimit: 64 * 1024,
    connectionRefusedRetryWindow: 1.5 * SECOND,
    failureRetryWindow: 15 * SECOND,
  },
  token: {
    connectTimeout: 3 * SECOND,
    tryTimeout: 10 * SECOND,
    total: 30 * SECOND,
    bodyLimit: 64 * 1024,
    connectionRefusedRetryWindow: 3 * SECOND,
    failureRetryWindow: 5 * SECOND,
  },
};

/** Full jitter: each pause is uniform in [0, min(cap, base × 2^n)). */
const BACKOFF_BASE: Milliseconds = 200;
const BACKOFF_CAP: Milliseconds = 4 * SECOND;

/** A throttled call is not tried again later than this: what comes of it is still to be said before the run's end. */
export const THROTTLE_RETRY_CUTOFF: Milliseconds = OVERALL - 2 * SECOND;
/** In less than this nothing is tried again: all who are still throttled would come at once. */
const MIN_THROTTLE_WINDOW: Milliseconds = 3 * SECOND;
/**
 * Over so long the 800 of 1,000 nodes that a burst of 200 leaves come back with no more than thrice the 20 calls a second that
 * are served (`test/fleet/`); a few that are too many wait 13 s.
 */
const FIRST_THROTTLE_SPREAD: Milliseconds = 26 * SECOND;

/**
 * How long from the first try on this outcome may be tried again, 0 where it is final; `throttled` where the service works
 * and wants to be asked later. That is a token endpoint's word: metadata is asked by this node alone, and ends in time.
 */
export function getRetryWindow(
  { response, failure }: AttemptOutcome,
  { kind, retryWindow }: Destination,
): Milliseconds | "throttled" {
  const limits = LIMITS[kind];
  if (failure === undefined) {
    if (response.status === 429 && kind === "token") return "throttled";
    return retryWindow?.(response) ?? getStatusRetryWindow(response.status, limits);
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
    case "connection-silent":
    case "answer-timeout":
      return limits.total;
    default:
      return 0;
  }
}

function getStatusRetryWindow(status: number, limits: Limits): Milliseconds {
  if (status === 429) return limits.total;
  return status === 408 || status >= 500 ? limits.failureRetryWindow : 0;
}

/** Full jitter, or what the service asks for where that is longer. */
export function computeBackoff(tries: number, { response }: AttemptOutcome, random: number): Milliseconds {
  return Math.max(backoff(tries, random), parseRetryAfter(response?.headers["retry-after"]));
}

/**
 * How long a throttled caller stays away: what the service asks for and a little more; else any time of `FIRST_THROTTLED`, and
 * who is throttled again any time in the later half of what is left of the run. Undefined where there is no time left. No node
 * knows how many they are. Pauses that begin short and double suit a few: a fleet's calls are then in vain, nearly all of them.
 */
export function computeThrottlePause(
  tries: number,
  { response }: AttemptOutcome,
  random: number,
  now: Milliseconds,
): Milliseconds | undefined {
  const left = THROTTLE_RETRY_CUTOFF - now;
  const asked = parseRetryAfter(response?.headers["retry-after"]);
  const pause = asked + backoff(tries, random);
  if (asked > 0) return pause < left ? pause : undefined;
  if (left < MIN_THROTTLE_WINDOW) return undefined;
  return tries === 1 ? random * Math.min(FIRST_THROTTLE_SPREAD, left) : ((1 + random) * left) / 2;
}

function backoff(tries: number, random: number): Milliseconds {
  return random * Math.min(BACKOFF_CAP, BACKOFF_BASE * 2 ** (tries - 1));
}

/** Seconds (RFC 9110 §10.2.3); the form with a date is not sent by these services and counts as none. */
function parseRetryAfter(header: string | undefined): Milliseconds {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * SECOND : 0;
}
