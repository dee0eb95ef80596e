import { type Milliseconds, SECOND } from "../time.ts";
import type { Destination } from "./destination.ts";
import type { Outcome } from "./outcome.ts";

export interface Limits {
  readonly connectTimeout: Milliseconds;
  readonly tryTimeout: Milliseconds;
  /** For all tries at destinations of this kind together. */
  readonly total: Milliseconds;
  /** Bytes. */
  readonly bodyLimit: number;
  /** How long a refused connection is tried again: at boot a service may come up, but a line is owed within 2 s. */
  readonly refusedPatience: Milliseconds;
  /** How long a failing service (408, 5xx, broken connection) is tried again. */
  readonly failedPatience: Milliseconds;
}

export const LIMITS: Readonly<Record<Destination["kind"], Limits>> = {
  metadata: {
    connectTimeout: SECOND,
    tryTimeout: 2 * SECOND,
    total: 15 * SECOND,
    bodyLimit: 64 * 1024,
    refusedPatience: 1.5 * SECOND,
    failedPatience: 15 * SECOND,
  },
  token: {
    connectTimeout: 3 * SECOND,
    tryTimeout: 10 * SECOND,
    total: 30 * SECOND,
    bodyLimit: 64 * 1024,
    refusedPatience: 3 * SECOND,
    failedPatience: 5 * SECOND,
  },
};

/** Full jitter: each pause is uniform in [0, min(cap, base × 2^n)). */
const BACKOFF_BASE: Milliseconds = 200;
const BACKOFF_CAP: Milliseconds = 4 * SECOND;

/** How long from the first try on this outcome may be tried again; 0 where it is final. */
export function patienceFor({ response, failure }: Outcome, { kind, patience }: Destination): Milliseconds {
  const limits = LIMITS[kind];
  if (failure === undefined) return patience?.(response) ?? patienceForStatus(response.status, limits);
  switch (failure.code) {
    case "connection-refused":
    case "network-unreachable":
    case "dns-failed":
    case "proxy-unreachable":
      return limits.refusedPatience;
    case "connection-lost":
    case "tls-failed":
      return limits.failedPatience;
    case "connection-silent":
    case "answer-timeout":
      return limits.total;
    default:
      return 0;
  }
}

function patienceForStatus(status: number, limits: Limits): Milliseconds {
  if (status === 429) return limits.total;
  return status === 408 || status >= 500 ? limits.failedPatience : 0;
}

/** Full jitter, or what the service asks for where that is longer. */
export function pauseBefore(tries: number, { response }: Outcome, random: number): Milliseconds {
  const backoff = random * Math.min(BACKOFF_CAP, BACKOFF_BASE * 2 ** (tries - 1));
  return Math.max(backoff, retryAfter(response?.headers["retry-after"]));
}

/** Seconds (RFC 9110 §10.2.3); the form with a date is not sent by these services and counts as none. */
function retryAfter(header: string | undefined): Milliseconds {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * SECOND : 0;
}
