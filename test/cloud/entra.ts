/**
 * Entra's token endpoint (Microsoft identity platform, "OAuth 2.0 client credentials flow" and "Certificate credentials"): it accepts a tenant
 * of this host's cloud, and an application with a secret, a certificate-signed assertion (`iss` = `sub` = the application, `aud` = this
 * endpoint, RS256 or PS256, valid now) or a federated token (issuer, subject and audience exactly as registered, RS256). The only
 * scope is the container registry's `.default`; OpenID Connect scopes are ignored. Errors have AADSTS numbers. It also serves the
 * discovery documents that MSAL requests.
 */
import { answerAadError, answerNoTenant } from "./aad-error.ts";
import { AZURE_CLOUDS, findCloudByAuthority } from "./azure-clouds.ts";
import { ACR_RESOURCE, type AzureDirectory } from "./azure-directory.ts";
import { checkAssertion } from "./entra-assertion.ts";
import { type Answer, type Asked, answerJson, type Service } from "./exchange.ts";
import type { Oidc } from "./oidc.ts";
import type { AzureApp } from "./options.ts";

const TOKEN_PATH = /^\/([^/]+)\/oauth2\/v2\.0\/token$/;

export const isEntra = (host: string): boolean => findCloudByAuthority(host) !== undefined;

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
        return answerDiscovery(asked);
      default:
        return this.failure(404);
    }
  }

  failure(status: number): Answer {
    return answerAadError(
      status,
      "temporarily_unavailable",
      90033,
      "A transient error has occurred. Please try again.",
    );
  }

  #token(asked: Asked): Answer {
    const tenant = TOKEN_PATH.exec(asked.path)?.[1] ?? "";
    const form = new URLSearchParams(asked.body);
    if (!this.#isTenant(asked.host, tenant)) return answerNoTenant(tenant);
    if (form.get("grant_type") !== "client_credentials")
      return answerAadError(
        400,
        "unsupported_grant_type",
        70003,
        "The app requested an unsupported grant type.",
      );
    const app = this.#directory.options.apps.find((one) => one.clientId === form.get("client_id"));
    if (app === undefined)
      return answerAadError(
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
    return findCloudByAuthority(host) === cloud && tenant.toLowerCase() === ours.toLowerCase();
  }

  #authenticate(asked: Asked, form: URLSearchParams, app: AzureApp, tenant: string): Answer | undefined {
    const secret = form.get("client_secret");
    if (secret === null) return checkAssertion({ asked, form, app, tenant, oidc: this.#oidc });
    return secret === app.secret
      ? undefined
      : answerAadError(401, "invalid_client", 7000215, "Invalid client secret provided.");
  }

  #grant(asked: Asked, app: AzureApp): Answer {
    const issued = this.#directory.issue(asked, app, ACR_RESOURCE);
    const life = issued.expiresOn - Math.floor(asked.now / 1000);
    return answerJson(200, {
      token_type: "Bearer",
      expires_in: life,
      ext_expires_in: life,
      access_token: issued.token,
    });
  }

  #openid(asked: Asked): Answer {
    const tenant = asked.path.split("/")[1] ?? "";
    const base = `https://${asked.host}/${tenant}`;
    if (tenant !== "common" && !this.#isTenant(asked.host, tenant)) return answerNoTenant(tenant);
    return answerJson(200, {
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

/** MSAL for Go requests these in every flow. */
const OPENID_SCOPES = ["openid", "offline_access", "profile"];

function checkScope(sent: string): Answer | undefined {
  const scopes = sent.split(/\s+/).filter((one) => one !== "" && !OPENID_SCOPES.includes(one));
  const scope = scopes.join(" ");
  if (scope === `${ACR_RESOURCE}/.default`) return undefined;
  if (!scope.endsWith("/.default"))
    return answerAadError(
      400,
      "invalid_scope",
      1002012,
      `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default.`,
    );
  return answerAadError(
    400,
    "invalid_resource",
    500011,
    `The resource principal named ${scope.slice(0, -9)} was not found in the tenant.`,
  );
}

function answerDiscovery(asked: Asked): Answer {
  const tenant =
    new URL(asked.query.get("authorization_endpoint") ?? "https://none/none").pathname.split("/")[1] ?? "";
  const cloud = findCloudByAuthority(asked.host);
  const aliases = cloud === undefined ? [] : AZURE_CLOUDS[cloud].authorities;
  return answerJson(200, {
    tenant_discovery_endpoint: `https://${asked.host}/${tenant}/v2.0/.well-known/openid-configuration`,
    "api-version": "1.1",
    metadata: [{ preferred_network: asked.host, preferred_cache: asked.host, aliases }],
  });
}
