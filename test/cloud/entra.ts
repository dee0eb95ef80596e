/**
 * Entra's token endpoint (Microsoft identity platform, "OAuth 2.0 client credentials flow" and "Certificate credentials"): a tenant
 * of this host's cloud, an app with a secret, a certificate-signed assertion (`iss` = `sub` = the app, `aud` = this endpoint,
 * RS256 or PS256, in force) or a federated token (issuer, subject and audience exactly as registered, RS256). One scope,
 * the container registry's `.default`. Errors carry AADSTS numbers. The discovery documents that MSAL asks for are here too.
 */
import { X509Certificate } from "node:crypto";
import { ACR_RESOURCE, type AzureDirectory } from "./azure-directory.ts";
import { type Answer, type Asked, json, type Service } from "./exchange.ts";
import { audiences, claim, type Jwt, numericClaim, parseJwt, signedBy } from "./jwt.ts";
import type { Oidc } from "./oidc.ts";
import type { AzureApp, AzureCloudName } from "./options.ts";

const HOSTS: Readonly<Record<string, AzureCloudName | undefined>> = {
  "login.microsoftonline.com": "public",
  "login.windows.net": "public",
  "login.microsoftonline.us": "usgov",
  "login.chinacloudapi.cn": "china",
  "login.partner.microsoftonline.cn": "china",
};
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const TOKEN_PATH = /^\/([^/]+)\/oauth2\/v2\.0\/token$/;
const HOUR = 3_600_000;

export const isEntra = (host: string): boolean => HOSTS[host] !== undefined;

export class Entra implements Service {
  readonly name = "entra";
  readonly #directory: AzureDirectory;
  readonly #oidc: Oidc;

  constructor(directory: AzureDirectory, oidc: Oidc) {
    this.#directory = directory;
    this.#oidc = oidc;
  }

  step(asked: Asked): string {
    if (TOKEN_PATH.test(asked.path)) return "token";
    if (asked.path.endsWith("/.well-known/openid-configuration")) return "openid";
    return asked.path === "/common/discovery/instance" ? "discovery" : "other";
  }

  answer(asked: Asked): Answer {
    switch (this.step(asked)) {
      case "token":
        return asked.method === "POST" ? this.#token(asked) : this.failure(405);
      case "openid":
        return this.#openid(asked);
      case "discovery":
        return discovery(asked);
      default:
        return this.failure(404);
    }
  }

  failure(status: number): Answer {
    return aadError(
      status,
      "temporarily_unavailable",
      90033,
      "A transient error has occurred. Please try again.",
    );
  }

  #token(asked: Asked): Answer {
    const tenant = TOKEN_PATH.exec(asked.path)?.[1] ?? "";
    const form = new URLSearchParams(asked.body);
    if (!this.#isTenant(asked.host, tenant)) return noTenant(tenant);
    if (form.get("grant_type") !== "client_credentials")
      return aadError(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.");
    const app = this.#directory.options.apps.find((one) => one.clientId === form.get("client_id"));
    if (app === undefined)
      return aadError(
        400,
        "unauthorized_client",
        700016,
        `Application with identifier '${form.get("client_id")}' was not found in the directory.`,
      );
    const refusal = checkScope(form.get("scope") ?? "") ?? this.#authenticate(asked, form, app, tenant);
    return refusal ?? this.#grant(asked, app);
  }

  #isTenant(host: string, tenant: string): boolean {
    const { cloud, tenant: ours } = this.#directory.options;
    return HOSTS[host] === cloud && tenant.toLowerCase() === ours.toLowerCase();
  }

  #authenticate(asked: Asked, form: URLSearchParams, app: AzureApp, tenant: string): Answer | undefined {
    const secret = form.get("client_secret");
    if (secret !== null)
      return secret === app.secret
        ? undefined
        : aadError(401, "invalid_client", 7000215, "Invalid client secret provided.");
    const jwt = parseJwt(form.get("client_assertion") ?? "");
    if (form.get("client_assertion_type") !== ASSERTION_TYPE || jwt === undefined) {
      return aadError(
        401,
        "invalid_client",
        7000218,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
      );
    }
    const over = numericClaim(jwt, "exp") * 1000;
    if (!(over > asked.now))
      return aadError(401, "invalid_client", 700024, "Client assertion is not within its valid time range.");
    if (over > asked.now + 25 * HOUR)
      return aadError(400, "invalid_request", 70023, "The assertion's lifetime is too long.");
    if (claim(jwt, "iss") === app.clientId) return checkCertificate(jwt, app, asked, tenant);
    return this.#checkFederation(jwt, form.get("client_assertion") ?? "", app);
  }

  #checkFederation(jwt: Jwt, token: string, app: AzureApp): Answer | undefined {
    const issuer = claim(jwt, "iss");
    const byIssuer = (app.federated ?? []).filter((one) => one.issuer === issuer);
    if (byIssuer.length === 0)
      return aadError(
        401,
        "invalid_client",
        700211,
        `No matching federated identity record found for presented assertion issuer '${issuer}'.`,
      );
    const bySubject = byIssuer.filter((one) => one.subject === claim(jwt, "sub"));
    if (bySubject.length === 0)
      return aadError(
        401,
        "invalid_client",
        700213,
        `No matching federated identity record found for presented assertion subject '${claim(jwt, "sub")}'.`,
      );
    if (!bySubject.some((one) => audiences(jwt).includes(one.audience))) {
      return aadError(
        401,
        "invalid_client",
        700212,
        `No matching federated identity record found for presented assertion audience '${audiences(jwt)[0]}'.`,
      );
    }
    const genuine = jwt.header["alg"] === "RS256" && this.#oidc.check(token) !== undefined;
    return genuine
      ? undefined
      : aadError(401, "invalid_client", 5000223, "Client assertion contains an invalid signature.");
  }

  #grant(asked: Asked, app: AzureApp): Answer {
    const issued = this.#directory.issue(asked, app, ACR_RESOURCE);
    const life = issued.expiresOn - Math.floor(asked.now / 1000);
    return json(200, {
      token_type: "Bearer",
      expires_in: life,
      ext_expires_in: life,
      access_token: issued.token,
    });
  }

  #openid(asked: Asked): Answer {
    const tenant = asked.path.split("/")[1] ?? "";
    const base = `https://${asked.host}/${tenant}`;
    if (tenant !== "common" && !this.#isTenant(asked.host, tenant)) return noTenant(tenant);
    return json(200, {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      issuer: `${base}/v2.0`,
      token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt"],
      response_types_supported: ["code"],
    });
  }
}

function checkScope(scope: string): Answer | undefined {
  if (scope === `${ACR_RESOURCE}/.default`) return undefined;
  if (!scope.endsWith("/.default"))
    return aadError(
      400,
      "invalid_scope",
      1002012,
      `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default.`,
    );
  return aadError(
    400,
    "invalid_resource",
    500011,
    `The resource principal named ${scope.slice(0, -9)} was not found in the tenant.`,
  );
}

/** The app signs for itself, with a certificate that its `x5t` names. */
function checkCertificate(jwt: Jwt, app: AzureApp, asked: Asked, tenant: string): Answer | undefined {
  const endpoint = `https://${asked.host}/${tenant}/oauth2/v2.0/token`;
  const itself = claim(jwt, "sub") === app.clientId && audiences(jwt).includes(endpoint);
  if (!itself)
    return aadError(401, "invalid_client", 700027, "Client assertion audience or subject is not valid.");
  const known = (app.certificates ?? []).find((pem) => namedBy(jwt, new X509Certificate(pem)));
  if (known !== undefined && signedBy(jwt, known)) return undefined;
  return aadError(
    401,
    "invalid_client",
    700027,
    "The certificate with identifier used to sign the client assertion is not registered on application.",
  );
}

function namedBy(jwt: Jwt, certificate: X509Certificate): boolean {
  const unpadded = (value: unknown) => (typeof value === "string" ? value.replace(/=+$/, "") : "");
  const print = (fingerprint: string) =>
    Buffer.from(fingerprint.replaceAll(":", ""), "hex").toString("base64url");
  const { header } = jwt;
  return (
    unpadded(header["x5t"]) === print(certificate.fingerprint) ||
    unpadded(header["x5t#S256"]) === print(certificate.fingerprint256)
  );
}

function discovery(asked: Asked): Answer {
  const tenant =
    new URL(asked.query.get("authorization_endpoint") ?? "https://none/none").pathname.split("/")[1] ?? "";
  const hosts = Object.entries(HOSTS).filter(([, cloud]) => cloud === HOSTS[asked.host]);
  const aliases = hosts.map(([host]) => host);
  return json(200, {
    tenant_discovery_endpoint: `https://${asked.host}/${tenant}/v2.0/.well-known/openid-configuration`,
    "api-version": "1.1",
    metadata: [{ preferred_network: asked.host, preferred_cache: asked.host, aliases }],
  });
}

const noTenant = (tenant: string): Answer =>
  aadError(
    400,
    "invalid_request",
    90002,
    `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
  );

let traces = 0;

function aadError(status: number, error: string, code: number, why: string): Answer {
  traces += 1;
  const trace = `00000000-0000-4000-c000-${String(traces).padStart(12, "0")}`;
  return json(status, {
    error,
    error_description: `AADSTS${code}: ${why} Trace ID: ${trace} Correlation ID: ${trace}`,
    error_codes: [code],
    timestamp: new Date()
      .toISOString()
      .replace("T", " ")
      .replace(/\.\d+Z/, "Z"),
    trace_id: trace,
    correlation_id: trace,
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
  });
}
