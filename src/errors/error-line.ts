import type { ProviderError } from "./provider-error.ts";

/** The maximum length of the error line in bytes. The kubelet writes all of stderr to its log. */
export const MAX_LINE = 4096;
const MAX_HINT = 2048;
/** Masks the secrets of this run in a text; see `core/secret.ts`. */
export type Redact = (text: string) => string;

/** Matches what looks like a secret. A second line of defence: no secret should reach the error line, and known ones are redacted. */
const SECRET_SHAPES =
  /eyJ[\w-]{8,}(\.[\w-]+){0,2}|ya29\.[\w.-]+|AWS4-HMAC[^\s"]+|Bearer [^\s"]+|\/\/[^/\s@]+@|A[KS]IA[A-Z0-9]{12,}/g;

/**
 * Formats the line that a failed run writes to stderr:
 * `registry-credential-provider: no login for HOST: SENTENCE: DETAIL (FACTS). Hint: HINT [code CODE, stage STAGE]`.
 * A line that is too long loses its details, never the hint and the code.
 *
 * @param host the image's host; undefined if it is not known yet
 */
export function formatErrorLine(error: ProviderError, host: string | undefined, redact: Redact): string {
  const subject = host === undefined ? "" : `no login for ${redact(quoteUntrusted(host))}: `;
  const hint = error.facts.hint === undefined ? error.hint : redact(error.hint);
  const end = `${sanitizeLine(`. Hint: ${hint}`, MAX_HINT)} [code ${error.code}, stage ${error.stage}]`;
  const start = `registry-credential-provider: ${subject}${formatError(error, redact)}`;
  return sanitizeLine(start, MAX_LINE - end.length) + end;
}

/** Formats an error as `SENTENCE: DETAIL (FACTS)`. The sentence is constant, so only the rest is redacted. */
export function formatError(error: ProviderError, redact: Redact): string {
  const { detail, request, status, attempts, vendorCode, requestId, identity, rule } = error.facts;
  const facts = [
    request && (status === undefined ? `request: ${request}` : `${request} returned ${status}`),
    attempts !== undefined && attempts > 1 && `${attempts} attempts`,
    vendorCode && `error code ${vendorCode}`,
    requestId && `request ID ${requestId}`,
    identity && `identity: ${identity}`,
    rule && `rule ${rule}`,
  ].filter(Boolean);
  const details = `${detail ? `: ${detail}` : ""}${facts.length > 0 ? ` (${facts.join("; ")})` : ""}`;
  return error.sentence + redact(details);
}

/** Returns the text as one line of printable ASCII, with anything that looks like a secret masked, cut to the maximum length. */
export function sanitizeLine(text: string, maxLength = MAX_LINE): string {
  const line = text.replace(/[^\x20-\x7e]+/g, " ").replace(SECRET_SHAPES, "[secret]");
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 3)}...`;
}

/**
 * Quotes at most 128 characters of a value that the pod author controls, so that it cannot pass for a part of the message.
 * Use `show-value.ts` for values that the operator controls.
 */
export function quoteUntrusted(value: string): string {
  const text = JSON.stringify(value);
  return text.length <= 128 ? text : `${text.slice(0, 124)}..."`;
}
