import type { EcrTarget } from "../clouds/aws/ecr-token.ts";
import type { PreparedLogin } from "../core/login.ts";
import { HOUR, type Milliseconds } from "../core/time.ts";
import { resolveAwsIdentity } from "../identities/aws.ts";
import type { LoginContext } from "../identities/identity.ts";
import { computeRemainingLifetime, zeroIfTooShort } from "./lifetime.ts";

/**
 * Prepares a login for ECR or ECR Public.
 *
 * @param partition the registry's: only roles of this partition can be assumed
 */
export function prepareEcrLogin(target: EcrTarget, partition: string, context: LoginContext): PreparedLogin {
  const identity = resolveAwsIdentity(context, partition);
  const { credentialSource: source } = identity;
  return {
    identity,
    files: source.kind === "node" && source.configFile !== undefined ? [source.configFile] : [],
    isCacheable: true,
    fetch: async (world) => {
      const { fetchEcrAuthorization } = await import("../clouds/aws/ecr-token.ts");
      const { createSubjectTokenGetter } = await import("../clouds/subject-tokens.ts");
      return fetchEcrAuthorization(target, identity, createSubjectTokenGetter(world), world);
    },
  };
}

/** Half of the remaining lifetime, at most 6 h. A token lives for 12 h, or until the session that requested it ends. */
export function ecrCacheDuration(expiresAt: Milliseconds | undefined, now: Milliseconds): Milliseconds {
  return zeroIfTooShort(Math.min(computeRemainingLifetime(expiresAt, now) / 2, 6 * HOUR));
}
