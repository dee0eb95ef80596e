/**
 * Google's two federation services (the Security Token Service and IAM Credentials REST references). `sts.<universe>/v1/token`: no Authorization,
 * form or JSON, a known provider as audience, a subject token of its issuer and audience and in force; the federated token does
 * not outlive it. `iamcredentials.<universe>/…:generateAccessToken`: a live bearer whose holder may impersonate the account.
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
const IMPERSONATE = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/;

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

export class IamCredentials implements Service {
  readonly name = "iamcredentials";
  readonly #options: GoogleOptions;
  readonly #tokens: GoogleTokens;

  constructor(options: GoogleOptions, tokens: GoogleTokens) {
    this.#options = options;
    this.#tokens = tokens;
  }

  step(asked: Asked): string {
    return IMPERSONATE.test(decodeURIComponent(asked.path)) ? "generateAccessToken" : "other";
  }

  answer(asked: Asked): Answer {
    const email = IMPERSONATE.exec(decodeURIComponent(asked.path))?.[1];
    if (email === undefined || asked.method !== "POST") return this.failure(404);
    const caller = this.#tokens.live(
      /^Bearer (.+)$/.exec(asked.headers["authorization"] ?? "")?.[1] ?? "",
      asked.now,
    );
    if (caller === undefined)
      return apiError(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
    if (!this.#options.impersonation[email]?.includes(caller.holder)) {
      return apiError(
        403,
        "PERMISSION_DENIED",
        "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
      );
    }
    return this.#grant(asked, email);
  }

  failure(status: number): Answer {
    return apiError(status, "UNAVAILABLE", `Simulated ${status}`);
  }

  #grant(asked: Asked, email: string): Answer {
    const form = fields(asked);
    const life = Number(/^(\d+)s$/.exec(form.get("lifetime") ?? "3600s")?.[1]);
    const scopes = form.getAll("scope");
    if (!(life >= 1 && life <= 43_200) || scopes.length === 0)
      return apiError(400, "INVALID_ARGUMENT", "Request contains an invalid argument.");
    const issued = this.#tokens.issue(asked, email, scopes, life, "iamcredentials");
    const expireTime = new Date(asked.now + issued.expiresIn * 1000).toISOString().replace(/\.\d+Z/, "Z");
    return json(200, { accessToken: issued.token, expireTime });
  }
}

/** A form or a JSON object, whichever came; lists become repeated fields. */
function fields(asked: Asked): URLSearchParams {
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

const apiError = (code: number, status: string, message: string): Answer =>
  json(code, { error: { code, message, status } });
