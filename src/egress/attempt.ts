import type { HttpResponse } from "../core/world.ts";
import { type ErrorCode, type ErrorFacts, ProviderError } from "../errors/provider-error.ts";
import type { Destination } from "./destination.ts";

/** The result of one attempt: a response, or the failure to get an acceptable one. */
export type AttemptOutcome =
  | { readonly response: HttpResponse; readonly failure?: never }
  | { readonly response?: never; readonly failure: ProviderError };

/** The codes that replace network errors if the destination is a metadata service. */
const METADATA_CODES: Readonly<Partial<Record<ErrorCode, ErrorCode>>> = {
  "connection-refused": "metadata-refused",
  "network-unreachable": "metadata-refused",
  "connect-timeout": "metadata-timeout",
  "response-timeout": "metadata-timeout",
  "connection-lost": "metadata-not-ready",
  "redirect-refused": "metadata-wrong-service",
  "response-not-json": "metadata-wrong-service",
};

/**
 * Turns redirects and web pages into failures, which captive portals and proxies send. Accepted are web pages with an error status
 * of a metadata service, which answers 404 with one, and web pages with a 5xx of any service.
 */
export function classifyResponse(
  response: HttpResponse,
  destination: Destination,
  facts: ErrorFacts,
): AttemptOutcome {
  const { kind, ignoreHtmlContentType = false } = destination;
  const { status } = response;
  const refuse = (code: ErrorCode) => ({ failure: new ProviderError(code, { ...facts, status }) });
  if (status >= 300 && status < 400) return refuse("redirect-refused");
  if (status < (kind === "metadata" ? 300 : 500) && isWebPage(response, ignoreHtmlContentType))
    return refuse("response-not-json");
  return { response };
}

function isWebPage({ headers, body }: HttpResponse, ignoreContentType: boolean): boolean {
  const hasHtmlType = !ignoreContentType && /^text\/html\b/i.test(headers["content-type"] ?? "");
  return hasHtmlType || /^\s*<(!doctype\s+html|html)\b/i.test(body);
}

/** Returns the response, or throws the failure with the code for this kind of destination. */
export function unwrapOutcome({ response, failure }: AttemptOutcome, { kind }: Destination): HttpResponse {
  if (failure === undefined) return response;
  const code = kind === "metadata" ? METADATA_CODES[failure.code] : undefined;
  throw code === undefined ? failure : new ProviderError(code, failure.facts);
}
