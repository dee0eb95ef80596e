import { type Milliseconds, SECOND } from "../core/time.ts";
import { isErrorCode } from "../errors/codes.ts";
import { type ErrorCode, type ErrorFacts, ProviderError } from "../errors/provider-error.ts";
import { isJsonObject, type JsonObject } from "../formats/json.ts";
import { type EntryMetadata, isEntryMetadata } from "./entry.ts";

/** How long a failure is cached: long enough to absorb a burst of pods, short enough that a fixed policy takes effect quickly. */
const NEGATIVE_TTL: Milliseconds = 5 * SECOND;

/** HTTP statuses of a refusal. */
const REFUSAL_STATUSES: ReadonlySet<number> = new Set([400, 401, 403]);
/** Errors that come with such a status although access was not refused: throttling, a clock, an expired token, a proxy. */
const NOT_REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "throttled",
  "cloud-unavailable",
  "metadata-not-ready",
  "response-not-json",
  "proxy-refused",
  "proxy-authentication-required",
  "aws-credentials-expired",
  "clock-skew",
  "entra-assertion-expired",
  "token-expired",
]);
/** STS returns it with 400 when it could not reach the issuer of the token. */
const ISSUER_UNREACHABLE = "IDPCommunicationError";

/** Reports whether the cloud refused access, which lasts until a policy changes. Every other failure may be temporary. */
export function isRefusal({ code, facts }: ProviderError): boolean {
  if (NOT_REFUSALS.has(code) || facts.vendorCode === ISSUER_UNREACHABLE) return false;
  return REFUSAL_STATUSES.has(facts.status ?? 0);
}

/** A failed fetch, cached for the other runs that need the same login (negative caching, RFC 2308). */
export interface NegativeEntry {
  readonly error: ProviderError;
  readonly failedAtMonotonic: Milliseconds;
  readonly metadata: EntryMetadata;
}

/** Omits the cause. The other facts hold no secrets, because they appear in the error line. */
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
  if (
    typeof code !== "string" ||
    !isErrorCode(code) ||
    !isFacts(facts) ||
    typeof failedAtMonotonic !== "number" ||
    !isEntryMetadata(metadata)
  )
    return undefined;
  return { error: new ProviderError(code, facts), failedAtMonotonic, metadata };
}

const NUMERIC_FACTS: readonly string[] = ["attempts", "status"];

function isFacts(value: unknown): value is ErrorFacts {
  if (!isJsonObject(value)) return false;
  return Object.entries(value).every(
    ([name, fact]) => typeof fact === (NUMERIC_FACTS.includes(name) ? "number" : "string"),
  );
}

/**
 * Reports whether a run must not fetch because of a cached failure. A refusal applies to every run. A temporary failure applies to the
 * runs that were waiting for it, and to runs that have a stale login to serve.
 */
export function isNegativeHit(
  failure: NegativeEntry,
  run: { readonly startedAt: Milliseconds; readonly hasStaleLogin: boolean },
  now: Milliseconds,
): boolean {
  if (!isRecent(failure, now)) return false;
  return run.hasStaleLogin || failure.failedAtMonotonic >= run.startedAt || isRefusal(failure.error);
}

/** Reports whether the entry has not expired. */
export function isRecent({ failedAtMonotonic }: NegativeEntry, now: Milliseconds): boolean {
  return now >= failedAtMonotonic && now - failedAtMonotonic <= NEGATIVE_TTL;
}
