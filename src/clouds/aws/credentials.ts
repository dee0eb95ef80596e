import { Secret } from "../../core/secret.ts";
import type { Milliseconds } from "../../core/time.ts";
import { type ErrorFacts, ProviderError } from "../../errors/provider-error.ts";
import { parseJsonResponse, requireToken } from "../shared/response.ts";

/** What signs a request, and where it came from: the source is shown in errors, the rest never. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret | undefined;
  /** Wall clock; undefined where nothing said so. It is the services that refuse what is over, by their own clock. */
  readonly expiresAt?: Milliseconds | undefined;
  readonly source: string;
  /** The partition that the source states, if any. */
  readonly partition?: string | undefined;
}

/** The JSON that metadata, container endpoint and `credential_process` all answer. Throws `response-malformed`. */
export function parseCredentials(
  body: string,
  source: string,
  facts: ErrorFacts,
  tokenField: "Token" | "SessionToken",
): AwsCredentials {
  const answer = parseJsonResponse(body, facts);
  // A service returns temporary credentials. A program may print a user's keys, without a session token and an expiry.
  const isTemporary = tokenField === "Token";
  const isExpected = (field: string) =>
    isTemporary || ![undefined, null, ""].some((none) => answer[field] === none);
  const expiresAt = parseTimestamp(answer["Expiration"]);
  if (isExpected("Expiration") && expiresAt === undefined)
    throw new ProviderError("response-malformed", { ...facts, detail: "no time in Expiration" });
  return {
    accessKeyId: requireToken(answer, "AccessKeyId", facts),
    secretAccessKey: new Secret(requireToken(answer, "SecretAccessKey", facts)),
    sessionToken: isExpected(tokenField) ? new Secret(requireToken(answer, tokenField, facts)) : undefined,
    expiresAt,
    source,
  };
}

/** Keys that are plain text where they stand: a variable, a profile, an answer of STS. Undefined unless both are there. */
export function toAwsCredentials(
  accessKeyId: string | undefined,
  secretAccessKey: string | undefined,
  sessionToken: string | undefined,
  source: string,
): AwsCredentials | undefined {
  if (!accessKeyId || !secretAccessKey) return undefined;
  const token = sessionToken ? new Secret(sessionToken) : undefined;
  return { accessKeyId, secretAccessKey: new Secret(secretAccessKey), sessionToken: token, source };
}

/** A point in time as AWS prints it (ISO 8601), or as its SDK reads it; undefined where it is neither. */
export function parseTimestamp(printed: unknown): Milliseconds | undefined {
  const time =
    printed instanceof Date ? printed.getTime() : Date.parse(typeof printed === "string" ? printed : "");
  return Number.isNaN(time) ? undefined : time;
}
