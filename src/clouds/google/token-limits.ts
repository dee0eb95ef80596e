import type { Secret } from "../../core/secret.ts";
import { HOUR, type Milliseconds, SECOND } from "../../core/time.ts";

export interface AccessToken {
  readonly token: Secret;
  /** Wall clock; undefined where nobody says. */
  readonly expiresAt: Milliseconds | undefined;
}

/**
 * Reading Artifact Registry and Container Registry needs no more (Google "Access scopes in GKE"); the metadata server
 * of an instance with other scopes gives a token of those.
 */
export const READ_ONLY = "https://www.googleapis.com/auth/devstorage.read_only";
/** What a token must be good for with which an account is impersonated. */
export const CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform";

/** The longest that Google gives is 12 h; more is a mistake of units. */
export const LONGEST_LIFE: Milliseconds = 13 * HOUR;
/** A pull that begins at once still succeeds with this much left. */
export const SHORTEST_LIFE: Milliseconds = 10 * SECOND;
