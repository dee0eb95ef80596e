import { createHttpHeaders, type HttpClient } from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";
import { Secret } from "../../core/secret.ts";
import type { Egress } from "../../egress/egress.ts";
import { type ErrorFacts, ProviderError } from "../../errors/provider-error.ts";
import { isToken, toProviderError } from "../shared/response.ts";
import { azureErrors } from "./errors.ts";

/** MSAL asks for this of a sign-in host that it does not know. */
const DISCOVERY = "/v2.0/.well-known/openid-configuration";

/**
 * The library's door, with its own retries shut off.
 *
 * @param endpoints of the sign-in host: they are the same on each, so no document of its own is asked for that could name
 *   another place for a secret
 */
export function sdkOptions(egress: Egress, endpoints?: EntraEndpoints) {
  const httpClient: HttpClient = {
    sendRequest: async (request) => {
      const url = new URL(request.url);
      if (endpoints !== undefined && url.pathname.endsWith(DISCOVERY)) {
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

/** As OpenID Connect Discovery names them. */
interface EntraEndpoints {
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly authorization_endpoint: string;
  readonly jwks_uri: string;
}

/** Entra's, on any of its sign-in hosts (Microsoft identity platform, "OpenID Connect"). */
export function buildEntraEndpoints(authority: string, tenantId: string): EntraEndpoints {
  const tenant = `${authority}/${tenantId}`;
  return {
    issuer: `${tenant}/v2.0`,
    token_endpoint: `${tenant}/oauth2/v2.0/token`,
    authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
    jwks_uri: `${tenant}/discovery/v2.0/keys`,
  };
}

export async function getEntraToken(
  credential: TokenCredential,
  scope: string,
  egress: Egress,
  facts: ErrorFacts,
): Promise<Secret> {
  try {
    const answer = await credential.getToken(scope);
    const token: unknown = answer?.token; // The library does not look whether it is text.
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
