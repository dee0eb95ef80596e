/**
 * Google's IAM Credentials (its REST reference). `iamcredentials.<universe>/…:generateAccessToken` requires a valid
 * bearer token with a scope for this API, and a principal that may impersonate the account. Tokens last at most one hour,
 * except for accounts that allow more.
 */
import { type Answer, type Asked, answerJson, type Service } from "./exchange.ts";
import { parseFields } from "./google-sts.ts";
import type { GoogleTokens } from "./google-tokens.ts";
import type { GoogleOptions } from "./options.ts";

const IMPERSONATE = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/;
const SCOPES = ["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/iam"];
/** Seconds. */
const USUAL_LIFE = 3600;
const EXTENDED_LIFE = 43_200;

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
      return answerApiError(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
    if (!caller.scopes.some((scope) => SCOPES.includes(scope))) return answerInsufficientScope();
    if (!this.#options.impersonation[email]?.includes(caller.holder)) {
      return answerApiError(
        403,
        "PERMISSION_DENIED",
        "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
      );
    }
    return this.#grant(asked, email);
  }

  failure(status: number): Answer {
    return answerApiError(status, "UNAVAILABLE", `Simulated ${status}`);
  }

  #grant(asked: Asked, email: string): Answer {
    const form = parseFields(asked);
    const life = Number(/^(\d+)s$/.exec(form.get("lifetime") ?? "3600s")?.[1]);
    const scopes = form.getAll("scope");
    const longest = this.#options.extendedLifetime.includes(email) ? EXTENDED_LIFE : USUAL_LIFE;
    if (!(life >= 1 && life <= longest) || scopes.length === 0)
      return answerApiError(400, "INVALID_ARGUMENT", "Request contains an invalid argument.");
    const issued = this.#tokens.issue(asked, email, scopes, life, "iamcredentials");
    const expireTime = new Date(asked.now + issued.expiresIn * 1000).toISOString().replace(/\.\d+Z/, "Z");
    return answerJson(200, { accessToken: issued.token, expireTime });
  }
}

function answerApiError(code: number, status: string, message: string, details?: readonly unknown[]): Answer {
  return answerJson(code, { error: { code, message, status, details } });
}

function answerInsufficientScope(): Answer {
  const detail = {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
    domain: "googleapis.com",
    metadata: {
      method: "google.iam.credentials.v1.IAMCredentials.GenerateAccessToken",
      service: "iamcredentials.googleapis.com",
    },
  };
  const message = "Request had insufficient authentication scopes.";
  return answerApiError(403, "PERMISSION_DENIED", message, [detail]);
}
