import { type Milliseconds, SECOND } from "../../core/time.ts";
import type { HttpResponse } from "../../core/world.ts";
import type { Egress } from "../../egress/egress.ts";
import {
  type ErrorCode,
  type ErrorFacts,
  ensureProviderError,
  ProviderError,
} from "../../errors/provider-error.ts";
import { canShow } from "../../errors/show-value.ts";
import { type JsonObject, parseJsonObject } from "../../formats/json.ts";

/** A vendor's description of an error: a documented code and the request's id. */
export interface VendorError {
  readonly code?: string | undefined;
  readonly requestId?: string | undefined;
}

/** Replaces a code that the vendor does not document: a response may hold a secret there. */
const UNRECOGNISED = "unrecognised";

const VENDOR_CODE_PATTERN = /^[A-Za-z0-9_.:-]{1,96}$/;

/** Returns the code if the vendor documents it, `unrecognised` for another code, and undefined for anything else. */
export function recogniseCode(value: unknown, known: ReadonlySet<string>): string | undefined {
  if (typeof value !== "string" || !VENDOR_CODE_PATTERN.test(value)) return undefined;
  return known.has(value) ? value : UNRECOGNISED;
}

/** Returns a request id or correlation id, which is a GUID in AWS, Entra and ACR; undefined for anything else. */
export function recogniseRequestId(value: unknown): string | undefined {
  return typeof value === "string" && canShow("guid", value) ? value : undefined;
}

/** Parses the JSON object of a response. Throws `response-malformed`, because a parser's own message would quote the body. */
export function parseJsonResponse(body: string, facts: ErrorFacts): JsonObject {
  const value = parseJsonObject(body);
  if (value !== undefined) return value;
  throw new ProviderError("response-malformed", { ...facts, detail: "not a JSON object" });
}

/** Reports whether a text can be a token or password: one line of printable ASCII without spaces. It may be sent in a header. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** Returns a field of a response that must hold a token. Throws `response-malformed`. */
export function requireToken(content: JsonObject, field: string, facts: ErrorFacts): string {
  const value = content[field];
  if (typeof value === "string" && isToken(value)) return value;
  const detail = value === undefined || value === "" ? `no ${field}` : `${field} is not one line of ASCII`;
  throw new ProviderError("response-malformed", { ...facts, detail });
}

/** Maps the error responses of one vendor to error codes. */
export interface ErrorMapping {
  readVendorError(response: HttpResponse): VendorError;
  codeFor(vendor: VendorError, response: HttpResponse): ErrorCode | undefined;
}

/**
 * Returns the error for what an SDK threw. SDKs lose network failures and response statuses, so these take precedence: first
 * the last failure of the egress, then the last response's status, then the SDK's own error.
 */
export function toProviderError(
  thrown: unknown,
  egress: Egress,
  mapping: ErrorMapping,
  facts: ErrorFacts,
): ProviderError {
  if (thrown instanceof ProviderError) return thrown.with(facts);
  if (egress.lastFailure !== undefined) return egress.lastFailure.with(facts);
  const exchange = egress.lastExchange;
  if (exchange?.response === undefined) return ensureProviderError(thrown).with(facts);
  if (exchange.response.status >= 400) return errorFromResponse(exchange.response, egress, mapping, facts);
  return new ProviderError("response-malformed", { ...exchange.facts, ...facts, cause: thrown });
}

/** Returns the error for an unsuccessful response. */
export function errorFromResponse(
  response: HttpResponse,
  egress: Egress,
  mapping: ErrorMapping,
  facts: ErrorFacts,
): ProviderError {
  const vendor = mapping.readVendorError(response);
  const isMetadata = egress.lastExchange?.destination.kind === "metadata";
  const code =
    mapping.codeFor(vendor, response) ??
    (isMetadata ? codeForMetadataStatus(vendor, response) : codeForServiceStatus(response));
  return new ProviderError(code, {
    detail: code === "clock-skew" ? describeSkew(egress.lastExchange?.clockSkew) : undefined,
    ...egress.lastExchange?.facts,
    ...facts,
    vendorCode: vendor.code,
    requestId: vendor.requestId,
  });
}

function describeSkew(skew: Milliseconds | undefined): string | undefined {
  if (skew === undefined) return undefined;
  const seconds = Math.round(Math.abs(skew) / SECOND);
  return `the service's clock is ${seconds} s ${skew > 0 ? "ahead of" : "behind"} the node's`;
}

function codeForServiceStatus({ status }: HttpResponse): ErrorCode {
  if (status === 429) return "throttled";
  if (status < 400) return "response-malformed";
  return status === 408 || status >= 500 ? "cloud-unavailable" : "cloud-refused";
}

/** A 400 with a vendor code comes from the cloud's own service. Without one, another service listens at the address. */
function codeForMetadataStatus(vendor: VendorError, { status }: HttpResponse): ErrorCode {
  if (status === 401 || status === 403) return "metadata-forbidden";
  if (status === 429) return "throttled";
  if (status === 400 && vendor.code !== undefined) return "cloud-refused";
  return status <= 400 ? "metadata-wrong-service" : "metadata-not-ready";
}
