import { ProviderError } from "../../errors.ts";
import type { Environment } from "../../world.ts";
import type { AwsCredentials } from "./credentials.ts";

/** Keys in the provider's env. Throws `aws-environment-keys` where only half of a pair is there. */
export function environmentKeys(env: Environment): AwsCredentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!accessKeyId && !secretAccessKey) return undefined;
  if (!accessKeyId || !secretAccessKey) throw new ProviderError("aws-environment-keys");
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: env.AWS_SESSION_TOKEN || undefined,
    source: "environment keys",
  };
}
