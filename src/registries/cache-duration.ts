import { HOUR, MINUTE, type Milliseconds } from "../core/time.ts";
import { ProviderError, type Stage } from "../errors/provider-error.ts";

/** For less than this the kubelet's cache is not worth an entry: the login may end in the middle of a pull. */
const SHORTEST: Milliseconds = MINUTE;
const LONGEST_HALF: Milliseconds = 6 * HOUR;

/**
 * ECR's rule: half of the life that is left, at most 6 h. A token lives 12 h, but may end with the session it came from.
 *
 * @param expiresAt milliseconds since 1970, undefined where the service does not say
 * @throws ProviderError `token-expired`
 */
export function halfOfLife(expiresAt: Milliseconds | undefined, now: Milliseconds): Milliseconds {
  return worthwhile(Math.min(lifeLeft(expiresAt, now) / 2, LONGEST_HALF));
}

/**
 * Google's rule: all but 10 % of the life that is left, and but 5 min at the least. A metadata server gives tokens out until
 * minutes before their end, so a short life is no error.
 *
 * @param expiresAt milliseconds since 1970, undefined where the service does not say
 * @throws ProviderError `token-expired`
 */
export function lifeButMargin(expiresAt: Milliseconds | undefined, now: Milliseconds): Milliseconds {
  const life = lifeLeft(expiresAt, now);
  return worthwhile(life - Math.max(5 * MINUTE, life / 10));
}

/**
 * ACR's rule: all but 5 min of the life that is left, at most an hour: a role that is taken away, or a registry that is
 * switched to ABAC, is felt by then.
 *
 * @param expiresAt milliseconds since 1970, undefined where the token does not say
 * @throws ProviderError `token-expired`
 */
export function hourOrLifeButMargin(expiresAt: Milliseconds | undefined, now: Milliseconds): Milliseconds {
  return worthwhile(Math.min(lifeLeft(expiresAt, now, "exchange") - 5 * MINUTE, HOUR));
}

/** 0 where it is not known. */
function lifeLeft(
  expiresAt: Milliseconds | undefined,
  now: Milliseconds,
  stage: Stage = "token",
): Milliseconds {
  if (expiresAt === undefined || !Number.isFinite(expiresAt)) return 0;
  if (expiresAt <= now) throw new ProviderError("token-expired", { stage });
  return expiresAt - now;
}

function worthwhile(time: Milliseconds): Milliseconds {
  return time < SHORTEST ? 0 : Math.floor(time);
}
