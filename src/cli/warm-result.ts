import { redactSecrets } from "../core/secret.ts";
import { formatError, sanitizeLine } from "../errors/error-line.ts";
import { type ErrorCode, ProviderError } from "../errors/provider-error.ts";

/** The result of `cache warm` for one image. */
export interface WarmResult {
  /** In one or two words. */
  readonly outcome: string;
  readonly detail: string;
  readonly hasFailed: boolean;
}

/** Refusals of a request without a pod's token. `cache warm` has none, a pull of a pod has one. */
const POD_ONLY: readonly ErrorCode[] = ["pod-token-missing", "service-account-not-allowed"];

export function succeeded(outcome: string, detail: string): WarmResult {
  return { outcome, detail, hasFailed: false };
}

export function failed(outcome: string, detail: string): WarmResult {
  return { outcome, detail, hasFailed: true };
}

/** Returns the result for a failure. Rethrows what is not a ProviderError. */
export function failedLogin(thrown: unknown): WarmResult {
  if (!(thrown instanceof ProviderError)) throw thrown;
  return failed("no login", describeError(thrown));
}

/** A failure here, unlike for the kubelet: the caller named the image to get a login, so it may be a typing error. */
export function unsupportedRegistry(image: string): WarmResult {
  if (image === "") return failed("unsupported", "the image is empty");
  if (image.includes("://"))
    return failed("unsupported", "an image starts with its host: remove everything up to ://");
  return failed("unsupported", "unsupported registry without a rule: pulled without a login");
}

/** Formats an error as `SENTENCE (facts). Hint: HINT [code CODE]`. */
export function describeError(error: ProviderError): string {
  const code = `[code ${error.code}]`;
  if (POD_ONLY.includes(error.code))
    return sanitizeLine(`${error.facts.rule} requires a pod's token, which only a pull has ${code}`);
  // The hints about requests are for the kubelet's, on stdin.
  const hint = error.stage === "request" ? "" : `. Hint: ${error.hint}`;
  return sanitizeLine(`${formatError(error, redactSecrets)}${hint} ${code}`);
}
