import { createHttpHeaders, type HttpClient } from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";
import { Secret } from "../../core/secret.ts";
import type { Egress } from "../../egress/egress.ts";
import { type ErrorFacts, ProviderError } from "../../errors/provider-error.ts";
import { isToken, toProviderError } from "../shared/response.ts";
import { azureErrors } from "./errors.ts";

/** The discovery document that MSAL requests from a sign-in host that it does not know. */
const DISCOVERY_PATH = "/v2.0/.well-known/openid-configuration";

/**
 * Returns options with which the library sends its requests through the egress, without its own retries.
 *
 * @param endpoints the sign-in host's endpoints. They replace its discovery document, which could redirect a secret.
 */
export function sdkOptions(egress: Egress, endpoints?: EntraEndpoints) {
  const httpClient: HttpClient = {
    sendRequest: async (request) => {
      const url = new URL(request.url);
      if (endpoints !== undefined && url.pathname.endsWith(DISCOVERY_PATH)) {
        return { request, status: 200, headers: createHttpHeaders(), bodyAsText: JSON.stringify(endpoints) };
      }
      const { status, headers, body } = await egress.send({
        method: request.method === "POST" ? "POST" : "GET",
        url,
        headers: request.headers.toJSON(),
        body: typeof request.body === "string" ? request.body : undefined,
      });
      return { request, status, headers: createHttpHeaders({ ...headers }), bodyAsText: body };
    },
  };
  return { httpClient, retryOptions: { maxRetries: 0 } };
}

/** The fields of an OpenID Connect discovery document that MSAL uses. */
interface EntraEndpoints {
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly authorization_endpoint: string;
  readonly jwks_uri: string;
}

/** Returns the endpoints, which are the same on all of Entra's sign-in hosts (Microsoft identity platform, "OpenID Connect"). */
export function buildEntraEndpoints(authority: string, tenantId: string): EntraEndpoints {
  const tenant = `${authority}/${tenantId}`;
  return {
    issuer: `${tenant}/v2.0`,
    token_endpoint: `${tenant}/oauth2/v2.0/token`,
    authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
    jwks_uri: `${tenant}/discovery/v2.0/keys`,
  };
}

/** Gets a token with the library. Throws `azure-*`, `entra-*`, `response-malformed` and the metadata and network codes. */
export async function getEntraToken(
  credential: TokenCredential,
  scope: string,
  egress: Egress,
  facts: ErrorFacts,
): Promise<Secret> {
  try {
    const result = await credential.getToken(scope);
    const token: unknown = result?.token; // The library does not check the type.
    if (typeof token === "string" && isToken(token)) return new Secret(token);
  } catch (error) {
    throw toProviderError(error, egress, azureErrors, facts);
  }
  throw new ProviderError("response-malformed", {
    ...egress.lastExchange?.facts,
    ...facts,
    detail: "no access_token",
  });
}
