import { MINUTE, type Milliseconds } from "../core/time.ts";
import { ProviderError, type Stage } from "../errors/provider-error.ts";

/**
 * Returns the remaining lifetime of a login; 0 if its expiry is unknown.
 *
 * @param expiresAt wall clock
 * @throws ProviderError `token-expired`
 */
export function computeRemainingLifetime(
  expiresAt: Milliseconds | undefined,
  now: Milliseconds,
  stage: Stage = "token",
): Milliseconds {
  if (expiresAt === undefined || !Number.isFinite(expiresAt)) return 0;
  if (expiresAt <= now) throw new ProviderError("token-expired", { stage });
  return expiresAt - now;
}

/** Returns 0 for durations below a minute: the login could expire during the pull. */
export function zeroIfTooShort(duration: Milliseconds): Milliseconds {
  return duration < MINUTE ? 0 : Math.floor(duration);
}
