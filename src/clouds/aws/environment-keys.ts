import type { Environment } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { refuseVariable } from "../../formats/choices.ts";
import { isToken } from "../shared/response.ts";
import { type AwsCredentials, parseTimestamp, toAwsCredentials } from "./credentials.ts";

/** The variables of an access key, each with the older name that AWS's SDK for Go also reads. */
const KEY_ID_NAMES = ["AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"] as const;
const SECRET_NAMES = ["AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"] as const;
const TOKEN_NAMES = ["AWS_SESSION_TOKEN"] as const;

/**
 * Reads the access key in the provider's env. A key that was copied from a file often contains a blank or a line end, so those
 * are refused.
 *
 * @returns undefined if none of its variables is set
 * @throws ProviderError `aws-environment-keys-incomplete` for an incomplete key, `environment-invalid`
 */
export function readEnvironmentKeys(env: Environment): AwsCredentials | undefined {
  const names = [KEY_ID_NAMES, SECRET_NAMES, TOKEN_NAMES].map((known) => known.find((name) => env[name]));
  const { AWS_CREDENTIAL_EXPIRATION: expiration } = env;
  if (names.every((name) => name === undefined) && !expiration) return undefined;
  const [id, secret, token] = names.map((name) => name && env[name]);
  const keys = toAwsCredentials(id, secret, token, "environment keys");
  if (keys === undefined) throw new ProviderError("aws-environment-keys-incomplete");
  const wrong = names.find((name) => name && !isToken(env[name] ?? ""));
  if (wrong !== undefined) throw refuseVariable(wrong, "is not one line of ASCII");
  const expiresAt = parseTimestamp(expiration);
  if (expiration && expiresAt === undefined)
    throw refuseVariable("AWS_CREDENTIAL_EXPIRATION", "is not an ISO 8601 time");
  return { ...keys, expiresAt };
}
