import { Secret } from "../../src/core/secret.ts";

const part = (text: string): string => Buffer.from(text).toString("base64url");

/** A JWT with this text in the place of its claims; nobody here looks at its signature. */
export function tokenSaying(claims: string): Secret {
  return new Secret(`${part('{"alg":"RS256"}')}.${part(claims)}.c2lnbmF0dXJl`);
}
