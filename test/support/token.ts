import { Secret } from "../../src/core/secret.ts";

const part = (text: string): string => Buffer.from(text).toString("base64url");

/** A JWT with this text instead of its claims; the tests do not check its signature. */
export function tokenSaying(claims: string): Secret {
  return new Secret(`${part('{"alg":"RS256"}')}.${part(claims)}.c2lnbmF0dXJl`);
}
