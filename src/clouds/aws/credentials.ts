import { type ErrorFacts, ProviderError } from "../../errors.ts";
import { Secret } from "../../secret.ts";
import { parseAnswer, requireText } from "../answer.ts";

/** What signs a request, and where it came from: the source is shown in errors, the rest never. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret | undefined;
  readonly source: string;
}

/** The JSON that metadata, container endpoint and `credential_process` all answer. Throws `answer-malformed`. */
export function parseCredentials(
  body: string,
  source: string,
  facts: ErrorFacts,
  tokenField: "Token" | "SessionToken",
): AwsCredentials {
  const answer = parseAnswer(body, facts);
  const token = answer[tokenField];
  return {
    accessKeyId: requireKey(answer, "AccessKeyId", facts),
    secretAccessKey: new Secret(requireText(answer, "SecretAccessKey", facts)),
    sessionToken: token ? new Secret(requireKey(answer, tokenField, facts)) : undefined,
    source,
  };
}

/** What goes into a header: one line of ASCII without blanks. */
export function isKey(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function requireKey(answer: Readonly<Record<string, unknown>>, field: string, facts: ErrorFacts): string {
  const key = requireText(answer, field, facts);
  if (isKey(key)) return key;
  throw new ProviderError("answer-malformed", { ...facts, detail: `${field} is not one line of ASCII` });
}

/** Keys that are plain text where they stand: a variable, a profile, an answer of STS. Undefined unless both are there. */
export function keyPair(
  accessKeyId: string | undefined,
  secretAccessKey: string | undefined,
  sessionToken: string | undefined,
  source: string,
): AwsCredentials | undefined {
  if (!accessKeyId || !secretAccessKey) return undefined;
  const token = sessionToken ? new Secret(sessionToken) : undefined;
  return { accessKeyId, secretAccessKey: new Secret(secretAccessKey), sessionToken: token, source };
}
