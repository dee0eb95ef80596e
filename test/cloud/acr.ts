/**
 * Azure Container Registry's token service (Azure/acr `docs/AAD-OAuth.md`): POST `/oauth2/exchange` on a login server exchanges an
 * Entra access token for a refresh token of that login server. It checks the form fields, `service`, the token's signature, issuer,
 * audience and validity period, `tenant` if it is sent, and the identity's role. A login server is `<name>[-<hash>][.<region>.geo].<suffix>`;
 * data endpoints are not login servers. Errors have the registry's `errors` list and a correlation id.
 */
import { findCloudBySuffix } from "./azure-clouds.ts";
import { ACR_RESOURCE, type AzureDirectory } from "./azure-directory.ts";
import { type Answer, type Asked, answerJson, type Service } from "./exchange.ts";
import { isSignedBy, parseJwt, readAudiences, readClaim, readNumericClaim, Signer } from "./jwt.ts";
import type { Ledger } from "./ledger.ts";
import type { AzureCloudName } from "./options.ts";

const LOGIN_SERVER = /^[a-z0-9]{1,50}(?:-[a-z0-9]+)?(?:\.[a-z0-9]+\.geo)?\.(azurecr\.[a-z.-]+)$/;

/** Returns the Azure cloud of a login server. */
export function findAcrCloud(host: string): AzureCloudName | undefined {
  const suffix = LOGIN_SERVER.exec(host)?.[1];
  return suffix === undefined ? undefined : findCloudBySuffix(suffix);
}

export class Acr implements Service {
  readonly name = "acr";
  readonly #directory: AzureDirectory;
  readonly #ledger: Ledger;
  readonly #signer = new Signer("acr-1");

  constructor(directory: AzureDirectory, ledger: Ledger) {
    this.#directory = directory;
    this.#ledger = ledger;
  }

  step(asked: Asked): string {
    return asked.path === "/oauth2/exchange" ? "exchange" : "other";
  }

  answer(asked: Asked): Answer {
    if (asked.path !== "/oauth2/exchange" || asked.method !== "POST") return this.failure(404);
    const form = new URLSearchParams(asked.body);
    const wrong = this.#checkForm(asked, form);
    return wrong ?? this.#exchange(asked, form);
  }

  failure(status: number): Answer {
    if (status === 429)
      return answerAcrError(
        429,
        "TOOMANYREQUESTS",
        "toomanyrequests: too many requests, please retry later",
        {
          "retry-after": "1",
        },
      );
    if (status === 403)
      return answerAcrError(
        403,
        "DENIED",
        "client with IP '192.0.2.1' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.",
      );
    if (status === 404) return answerAcrError(404, "NOT_FOUND", "404 page not found");
    return answerAcrError(status, status === 401 ? "UNAUTHORIZED" : "UNKNOWN", UNAUTHORIZED);
  }

  /** Reports whether this login server accepts the password. */
  accepts(password: string, host: string): boolean {
    const jwt = parseJwt(password);
    if (jwt === undefined || !isSignedBy(jwt, this.#signer.publicKey)) return false;
    return (
      readClaim(jwt, "grant_type") === "refresh_token" &&
      readAudiences(jwt).includes(host) &&
      readNumericClaim(jwt, "exp") * 1000 > Date.now()
    );
  }

  #checkForm(asked: Asked, form: URLSearchParams): Answer | undefined {
    const type = asked.headers["content-type"]?.split(";")[0];
    if (type !== "application/x-www-form-urlencoded")
      return answerAcrError(400, "UNSUPPORTED", "unsupported content type");
    if (!["access_token", "access_token_refresh_token"].includes(form.get("grant_type") ?? "")) {
      return answerAcrError(400, "UNSUPPORTED", "invalid grant_type");
    }
    if (form.get("service") !== asked.host)
      return answerAcrError(400, "NAME_INVALID", "service does not match the registry");
    return form.get("access_token") ? undefined : answerAcrError(401, "UNAUTHORIZED", UNAUTHORIZED);
  }

  #exchange(asked: Asked, form: URLSearchParams): Answer {
    const token = this.#directory.check(form.get("access_token") ?? "", asked.now);
    if (token === undefined || findAcrCloud(asked.host) !== this.#directory.options.cloud)
      return answerAcrError(401, "UNAUTHORIZED", UNAUTHORIZED);
    if (!this.#audienceAllowed(readAudiences(token)))
      return answerAcrError(401, "UNAUTHORIZED", "arm aad token disallowed");
    const tenant = form.get("tenant");
    if (tenant && tenant !== readClaim(token, "tid"))
      return answerAcrError(401, "UNAUTHORIZED", UNAUTHORIZED);
    const pulls = this.#directory.principal(readClaim(token, "oid"))?.pulls ?? [];
    if (!pulls.includes("*") && !pulls.includes(asked.host))
      return answerAcrError(403, "DENIED", "retrieving permissions failed");
    return this.#refreshToken(asked);
  }

  #audienceAllowed(found: readonly string[]): boolean {
    const plain = found.map((one) => one.replace(/\/$/, ""));
    if (plain.includes(ACR_RESOURCE)) return true;
    return this.#directory.options.armTokens && plain.some((one) => one.startsWith("https://management."));
  }

  #refreshToken(asked: Asked): Answer {
    const seconds = Math.floor(asked.now / 1000);
    const token = this.#signer.sign({
      jti: this.#ledger.digits(16),
      sub: "puller",
      nbf: seconds - 900,
      exp: asked.tokenFault === "expired" ? seconds - 60 : seconds + this.#directory.options.refreshLife,
      iat: seconds - 900,
      iss: "Azure Container Registry",
      aud: asked.tokenFault === "swapped" ? "another.azurecr.io" : asked.host,
      version: "1.0",
      grant_type: "refresh_token",
      permissions: { actions: ["read"] },
    });
    return answerJson(200, { refresh_token: this.#ledger.keepJwt(token) }, createCorrelationHeaders());
  }
}

const UNAUTHORIZED = "authentication required, visit https://aka.ms/acr/authorization for more information.";

let requests = 0;

function createCorrelationHeaders(): Record<string, string> {
  requests += 1;
  return { "x-ms-correlation-request-id": `00000000-0000-4000-9000-${String(requests).padStart(12, "0")}` };
}

function answerAcrError(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return answerJson(status, { errors: [{ code, message }] }, { ...createCorrelationHeaders(), ...headers });
}
