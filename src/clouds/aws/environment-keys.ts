import type { Milliseconds } from "../../core/time.ts";
import type { Environment } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { isToken } from "../shared/response.ts";
import { type AwsCredentials, parseTimestamp, toAwsCredentials } from "./credentials.ts";

/** The variables of an access key, each with the older name that AWS's SDK for Go also reads. */
const KEY_ID_NAMES = ["AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"] as const;
const SECRET_NAMES = ["AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"] as const;
const TOKEN_NAMES = ["AWS_SESSION_TOKEN"] as const;

/**
 * Keys in the provider's env.
 *
 * @throws ProviderError `aws-environment-keys` where a part of a key is missing, `environment-invalid` where one has a blank or
 * a line end, as keys that were copied from a file tend to have, or the expiry is no point in time
 */
export function readEnvironmentKeys(env: Environment): AwsCredentials | undefined {
  const names = [KEY_ID_NAMES, SECRET_NAMES, TOKEN_NAMES].map((known) => known.find((name) => env[name]));
  if (names.every((name) => name === undefined) && !env.AWS_CREDENTIAL_EXPIRATION) return undefined;
  const [id, secret, token] = names.map((name) => name && env[name]);
  const keys = toAwsCredentials(id, secret, token, "environment keys");
  if (keys === undefined) throw new ProviderError("aws-environment-keys");
  const wrong = names.find((name) => name && !isToken(env[name] ?? ""));
  if (wrong === undefined) return { ...keys, expiresAt: expiryOf(env) };
  throw new ProviderError("environment-invalid", { detail: `${wrong} is not one line of ASCII` });
}

function expiryOf({ AWS_CREDENTIAL_EXPIRATION: printed }: Environment): Milliseconds | undefined {
  const time = parseTimestamp(printed);
  if (time !== undefined || !printed) return time;
  throw new ProviderError("environment-invalid", { detail: "AWS_CREDENTIAL_EXPIRATION is no point in time" });
}
