import type { HttpResponse } from "../core/world.ts";
import { type ErrorCode, type ErrorFacts, ProviderError } from "../errors/provider-error.ts";
import type { Destination } from "./destination.ts";

/** What came of one try. */
export type AttemptOutcome =
  | { readonly response: HttpResponse; readonly failure?: never }
  | { readonly response?: never; readonly failure: ProviderError };

/** What a failure of the wire means where a metadata service should be. */
const METADATA_CODES: Readonly<Partial<Record<ErrorCode, ErrorCode>>> = {
  "connection-refused": "metadata-refused",
  "network-unreachable": "metadata-refused",
  "connection-silent": "metadata-silent",
  "answer-timeout": "metadata-silent",
  "connection-lost": "metadata-not-ready",
  "redirect-refused": "metadata-foreign",
  "answer-not-json": "metadata-foreign",
};

/** Answers that no service of ours gives. Metadata services do say 404 with a page; any service may say 5xx with one. */
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
    return refuse("answer-not-json");
  return { response };
}

function isWebPage({ headers, body }: HttpResponse, mislabels: boolean): boolean {
  const isCalledOne = !mislabels && /^text\/html\b/i.test(headers["content-type"] ?? "");
  return isCalledOne || /^\s*<(!doctype\s+html|html)\b/i.test(body);
}

/** The answer, or the failure in the words of the kind of place that was asked. */
export function unwrapOutcome({ response, failure }: AttemptOutcome, { kind }: Destination): HttpResponse {
  if (failure === undefined) return response;
  const code = kind === "metadata" ? METADATA_CODES[failure.code] : undefined;
  throw code === undefined ? failure : new ProviderError(code, failure.facts);
}
