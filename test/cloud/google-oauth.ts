/**
 * Google's OAuth token endpoint for service account keys ("Using OAuth 2.0 for Server to Server Applications"). It accepts a form with
 * a JWT that a key of the account signed with RS256 for this endpoint, which is valid now and for at most an hour.
 */
import { type Answer, type Asked, answerJson, type Service } from "./exchange.ts";
import type { GoogleTokens } from "./google-tokens.ts";
import { type Jwt, parseJwt, readAudiences, readClaim, readNumericClaim } from "./jwt.ts";

const ENDPOINT = "https://oauth2.googleapis.com/token";
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/** Seconds. */
const LONGEST = 3600;
const TOLERANCE = 300;

export class GoogleOAuth implements Service {
  readonly name = "google-oauth";
  readonly #tokens: GoogleTokens;

  constructor(tokens: GoogleTokens) {
    this.#tokens = tokens;
  }

  step(asked: Asked): string {
    return asked.path === "/token" ? "token" : "other";
  }

  answer(asked: Asked): Answer {
    if (this.step(asked) !== "token" || asked.method !== "POST") return this.failure(404);
    const form = new URLSearchParams(asked.body);
    if (form.get("grant_type") !== GRANT) return refuseGrant("unsupported_grant_type", "Invalid grant_type");
    const jwt = parseJwt(form.get("assertion") ?? "");
    const email = jwt === undefined ? "" : readClaim(jwt, "iss");
    if (jwt === undefined || !this.#tokens.hasKeys(email))
      return refuseGrant("invalid_grant", "Invalid grant: account not found");
    if (!this.#tokens.isSignedBy(jwt, email)) return refuseGrant("invalid_grant", "Invalid JWT Signature.");
    const wrong = checkClaims(jwt, asked.now / 1000);
    if (wrong !== undefined) return refuseGrant("invalid_grant", wrong);
    const scope = readClaim(jwt, "scope");
    if (scope === "")
      return refuseGrant("invalid_scope", "Invalid OAuth scope or ID token audience provided.");
    const issued = this.#tokens.issue(asked, email, scope.split(" "), 3599, "oauth");
    return answerJson(200, {
      access_token: issued.token,
      expires_in: issued.expiresIn,
      token_type: "Bearer",
    });
  }

  failure(status: number): Answer {
    return answerJson(status, { error: "internal_failure", error_description: `Simulated ${status}` });
  }
}

function checkClaims(jwt: Jwt, now: number): string | undefined {
  const [iat, exp] = [readNumericClaim(jwt, "iat"), readNumericClaim(jwt, "exp")];
  if (!readAudiences(jwt).includes(ENDPOINT)) return "Invalid JWT: Failed audience check.";
  const ofNow = iat <= now + TOLERANCE && exp > now - TOLERANCE && exp <= iat + LONGEST;
  return ofNow
    ? undefined
    : "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.";
}

const refuseGrant = (error: string, why: string): Answer =>
  answerJson(400, { error, error_description: why });
