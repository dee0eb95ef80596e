import type { RegistryHost } from "../core/image-reference.ts";
import type { LoginResult, LoginScope } from "../core/login.ts";
import { MINUTE, type Milliseconds } from "../core/time.ts";
import { formatGoDuration } from "./go-duration.ts";
import type { ApiVersion } from "./request.ts";

/** `none`: not a registry of ours. */
export type ResponseOutcome = { readonly kind: "none" } | LoginOutcome;
export type LoginOutcome = LoginResult & ResponseTarget;

interface ResponseTarget {
  readonly host: RegistryHost;
  readonly scope: LoginScope;
}

/** Up to this share is taken off, so that a fleet that started together does not come back together. */
const MAX_JITTER = 0.1;
/** For less than this an entry in the kubelet's cache is not worth its while. */
const MIN_CACHE_DURATION = MINUTE;

/**
 * The kubelet's `CredentialProviderResponse`, in the five fields that it decodes strictly since 1.32, and a line feed.
 *
 * @param random uniform in [0, 1)
 */
export function encodeResponse(apiVersion: ApiVersion, outcome: ResponseOutcome, random: number): string {
  const response = {
    kind: "CredentialProviderResponse",
    apiVersion,
    cacheKeyType: outcome.kind !== "none" && outcome.scope === "image" ? "Image" : "Registry",
    cacheDuration: formatGoDuration(outcome.kind === "none" ? 0 : subtractJitter(outcome.cacheFor, random)),
    auth: outcome.kind === "login" ? { [outcome.host.spelled]: authOf(outcome) } : {},
  };
  return `${JSON.stringify(response)}\n`;
}

function authOf(login: LoginResult & { kind: "login" }) {
  return { username: login.username, password: login.password.expose() };
}

function subtractJitter(cacheFor: Milliseconds, random: number): Milliseconds {
  return cacheFor < MIN_CACHE_DURATION ? 0 : cacheFor * (1 - MAX_JITTER * random);
}
