import type { ErrorFacts } from "../../errors.ts";
import { parseAnswer, requireText } from "../answer.ts";

/** What signs a request, and where it came from: the source is shown in errors, the rest never. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
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
    accessKeyId: requireText(answer, "AccessKeyId", facts),
    secretAccessKey: requireText(answer, "SecretAccessKey", facts),
    sessionToken: typeof token === "string" && token !== "" ? token : undefined,
    source,
  };
}
