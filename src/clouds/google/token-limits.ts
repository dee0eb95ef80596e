import type { Secret } from "../../core/secret.ts";
import { HOUR, type Milliseconds, SECOND } from "../../core/time.ts";

export interface GoogleAccessToken {
  readonly token: Secret;
  /** Wall clock; undefined where nobody says. */
  readonly expiresAt: Milliseconds | undefined;
}

/**
 * Reading Artifact Registry and Container Registry needs no more (Google "Access scopes in GKE"); the metadata server
 * of an instance with other scopes gives a token of those.
 */
export const STORAGE_READ_ONLY_SCOPE = "https://www.googleapis.com/auth/devstorage.read_only";
/** What a token must be good for with which an account is impersonated. */
export const CLOUD_PLATFORM_SCOPE = "https://www.googleapis.com/auth/cloud-platform";

/** The longest that Google gives is 12 h; more is a mistake of units. */
export const MAX_TOKEN_LIFETIME: Milliseconds = 13 * HOUR;
/** A pull that begins at once still succeeds with this much left. */
export const MIN_TOKEN_LIFETIME: Milliseconds = 10 * SECOND;
