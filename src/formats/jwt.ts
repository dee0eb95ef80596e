/** What a JWT says of itself. No signature is checked here: a claim only ever refuses, or shortens a life. */

import type { Secret } from "../core/secret.ts";
import { type Milliseconds, SECOND } from "../core/time.ts";
import { quoteUntrusted } from "../errors/error-line.ts";
import { type JsonObject, parseJsonObject } from "./json.ts";

/** Letters. Those of API servers have about a thousand. */
const MAX_JWT_LENGTH = 64 * 1024;

/** Undefined where it is no JWT in its compact form (RFC 7519 §3). */
export function readJwtClaims(jwt: Secret): JsonObject | undefined {
  const text = jwt.expose();
  const parts = text.length > MAX_JWT_LENGTH ? [] : text.split(".");
  if (parts.length !== 3 || !parts.every((part) => /^[\w-]+$/.test(part))) return undefined;
  return parseJsonObject(Buffer.from(parts[1] ?? "", "base64url").toString("utf8"));
}

/** Wall clock; undefined where the token does not say. JSON has numbers that are read as infinite. */
export function readJwtExpiry(jwt: Secret): Milliseconds | undefined {
  const { exp } = readJwtClaims(jwt) ?? {};
  return typeof exp === "number" && Number.isFinite(exp) ? exp * SECOND : undefined;
}

/** One or a list (RFC 7519 §4.1.3). */
export function readJwtAudiences(jwt: Secret): readonly string[] {
  const { aud } = readJwtClaims(jwt) ?? {};
  const all: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return all.filter((one) => typeof one === "string");
}

/** What whoever trusts the token's issuer must repeat letter by letter, for messages; undefined where it is no JWT. */
export function describeJwt(jwt: Secret): string | undefined {
  const claims = readJwtClaims(jwt);
  if (claims === undefined) return undefined;
  const told = (claim: unknown) => (typeof claim === "string" ? quoteUntrusted(claim) : "missing");
  const audiences = readJwtAudiences(jwt).map(quoteUntrusted).join(", ") || "missing";
  return `the token's issuer is ${told(claims["iss"])}, its subject ${told(claims["sub"])}, its audience ${audiences}`;
}
