/**
 * Google's metadata server (Compute Engine, "About VM metadata"): every request needs `Metadata-Flavor: Google` and must not
 * be forwarded (otherwise 403), and every response has the same header. It serves the token, email and scopes of the default
 * account, also by its email (404 for others), the universe domain (404 in the public one), the project id and number, the
 * instance's attributes, and ID tokens.
 */
import { type Answer, type Asked, answerJson, answerText, type Service } from "./exchange.ts";
import type { GoogleTokens } from "./google-tokens.ts";
import type { GoogleOptions } from "./options.ts";

const ROOT = "/computeMetadata/v1/";
const FLAVOR = { "metadata-flavor": "Google", server: "Metadata Server for VM" };
const WHOLE_ACCOUNT = /^instance\/service-accounts\/([^/]+)\/$/;
const ACCOUNT = /^instance\/service-accounts\/([^/]+)\/(token|email|scopes|aliases|identity)$/;
const ATTRIBUTE = /^instance\/attributes\/([^/]+)$/;

export class GceMetadata implements Service {
  readonly name = "gce";
  readonly #options: GoogleOptions;
  readonly #tokens: GoogleTokens;

  constructor(options: GoogleOptions, tokens: GoogleTokens) {
    this.#options = options;
    this.#tokens = tokens;
  }

  step(asked: Asked): string {
    const path = asked.path.startsWith(ROOT) ? asked.path.slice(ROOT.length) : "";
    const account = ACCOUNT.exec(path);
    if (account) return account[2] ?? "other";
    if (WHOLE_ACCOUNT.test(path)) return "account";
    if (ATTRIBUTE.test(path) || path === "project/project-id") return "attribute";
    return path === "universe/universe-domain" ? "universe" : "other";
  }

  answer(asked: Asked): Answer {
    const refusal = this.#refusal(asked);
    const answer = refusal ?? this.#read(asked, asked.path.slice(ROOT.length));
    return { ...answer, headers: { ...answer.headers, ...FLAVOR } };
  }

  failure(status: number): Answer {
    return answerText(status, `Error ${status}`, { "content-type": "text/html; charset=UTF-8", ...FLAVOR });
  }

  #refusal(asked: Asked): Answer | undefined {
    if (asked.path === "/")
      return answerText(200, "computeMetadata/\n", { "content-type": "application/text" });
    if (asked.headers["x-forwarded-for"] !== undefined)
      return answerText(403, "Request with X-Forwarded-For is forbidden");
    if (asked.headers["metadata-flavor"] !== "Google")
      return answerText(403, 'Missing required header "Metadata-Flavor": "Google"');
    if (asked.method !== "GET") return this.failure(405);
    return asked.path.startsWith(ROOT) ? undefined : this.failure(404);
  }

  #read(asked: Asked, path: string): Answer {
    const { universe, projectId, projectNumber } = this.#options;
    const account = ACCOUNT.exec(path);
    if (account) return this.#account(asked, account[1] ?? "", account[2] ?? "");
    const whole = WHOLE_ACCOUNT.exec(path);
    if (whole) return this.#wholeAccount(asked, whole[1] ?? "");
    const attribute = this.#options.attributes[ATTRIBUTE.exec(path)?.[1] ?? ""];
    if (attribute !== undefined) return answerText(200, attribute);
    switch (path) {
      case "universe/universe-domain":
        return universe === "googleapis.com" ? this.failure(404) : answerText(200, universe);
      case "project/project-id":
        return answerText(200, projectId);
      case "project/numeric-project-id":
        return answerText(200, projectNumber);
      case "":
      case "instance":
      case "instance/":
        return answerText(200, "service-accounts/\n");
      default:
        return this.failure(404);
    }
  }

  /** Returns the account's email if this is one of its names. */
  #named(name: string): string | undefined {
    const { serviceAccount } = this.#options;
    const known = ["default", serviceAccount].includes(decodeURIComponent(name));
    return serviceAccount !== null && known ? serviceAccount : undefined;
  }

  /** Answers `?recursive=true`, which Google's Python library sends. */
  #wholeAccount(asked: Asked, name: string): Answer {
    const email = this.#named(name);
    if (email === undefined) return this.failure(404);
    if (asked.query.get("recursive") !== "true")
      return answerText(200, "aliases\nemail\nidentity\nscopes\ntoken\n");
    return answerJson(200, { aliases: ["default"], email, scopes: this.#options.scopes });
  }

  #account(asked: Asked, name: string, field: string): Answer {
    const { scopes } = this.#options;
    const serviceAccount = this.#named(name);
    if (serviceAccount === undefined) return this.failure(404);
    if (field === "email") return answerText(200, serviceAccount);
    if (field === "scopes") return answerText(200, `${scopes.join("\n")}\n`);
    if (field === "token") return this.#token(asked, serviceAccount);
    return field === "identity" ? this.#identity(asked, serviceAccount) : answerText(200, "default\n");
  }

  /** Compute Engine ignores `scopes`: the token has the scopes of the instance. */
  #token(asked: Asked, email: string): Answer {
    if (this.#options.scopes.length === 0) return this.failure(404);
    const issued = this.#tokens.issue(asked, email, this.#options.scopes, this.#options.tokenLife);
    return answerJson(200, {
      access_token: issued.token,
      expires_in: issued.expiresIn,
      token_type: "Bearer",
    });
  }

  #identity(asked: Asked, email: string): Answer {
    const audience = asked.query.get("audience");
    if (!audience) return answerText(400, "non-empty audience parameter required");
    return answerText(200, this.#tokens.identity(asked, email, audience), { "content-type": "text/html" });
  }
}
