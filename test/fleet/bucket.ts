import { type Milliseconds, SECOND } from "../../src/core/time.ts";

/** A token bucket (rate limiter) with `burst` tokens, refilled with `rate` tokens per second. */
export class TokenBucket {
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #at: Milliseconds = 0;

  constructor(rate: number, burst: number) {
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** Takes a token, if there is one. @param now not earlier than in the previous call */
  take(now: Milliseconds): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / SECOND) * this.#rate);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
