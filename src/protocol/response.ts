import type { RegistryHost } from "../core/image-reference.ts";
import type { CacheKeyType } from "../core/login.ts";
import type { Secret } from "../core/secret.ts";
import { MINUTE, type Milliseconds } from "../core/time.ts";
import { formatGoDuration } from "./go-duration.ts";
import type { ApiVersion } from "./request.ts";

/** The content of a response. */
export interface LoginResponse {
  /** Undefined: no login, for an unsupported registry or an anonymous pull. */
  readonly auth: ResponseAuth | undefined;
  readonly cacheKeyType: CacheKeyType;
  /** Before jitter. */
  readonly cacheDuration: Milliseconds;
}

interface ResponseAuth {
  /** The key, spelled as in the image: the kubelet compares it byte by byte. */
  readonly host: RegistryHost;
  readonly username: string;
  readonly password: Secret;
}

/** The response for an unsupported registry. The kubelet does not cache it. */
export const NO_LOGIN: LoginResponse = { auth: undefined, cacheKeyType: "registry", cacheDuration: 0 };

/** The largest part of a duration that is subtracted, so that nodes that started together do not return together. */
const MAX_JITTER = 0.1;
/** Shorter durations are sent as 0: an entry in the kubelet's cache would not pay. */
const MIN_CACHE_DURATION = MINUTE;

/**
 * Encodes the kubelet's `CredentialProviderResponse`: the five fields that it decodes strictly since 1.32, and a line feed.
 *
 * @param random uniform in [0, 1)
 */
export function encodeResponse(
  apiVersion: ApiVersion,
  { auth, cacheKeyType, cacheDuration }: LoginResponse,
  random: number,
): string {
  const jittered = cacheDuration < MIN_CACHE_DURATION ? 0 : cacheDuration * (1 - MAX_JITTER * random);
  const response = {
    kind: "CredentialProviderResponse",
    apiVersion,
    cacheKeyType: cacheKeyType === "image" ? "Image" : "Registry",
    cacheDuration: formatGoDuration(jittered),
    auth:
      auth === undefined
        ? {}
        : { [auth.host.spelled]: { username: auth.username, password: auth.password.expose() } },
  };
  return `${JSON.stringify(response)}\n`;
}
