import { ProviderError } from "../../errors.ts";
import type { Environment } from "../../world.ts";
import { type AwsCredentials, keyPair } from "./credentials.ts";

/** Keys in the provider's env. Throws `aws-environment-keys` where only half of a pair is there. */
export function environmentKeys(env: Environment): AwsCredentials | undefined {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = env;
  if (!id && !secret) return undefined;
  const keys = keyPair(id, secret, token, "environment keys");
  if (keys === undefined) throw new ProviderError("aws-environment-keys");
  return keys;
}
