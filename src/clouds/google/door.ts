import type { gaxios } from "google-auth-library";
import type { Egress, EgressRequest } from "../../egress/egress.ts";
import { ProviderError } from "../../errors.ts";
import type { HttpResponse } from "../../world.ts";

/**
 * The library's door: gaxios asks by the egress and nothing else. Its own retries, proxies and agents are shut off.
 *
 * @param route where a request really goes, whatever host the library has in mind
 * @param look told each answer before the library is
 */
export function doorTo(
  egress: Egress,
  route: (asked: URL) => URL,
  look: (answer: HttpResponse) => void = () => {},
): gaxios.GaxiosOptions {
  return {
    agent: noAgent,
    retryConfig: { shouldRetry: () => false },
    fetchImplementation: async (input, init) => {
      const answer = await egress.send(requestOf(route(new URL(String(input))), init));
      look(answer);
      return new Response(answer.body, { status: answer.status, headers: answer.headers });
    },
  };
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
