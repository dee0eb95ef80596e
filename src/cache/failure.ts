import { ERROR_CODES } from "../error-codes.ts";
import { type ErrorCode, type ErrorFacts, ProviderError } from "../errors.ts";
import { isMapping, type Mapping } from "../json.ts";
import { type Milliseconds, SECOND } from "../time.ts";

/** So long a refusal is not asked for again: it spares the cloud a crowd, and whoever mends it hardly waits. */
const REMEMBERED: Milliseconds = 5 * SECOND;

/** What is over by itself, perhaps at the next try. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "throttled",
  "cloud-unavailable",
  "metadata-refused",
  "metadata-silent",
  "metadata-not-ready",
  "dns-failed",
  "connection-refused",
  "network-unreachable",
  "connection-silent",
  "connection-lost",
  "answer-timeout",
  "answer-not-json",
  "tls-failed",
  "proxy-unreachable",
  "proxy-refused",
]);
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403]);
/** Said with those too: of this token or this clock, and not of the right to a login. */
const OF_TIME: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "aws-credentials-expired",
  "clock-skew",
  "entra-assertion-time",
  "token-expired",
]);

export function isPassing({ code }: ProviderError): boolean {
  return PASSING.has(code);
}

/** The cloud says no, and will say so until somebody changes something. */
export function isRefusal(error: ProviderError): boolean {
  const { code, facts } = error;
  return !isPassing(error) && !OF_TIME.has(code) && REFUSALS.has(facts.status ?? 0);
}

/** A failure that others had, and when. */
export interface Failure {
  readonly error: ProviderError;
  /** By the clock that nobody sets. */
  readonly since: Milliseconds;
}

/** All that is known of it may be shown, so it may be kept too. */
export function encodeFailure({ error, since }: Failure): Mapping {
  const { cause: _, ...facts } = error.facts;
  return { code: error.code, facts, since };
}

export function parseFailure({ code, facts, since }: Mapping): Failure | undefined {
  if (!isCode(code) || !isFacts(facts) || typeof since !== "number") return undefined;
  return { error: new ProviderError(code, facts), since };
}

function isCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(ERROR_CODES, value);
}

const NUMBERS: readonly string[] = ["tries", "status"];

function isFacts(value: unknown): value is ErrorFacts {
  if (!isMapping(value)) return false;
  return Object.entries(value).every(
    ([name, fact]) => typeof fact === (NUMBERS.includes(name) ? "number" : "string"),
  );
}

/**
 * Whether it is the answer to a run too that did not ask by itself. What passes is only for those who waited for it: who comes
 * later may fare better.
 *
 * @param began when the run did, by the clock that nobody sets
 */
export function isShared({ error, since }: Failure, began: Milliseconds, now: Milliseconds): boolean {
  const age = now - since;
  if (age < 0 || age > REMEMBERED) return false;
  return since >= began || isRefusal(error);
}

/** Whether it is of now: who holds a good login need not ask again yet. */
export function isRecent({ since }: Failure, now: Milliseconds): boolean {
  return now >= since && now - since <= REMEMBERED;
}
