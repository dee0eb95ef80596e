import type { Egress } from "../egress/egress.ts";
import { asProviderError, type ErrorCode, type ErrorFacts, ProviderError } from "../errors.ts";
import { type Mapping, tryParse } from "../json.ts";
import type { HttpResponse } from "../world.ts";

/** What a vendor says of an error: shown only where it looks like a code or an id, so that no body slips through. */
export interface VendorError {
  readonly code?: string | undefined;
  readonly requestId?: string | undefined;
}

const CODE_SHAPE = /^[A-Za-z0-9_.:-]{1,96}$/;

/** The value, where it is a code or an id and nothing else. */
export function codeOf(value: unknown): string | undefined {
  return typeof value === "string" && CODE_SHAPE.test(value) ? value : undefined;
}

/** JSON of a remote body. Throws `answer-malformed`: a parser's own message would quote the body. */
export function parseAnswer(body: string, facts: ErrorFacts): Mapping {
  const value = tryParse(body);
  if (value !== undefined) return value;
  throw new ProviderError("answer-malformed", { ...facts, detail: "not a JSON object" });
}

/** A string field of an answer that must be there. Throws `answer-malformed`. */
export function requireText(answer: Mapping, field: string, facts: ErrorFacts): string {
  const value = answer[field];
  if (typeof value === "string" && value !== "") return value;
  throw new ProviderError("answer-malformed", { ...facts, detail: `no ${field}` });
}

/** What goes into a header or is a password: one line of ASCII without blanks. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** The same of an answer's field. Throws `answer-malformed`. */
export function requireToken(answer: Mapping, field: string, facts: ErrorFacts): string {
  const token = requireText(answer, field, facts);
  if (isToken(token)) return token;
  throw new ProviderError("answer-malformed", { ...facts, detail: `${field} is not one line of ASCII` });
}

/** How one cloud reads its error answers: the vendor's words, and which code of ours they mean. */
export interface Reading {
  vendorError(response: HttpResponse): VendorError;
  codeFor(vendor: VendorError, response: HttpResponse): ErrorCode | undefined;
}

/**
 * What an SDK threw, as one of ours. The wire's failure comes first, then the last answer's status, since SDKs lose
 * both; only where all was well on the wire does the SDK's own error count.
 */
export function failureOf(
  thrown: unknown,
  egress: Egress,
  reading: Reading,
  facts: ErrorFacts,
): ProviderError {
  if (thrown instanceof ProviderError) return thrown.with(facts);
  if (egress.failure !== undefined) return egress.failure.with(facts);
  const asked = egress.asked;
  if (asked?.response === undefined) return asProviderError(thrown).with(facts);
  if (asked.response.status >= 400) return refusalOf(asked.response, egress, reading, facts);
  return new ProviderError("answer-malformed", { ...asked.facts, ...facts, cause: thrown });
}

/** The error of an answer with status 400 or more. */
export function refusalOf(
  response: HttpResponse,
  egress: Egress,
  reading: Reading,
  facts: ErrorFacts,
): ProviderError {
  const vendor = reading.vendorError(response);
  const isMetadata = egress.asked?.destination.kind === "metadata";
  const code =
    reading.codeFor(vendor, response) ?? (isMetadata ? metadataCode(vendor, response) : cloudCode(response));
  return new ProviderError(code, {
    ...egress.asked?.facts,
    ...facts,
    vendorCode: unlessSent(vendor.code, egress),
    requestId: unlessSent(vendor.requestId, egress),
  });
}

/** A service may answer with what it was sent, and a token may look like an id. */
export function unlessSent(text: string | undefined, egress: Egress): string | undefined {
  return text !== undefined && egress.asked?.sent(text) ? undefined : text;
}

function cloudCode({ status }: HttpResponse): ErrorCode {
  if (status === 429) return "throttled";
  if (status < 400) return "answer-malformed";
  return status === 408 || status >= 500 ? "cloud-unavailable" : "cloud-refused";
}

/** Whoever answers 400 with a vendor's code is the cloud's, and understood the question. */
function metadataCode(vendor: VendorError, { status }: HttpResponse): ErrorCode {
  if (status === 401 || status === 403) return "metadata-forbidden";
  if (status === 429) return "throttled";
  if (status === 400 && vendor.code !== undefined) return "cloud-refused";
  return status <= 400 ? "metadata-foreign" : "metadata-not-ready";
}
