import { type Milliseconds, SECOND } from "../core/time.ts";
import type { Destination } from "./destination.ts";

export interface Limits {
  readonly connectTimeout: Milliseconds;
  /** The timeout of one attempt, from connecting to the last byte of the body. */
  readonly attemptTimeout: Milliseconds;
  /** The time budget of all attempts at destinations of one kind together. */
  readonly timeBudget: Milliseconds;
  /** Bytes. */
  readonly bodyLimit: number;
  /**
   * How long a connection that fails at once (refused, no route, no DNS answer) is retried: a service may still be starting at
   * boot, but a misconfigured node should report its error promptly.
   */
  readonly connectionRefusedRetryWindow: Milliseconds;
  /** How long a failing service (408, 5xx, broken connection) is retried. */
  readonly failureRetryWindow: Milliseconds;
}

/** The timeouts and retry windows. The documents quote them: run `npm run generate` after a change. */
export const LIMITS: Readonly<Record<Destination["kind"], Limits>> = {
  metadata: {
    connectTimeout: SECOND,
    attemptTimeout: 2 * SECOND,
    timeBudget: 15 * SECOND,
    bodyLimit: 64 * 1024,
    connectionRefusedRetryWindow: 1.5 * SECOND,
    failureRetryWindow: 15 * SECOND,
  },
  token: {
    connectTimeout: 3 * SECOND,
    attemptTimeout: 10 * SECOND,
    timeBudget: 30 * SECOND,
    bodyLimit: 64 * 1024,
    connectionRefusedRetryWindow: 3 * SECOND,
    failureRetryWindow: 5 * SECOND,
  },
};
