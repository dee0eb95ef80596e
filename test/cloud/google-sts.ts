/**
 * Google's Security Token Service (its REST reference). `sts.<universe>/v1/token`: no Authorization, form or JSON, a known provider
 * as audience, a subject token of its issuer and audience and in force; the federated token does not outlive it.
 */
import { type Answer, type Asked, json, type Service } from "./exchange.ts";
import type { GoogleTokens } from "./google-tokens.ts";
import { audiences, claim, type Jwt, numericClaim } from "./jwt.ts";
import { expired, type Oidc } from "./oidc.ts";
import type { GoogleOptions, GoogleProvider } from "./options.ts";

const GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const SUBJECT_TYPES = ["urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"];
const RESOURCE = "//iam.googleapis.com/";

export class GoogleSts implements Service {
  readonly name = "google-sts";
  readonly #options: GoogleOptions;
  readonly #tokens: GoogleTokens;
  readonly #oidc: Oidc;

  constructor(options: GoogleOptions, tokens: GoogleTokens, oidc: Oidc) {
    this.#options = options;
    this.#tokens = tokens;
    this.#oidc = oidc;
  }

  step(asked: Asked): string {
    return asked.path === "/v1/token" ? "token" : "other";
  }

  answer(asked: Asked): Answer {
    if (asked.path !== "/v1/token" || asked.method !== "POST") return this.failure(404);
    if (asked.headers["authorization"] !== undefined)
      return oauthError("invalid_request", "Authorization header is not allowed");
    const form = fields(asked);
    const wrong = checkForm(form);
    if (wrong !== undefined) return oauthError("invalid_request", wrong);
    const audience = form.get("audience") ?? "";
    const name = audience.startsWith(RESOURCE) ? audience.slice(RESOURCE.length) : audience;
    const provider = this.#options.providers[name];
    if (provider === undefined)
      return oauthError(
        "invalid_target",
        'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.',
      );
    return this.#exchange(asked, form, name, provider);
  }

  failure(status: number): Answer {
    return json(status, { error: { code: status, message: `Simulated ${status}`, status: "UNAVAILABLE" } });
  }

  #exchange(asked: Asked, form: URLSearchParams, name: string, provider: GoogleProvider): Answer {
    const jwt = this.#oidc.check(form.get("subject_token") ?? "");
    const wrong = checkSubject(jwt, name, provider, asked.now);
    if (jwt === undefined || wrong !== undefined) return oauthError("invalid_grant", wrong ?? "");
    const left = Math.floor(numericClaim(jwt, "exp") - asked.now / 1000);
    const pool = name.replace(/\/providers\/.*/, "");
    const holder = `principal:${RESOURCE}${pool}/subject/${claim(jwt, "sub")}`;
    const scopes = (form.get("scope") ?? "").split(" ");
    const issued = this.#tokens.issue(asked, holder, scopes, Math.min(3600, left), "federated");
    return json(200, {
      access_token: issued.token,
      issued_token_type: ACCESS_TOKEN,
      token_type: "Bearer",
      expires_in: issued.expiresIn,
    });
  }
}

function checkForm(form: URLSearchParams): string | undefined {
  if (form.get("grant_type") !== GRANT) return "Invalid grant_type";
  if (form.get("requested_token_type") !== ACCESS_TOKEN) return "Invalid requested_token_type";
  if (!SUBJECT_TYPES.includes(form.get("subject_token_type") ?? "")) return "Invalid subject_token_type";
  return form.get("scope") ? undefined : "Missing required parameter: scope";
}

function checkSubject(
  jwt: Jwt | undefined,
  name: string,
  provider: GoogleProvider,
  now: number,
): string | undefined {
  if (jwt === undefined) return "Unable to parse the ID Token, or its signature is not valid.";
  if (claim(jwt, "iss") !== provider.issuer) return "The issuer in ID Token does not match the expected one.";
  const wanted = provider.audiences ?? [`${RESOURCE}${name}`, `https:${RESOURCE}${name}`];
  if (!audiences(jwt).some((one) => wanted.includes(one)))
    return "The audience in ID Token does not match the expected audience.";
  return expired(jwt, now) ? "The ID Token is stale to sign-in." : undefined;
}

/** A form or a JSON object, whichever came; lists become repeated fields. */
export function fields(asked: Asked): URLSearchParams {
  if (!asked.headers["content-type"]?.startsWith("application/json")) return new URLSearchParams(asked.body);
  const form = new URLSearchParams();
  try {
    const value: unknown = JSON.parse(asked.body);
    for (const [name, field] of Object.entries(typeof value === "object" && value !== null ? value : {})) {
      for (const one of Array.isArray(field) ? field : [field]) form.append(name, String(one));
    }
  } catch {
    // No JSON: no fields, and so an error about them.
  }
  return form;
}

const oauthError = (error: string, why: string): Answer => json(400, { error, error_description: why });
