import { Secret } from "../../core/secret.ts";
import type { Milliseconds } from "../../core/time.ts";
import { type ErrorFacts, ProviderError } from "../../errors/provider-error.ts";
import { parseJsonResponse, requireToken } from "../shared/response.ts";

/** An access key that signs requests to AWS. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret | undefined;
  /** Wall clock; undefined if unknown. It is not checked here: AWS's services reject expired credentials by their own clock. */
  readonly expiresAt?: Milliseconds | undefined;
  /** The origin of the credentials, which is all that errors show. */
  readonly source: string;
  /** The partition that the source states, if any. */
  readonly partition?: string | undefined;
}

/**
 * Parses the JSON that the instance metadata, a container endpoint and a `credential_process` return.
 *
 * @param tokenField `Token` in a response of a service, `SessionToken` in the output of a program
 * @throws ProviderError `response-malformed`
 */
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

/** Returns the credentials of an access key; undefined without both its id and its secret. */
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

/** Parses a time as AWS prints it (ISO 8601) or as its SDK returns it (`Date`). Returns undefined for anything else. */
export function parseTimestamp(value: unknown): Milliseconds | undefined {
  const time = value instanceof Date ? value.getTime() : Date.parse(typeof value === "string" ? value : "");
  return Number.isNaN(time) ? undefined : time;
}
