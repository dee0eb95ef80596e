import type { ProviderError } from "./provider-error.ts";

/** The kubelet logs stderr whole: one line, at most 4 KiB of it. What is too long is never what mends it. */
export const MAX_LINE = 4096;
const MAX_HINT = 2048;
/** Masks the secrets of this run in a text. `core/secret.ts` has the real one. */
export type Redact = (text: string) => string;

/** Shapes of secrets. None should reach the line; these shapes and the redaction are the second line of defence. */
const SECRET_SHAPES =
  /eyJ[\w-]{8,}(\.[\w-]+){0,2}|ya29\.[\w.-]+|AWS4-HMAC[^\s"]+|Bearer [^\s"]+|\/\/[^/\s@]+@|A[KS]IA[A-Z0-9]{12,}/g;

/**
 * The one line that says what went wrong:
 * `registry-credential-provider: no login for HOST: SENTENCE (facts). Hint: HINT [code CODE, stage STAGE]`.
 */
export function formatErrorLine(error: ProviderError, host: string | undefined, redact: Redact): string {
  const subject = host === undefined ? "" : `no login for ${redact(quoteUntrusted(host))}: `;
  const hint = sanitizeLine(
    `. Hint: ${error.facts.hint === undefined ? error.hint : redact(error.hint)}`,
    MAX_HINT,
  );
  const remedy = `${hint} [code ${error.code}, stage ${error.stage}]`;
  const failed = `registry-credential-provider: ${subject}${formatError(error, redact)}`;
  return sanitizeLine(failed, MAX_LINE - remedy.length) + remedy;
}

/** Formats an error as `SENTENCE: DETAIL (facts)`. The sentence is from the table of codes; only the rest is redacted. */
export function formatError(error: ProviderError, redact: Redact): string {
  const { detail } = error.facts;
  const facts = describeFacts(error);
  return [
    error.sentence,
    detail && redact(`: ${detail}`),
    facts.length > 0 && redact(` (${facts.join("; ")})`),
  ]
    .filter(Boolean)
    .join("");
}

function describeFacts({ facts }: ProviderError): string[] {
  const { request, status, attempts, vendorCode, requestId, identity, rule } = facts;
  return [
    request && (status === undefined ? `request: ${request}` : `${request} returned ${status}`),
    attempts !== undefined && attempts > 1 && `${attempts} attempts`,
    vendorCode && `error code ${vendorCode}`,
    requestId && `request ID ${requestId}`,
    identity && `identity: ${identity}`,
    rule && `rule ${rule}`,
  ].filter((fact): fact is string => typeof fact === "string" && fact !== "");
}

/** Printable ASCII on one line, free of what looks like a secret, cut where it is too long. */
export function sanitizeLine(text: string, longest = MAX_LINE): string {
  const plain = text.replace(/[^\x20-\x7e]+/g, " ").replace(SECRET_SHAPES, "[secret]");
  return plain.length <= longest ? plain : `${plain.slice(0, longest - 3)}...`;
}

/**
 * Quotes a value that the pod author wrote, at most 128 characters of it, so that it cannot pass for the program's own words.
 * The operator's values go through `show-value.ts`.
 */
export function quoteUntrusted(value: string): string {
  const text = JSON.stringify(value);
  return text.length <= 128 ? text : `${text.slice(0, 124)}..."`;
}
