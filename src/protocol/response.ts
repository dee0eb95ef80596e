import type { RegistryHost } from "../core/image-reference.ts";
import type { LoginResult, LoginScope } from "../core/login.ts";
import { MINUTE, type Milliseconds } from "../core/time.ts";
import { goDuration } from "./go-duration.ts";
import type { ApiVersion } from "./request.ts";

/** `none`: not a registry of ours. */
export type Outcome = { readonly kind: "none" } | LoginOutcome;
export type LoginOutcome = LoginResult & Bound;

interface Bound {
  readonly host: RegistryHost;
  readonly scope: LoginScope;
}

/** Up to this share is taken off, so that a fleet that started together does not come back together. */
const JITTER = 0.1;
/** For less than this an entry in the kubelet's cache is not worth its while. */
const SHORTEST = MINUTE;

/**
 * The kubelet's `CredentialProviderResponse`, in the five fields that it decodes strictly since 1.32, and a line feed.
 *
 * @param random uniform in [0, 1)
 */
export function encodeResponse(apiVersion: ApiVersion, outcome: Outcome, random: number): string {
  const response = {
    kind: "CredentialProviderResponse",
    apiVersion,
    cacheKeyType: outcome.kind !== "none" && outcome.scope === "image" ? "Image" : "Registry",
    cacheDuration: goDuration(outcome.kind === "none" ? 0 : jittered(outcome.cacheFor, random)),
    auth: outcome.kind === "login" ? { [outcome.host.spelled]: authOf(outcome) } : {},
  };
  return `${JSON.stringify(response)}\n`;
}

function authOf(login: LoginResult & { kind: "login" }) {
  return { username: login.username, password: login.password.expose() };
}

function jittered(cacheFor: Milliseconds, random: number): Milliseconds {
  return cacheFor < SHORTEST ? 0 : cacheFor * (1 - JITTER * random);
}
