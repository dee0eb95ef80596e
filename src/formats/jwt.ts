/** Claims of JWTs. Signatures are not verified: a claim can only cause a refusal or shorten a lifetime. */

import type { Secret } from "../core/secret.ts";
import { type Milliseconds, SECOND } from "../core/time.ts";
import { quoteUntrusted } from "../errors/error-line.ts";
import { type JsonObject, parseJsonObject } from "./json.ts";

/** Characters. Tokens of Kubernetes API servers have about a thousand. */
const MAX_JWT_LENGTH = 64 * 1024;

/** Returns the claims, or undefined if the text is not a JWT in compact form (RFC 7519 §3). */
export function readJwtClaims(jwt: Secret): JsonObject | undefined {
  const text = jwt.expose();
  const parts = text.length > MAX_JWT_LENGTH ? [] : text.split(".");
  if (parts.length !== 3 || !parts.every((part) => /^[\w-]+$/.test(part))) return undefined;
  return parseJsonObject(Buffer.from(parts[1] ?? "", "base64url").toString("utf8"));
}

/** Returns the expiry (wall clock), or undefined without a valid `exp`. A huge JSON number is parsed as infinity. */
export function readJwtExpiry(jwt: Secret): Milliseconds | undefined {
  const { exp } = readJwtClaims(jwt) ?? {};
  return typeof exp === "number" && Number.isFinite(exp) ? exp * SECOND : undefined;
}

/** Returns the audiences. `aud` is one text or a list (RFC 7519 §4.1.3). */
export function readJwtAudiences(jwt: Secret): readonly string[] {
  const { aud } = readJwtClaims(jwt) ?? {};
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return audiences.filter((audience) => typeof audience === "string");
}

/** Describes the claims that a trust policy must match exactly, for messages. Returns undefined if the text is not a JWT. */
export function describeJwt(jwt: Secret): string | undefined {
  const claims = readJwtClaims(jwt);
  if (claims === undefined) return undefined;
  const describeClaim = (claim: unknown) => (typeof claim === "string" ? quoteUntrusted(claim) : "missing");
  const audiences = readJwtAudiences(jwt).map(quoteUntrusted).join(", ") || "missing";
  return `the token's issuer is ${describeClaim(claims["iss"])}, its subject ${describeClaim(claims["sub"])}, its audience ${audiences}`;
}
