/**
 * Google's Security Token Service (its REST reference). `sts.<universe>/v1/token` accepts a form or JSON without Authorization, and a
 * subject token that a pool accepts (google-pools.ts). The federated token does not outlive the subject token.
 */
import { type Answer, type Asked, answerJson, type Service } from "./exchange.ts";
import type { GooglePools } from "./google-pools.ts";
import type { GoogleTokens } from "./google-tokens.ts";

const GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
/** Seconds. */
const LONGEST = 3600;

export class GoogleSts implements Service {
  readonly name = "google-sts";
  readonly #tokens: GoogleTokens;
  readonly #pools: GooglePools;

  constructor(tokens: GoogleTokens, pools: GooglePools) {
    this.#tokens = tokens;
    this.#pools = pools;
  }

  step(asked: Asked): string {
    return asked.path === "/v1/token" ? "token" : "other";
  }

  answer(asked: Asked): Answer {
    if (asked.path !== "/v1/token" || asked.method !== "POST") return this.failure(404);
    if (asked.headers["authorization"] !== undefined)
      return answerOauthError("invalid_request", "Authorization header is not allowed");
    const form = parseFields(asked);
    const wrong = checkForm(form);
    if (wrong !== undefined) return answerOauthError("invalid_request", wrong);
    const principal = this.#pools.exchange(asked, form);
    if ("error" in principal) return answerOauthError(principal.error, principal.why);
    const left = Math.floor((principal.exp ?? Number.POSITIVE_INFINITY) - asked.now / 1000);
    const scopes = (form.get("scope") ?? "").split(" ");
    const issued = this.#tokens.issue(asked, principal.name, scopes, Math.min(LONGEST, left), "federated");
    return answerJson(200, {
      access_token: issued.token,
      issued_token_type: ACCESS_TOKEN,
      token_type: "Bearer",
      expires_in: issued.expiresIn,
    });
  }

  failure(status: number): Answer {
    return answerJson(status, {
      error: { code: status, message: `Simulated ${status}`, status: "UNAVAILABLE" },
    });
  }
}

function checkForm(form: URLSearchParams): string | undefined {
  if (form.get("grant_type") !== GRANT) return "Invalid grant_type";
  if (form.get("requested_token_type") !== ACCESS_TOKEN) return "Invalid requested_token_type";
  if (!form.get("subject_token_type")) return "Missing required parameter: subject_token_type";
  return form.get("scope") ? undefined : "Missing required parameter: scope";
}

/** Parses a form or a JSON object. Lists become repeated fields. */
export function parseFields(asked: Asked): URLSearchParams {
  if (!asked.headers["content-type"]?.startsWith("application/json")) return new URLSearchParams(asked.body);
  const form = new URLSearchParams();
  try {
    const value: unknown = JSON.parse(asked.body);
    for (const [name, field] of Object.entries(typeof value === "object" && value !== null ? value : {})) {
      for (const one of Array.isArray(field) ? field : [field]) form.append(name, String(one));
    }
  } catch {
    // Without fields, the caller answers with an error about them.
  }
  return form;
}

const answerOauthError = (error: string, why: string): Answer =>
  answerJson(400, { error, error_description: why });
