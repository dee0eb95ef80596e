import type { gaxios } from "google-auth-library";
import type { HttpResponse } from "../../core/world.ts";
import type { Egress, EgressRequest } from "../../egress/egress.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { parseJsonObject } from "../../formats/json.ts";
import { isToken } from "../shared/response.ts";
import { Headers, Response } from "./fetch-types.ts";

/**
 * The library's door: gaxios asks by the egress and nothing else. Its own retries, proxies and agents are shut off.
 *
 * @param route where a request really goes, whatever host the library has in mind
 * @param look told each answer before the library is
 */
export function gaxiosOptions(
  egress: Egress,
  route: (asked: URL) => URL,
  look: (answer: HttpResponse) => void = () => {},
): gaxios.GaxiosOptions {
  return {
    agent: noAgent,
    retryConfig: { shouldRetry: () => false },
    fetchImplementation: async (input, init) => {
      const request = requestOf(route(new URL(String(input))), init);
      const answer = await egress.send(request);
      look(answer);
      requireTokenIn(answer, request.url, egress);
      return new Response(answer.body, { status: answer.status, headers: answer.headers });
    },
  };
}

/** The field with the access token in responses of STS, OAuth, the metadata server and IAM, by the request's path. */
const TOKEN_FIELDS: readonly (readonly [path: RegExp, field: string])[] = [
  [/\/token$/, "access_token"],
  [/:generateAccessToken$/, "accessToken"],
];

/**
 * Refuses a response without a token: the library would send its next request without one. The failure is recorded in the
 * egress, because the library replaces an error that is thrown here with its own.
 */
function requireTokenIn({ status, body }: HttpResponse, { pathname }: URL, egress: Egress): void {
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

const FORM = "application/x-www-form-urlencoded";

/** As `fetch` has it, a form names its own type. */
function requestOf(url: URL, { method, headers, body }: RequestInit = {}): EgressRequest {
  const all = new Headers(headers);
  if (body instanceof URLSearchParams && !all.has("content-type")) all.set("content-type", FORM);
  const text = body instanceof URLSearchParams || typeof body === "string" ? String(body) : undefined;
  return { method: method === "POST" ? "POST" : "GET", url, headers: Object.fromEntries(all), body: text };
}

/** Named so that gaxios makes no proxy agent; never called, since the fetch above makes its own sockets. */
function noAgent(): never {
  throw new ProviderError("internal", { detail: "gaxios wants an agent" });
}
