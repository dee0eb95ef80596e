import { redactSecrets } from "../core/secret.ts";
import { formatError, sanitizeLine } from "../errors/error-line.ts";
import { type ErrorCode, ProviderError } from "../errors/provider-error.ts";

/** What came of one image. */
export interface Verdict {
  /** In a word or two. */
  readonly outcome: string;
  readonly detail: string;
  readonly hasFailed: boolean;
}

/** Refusals of a request without a pod's token, which a pull of a pod has. */
const FOR_PODS: readonly ErrorCode[] = ["pod-token-missing", "service-account-not-allowed"];

export function wellEnough(outcome: string, detail: string): Verdict {
  return { outcome, detail, hasFailed: false };
}

export function failed(outcome: string, detail: string): Verdict {
  return { outcome, detail, hasFailed: true };
}

export function noLogin(thrown: unknown): Verdict {
  if (!(thrown instanceof ProviderError)) throw thrown;
  return failed("no login", reasonOf(thrown));
}

/** The kubelet is told the same of it. Whoever names it here wants a login, and would never hear of a slip otherwise. */
export function nobodys(image: string): Verdict {
  return failed("nobody's", whyNobodys(image));
}

function whyNobodys(image: string): string {
  if (image === "") return "the image is empty";
  if (image.includes("://")) return "an image begins with its host: leave out what ends with ://";
  return "it is no registry of this program's, and no rule is for it: it is pulled without a login";
}

/** `SENTENCE (facts). Hint: HINT [code CODE]` */
export function reasonOf(error: ProviderError): string {
  const isForPods = FOR_PODS.includes(error.code);
  const said = isForPods
    ? `${error.facts.rule} wants a pod's token, which only a pull has`
    : formatError(error, redactSecrets);
  // The hints for requests are for those on stdin.
  const hint = isForPods || error.stage === "request" ? "" : `. Hint: ${error.hint}`;
  return sanitizeLine(`${said}${hint} [code ${error.code}]`);
}
