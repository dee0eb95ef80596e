import type { Secret } from "../../core/secret.ts";
import { HOUR, type Milliseconds, SECOND } from "../../core/time.ts";

export interface GoogleAccessToken {
  readonly token: Secret;
  /** Wall clock; undefined if unknown. */
  readonly expiresAt: Milliseconds | undefined;
}

/**
 * The scope for pulls from Artifact Registry and Container Registry (Google, "Access scopes in GKE"). The metadata server of an
 * instance with other scopes returns a token with those.
 */
export const STORAGE_READ_ONLY_SCOPE = "https://www.googleapis.com/auth/devstorage.read_only";
/** The scope of a token that impersonates a service account. */
export const CLOUD_PLATFORM_SCOPE = "https://www.googleapis.com/auth/cloud-platform";

/** Google's longest lifetime is 12 h. A longer one is an error of units. */
export const MAX_TOKEN_LIFETIME: Milliseconds = 13 * HOUR;
/** A pull that starts at once still succeeds with this much left. */
export const MIN_TOKEN_LIFETIME: Milliseconds = 10 * SECOND;
