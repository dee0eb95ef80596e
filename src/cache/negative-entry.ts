import { type Milliseconds, SECOND } from "../core/time.ts";
import { ERROR_CODES } from "../errors/codes.ts";
import { type ErrorCode, type ErrorFacts, ProviderError } from "../errors/provider-error.ts";
import { isJsonObject, type JsonObject } from "../formats/json.ts";
import { type EntryMetadata, isEntryMetadata } from "./entry.ts";

/** So long a refusal is not asked for again: it spares the cloud a crowd, and whoever mends it hardly waits. */
const NEGATIVE_TTL: Milliseconds = 5 * SECOND;

/** The answers by which a service says no. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403]);
/** Said with those too, and not of the right to a login: of a crowd, a clock, a token's end, or by who stands between. */
const OF_SOMETHING_ELSE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "throttled",
  "cloud-unavailable",
  "metadata-not-ready",
  "response-not-json",
  "proxy-refused",
  "proxy-authentication",
  "aws-credentials-expired",
  "clock-skew",
  "entra-assertion-expired",
  "token-expired",
]);
/** STS could not reach the issuer of the token, and says so with 400. */
const ISSUER_NOT_REACHED = "IDPCommunicationError";

/** The cloud says no, and will say so until somebody changes something. Whatever else fails may be over soon. */
export function isRefusal({ code, facts }: ProviderError): boolean {
  if (OF_SOMETHING_ELSE.has(code) || facts.vendorCode === ISSUER_NOT_REACHED) return false;
  return REFUSALS.has(facts.status ?? 0);
}

/** A failure that others had, and when. */
export interface NegativeEntry {
  readonly error: ProviderError;
  /** By the clock that nobody sets. */
  readonly failedAtMonotonic: Milliseconds;
  readonly metadata: EntryMetadata;
}

/** All that is known of it may be shown, so it may be kept too. */
export function encodeNegativeEntry({ error, failedAtMonotonic, metadata }: NegativeEntry): JsonObject {
  const { cause: _, ...facts } = error.facts;
  return { code: error.code, facts, failedAtMonotonic, metadata };
}

export function parseNegativeEntry({
  code,
  facts,
  failedAtMonotonic,
  metadata,
}: JsonObject): NegativeEntry | undefined {
  if (!isCode(code) || !isFacts(facts) || typeof failedAtMonotonic !== "number" || !isEntryMetadata(metadata))
    return undefined;
  return { error: new ProviderError(code, facts), failedAtMonotonic, metadata };
}

function isCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(ERROR_CODES, value);
}

const NUMBERS: readonly string[] = ["attempts", "status"];

function isFacts(value: unknown): value is ErrorFacts {
  if (!isJsonObject(value)) return false;
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
export function appliesToRun(failure: NegativeEntry, began: Milliseconds, now: Milliseconds): boolean {
  return isRecent(failure, now) && (failure.failedAtMonotonic >= began || isRefusal(failure.error));
}

/** Whether it is of now: who holds a good login need not ask again yet. */
export function isRecent({ failedAtMonotonic }: NegativeEntry, now: Milliseconds): boolean {
  return now >= failedAtMonotonic && now - failedAtMonotonic <= NEGATIVE_TTL;
}
