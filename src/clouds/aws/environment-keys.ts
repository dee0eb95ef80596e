import { ProviderError } from "../../errors.ts";
import type { Milliseconds } from "../../time.ts";
import type { Environment } from "../../world.ts";
import { isToken } from "../answer.ts";
import { type AwsCredentials, keyPair, timeOf } from "./credentials.ts";

/**
 * Keys in the provider's env.
 *
 * @throws ProviderError `aws-environment-keys` where only half of a pair is there, `environment-value` where one has a
 * blank or a line end, as keys that were copied from a file tend to have, or the expiry is no point in time
 */
export function environmentKeys(env: Environment): AwsCredentials | undefined {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = env;
  if (!id && !secret) return undefined;
  const keys = keyPair(id, secret, token, "environment keys");
  if (keys === undefined) throw new ProviderError("aws-environment-keys");
  const wrong = Object.entries({
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_SESSION_TOKEN: token,
  }).find(([, value]) => value && !isToken(value));
  if (wrong === undefined) return { ...keys, expiresAt: expiryOf(env) };
  throw new ProviderError("environment-value", { detail: `${wrong[0]} is not one line of ASCII` });
}

function expiryOf({ AWS_CREDENTIAL_EXPIRATION: printed }: Environment): Milliseconds | undefined {
  const time = timeOf(printed);
  if (time !== undefined || !printed) return time;
  throw new ProviderError("environment-value", { detail: "AWS_CREDENTIAL_EXPIRATION is no point in time" });
}
