import type { gaxios } from "google-auth-library";
import type { HttpResponse } from "../../core/world.ts";
import type { Egress, EgressRequest } from "../../egress/egress.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { parseJsonObject } from "../../formats/json.ts";
import { isToken } from "../shared/response.ts";
import { Headers, Response } from "./fetch-types.ts";

/**
 * Returns options with which the library sends its requests through the egress, without its own retries, proxies and agents.
 *
 * @param route returns where a request really goes
 */
export function gaxiosOptions(egress: Egress, route: (url: URL) => URL): gaxios.GaxiosOptions {
  return {
    // With an agent, gaxios creates none for a proxy. It is never called, because fetchImplementation opens the connections.
    agent: () => {
      throw new ProviderError("internal", { detail: "gaxios wants an agent" });
    },
    retryConfig: { shouldRetry: () => false },
    // Whatever content type the service sends.
    responseType: "json",
    fetchImplementation: async (input, init) => {
      const request = toEgressRequest(route(new URL(String(input))), init);
      const response = await egress.send(request);
      assertTokenField(response, request.url, egress);
      return new Response(response.body, { status: response.status, headers: response.headers });
    },
  };
}

/** The field with the access token in responses of STS, OAuth and IAM, by the request's path. */
const TOKEN_FIELDS: readonly (readonly [path: RegExp, field: string])[] = [
  [/\/token$/, "access_token"],
  [/:generateAccessToken$/, "accessToken"],
];

/**
 * Refuses a response without a token: the library would send its next request without one. The failure is recorded in the
 * egress, because the library replaces an error that is thrown here with its own.
 */
function assertTokenField({ status, body }: HttpResponse, { pathname }: URL, egress: Egress): void {
  const [, field] = TOKEN_FIELDS.find(([path]) => path.test(pathname)) ?? [];
  if (field === undefined || status >= 300) return;
  const token = parseJsonObject(body)?.[field];
  if (typeof token === "string" && isToken(token)) return;
  egress.lastFailure = new ProviderError("response-malformed", {
    ...egress.lastExchange?.facts,
    detail: `no ${field}`,
  });
  throw egress.lastFailure;
}

/** A form sets its own content type, as in `fetch`. */
function toEgressRequest(url: URL, { method, headers, body }: RequestInit = {}): EgressRequest {
  const allHeaders = new Headers(headers);
  if (body instanceof URLSearchParams && !allHeaders.has("content-type"))
    allHeaders.set("content-type", "application/x-www-form-urlencoded");
  const text = body instanceof URLSearchParams || typeof body === "string" ? String(body) : undefined;
  return {
    method: method === "POST" ? "POST" : "GET",
    url,
    headers: Object.fromEntries(allHeaders),
    body: text,
  };
}
