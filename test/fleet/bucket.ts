import { type Milliseconds, SECOND } from "../../src/core/time.ts";

/** Who may call at most so often: `burst` at once, and `rate` more with each second. */
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

  /** Whether there is a token for a call at this moment, which is no earlier than the last one's. */
  take(now: Milliseconds): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / SECOND) * this.#rate);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
