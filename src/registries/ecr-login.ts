import type { EcrTarget } from "../clouds/aws/ecr-token.ts";
import type { LoginCache, LoginResult } from "../core/login.ts";
import type { World } from "../core/world.ts";
import { resolveAwsIdentity } from "../identities/aws.ts";
import type { LoginContext } from "../identities/identity.ts";
import { podBehind } from "../identities/subject-token.ts";
import { halfOfLife } from "./cache-duration.ts";

/**
 * A login of ECR or ECR Public: first who it is to be, and the cloud's part is loaded only where that may be.
 *
 * @param partition the registry's: only its roles may be assumed
 */
export async function logIn(
  target: EcrTarget,
  partition: string,
  asker: LoginContext,
  world: World,
  logins: LoginCache,
): Promise<LoginResult> {
  const around = { partition, defaultRole: world.env.AWS_ECR_ROLE_ARN };
  const identity = resolveAwsIdentity(asker, around);
  const { credentialSource } = identity;
  const login = await logins({
    identity,
    pod: podBehind(credentialSource),
    files: [credentialSource.kind === "node" ? credentialSource.configFile : undefined],
    fetch: async (within) => {
      const { fetchEcrAuthorization } = await import("../clouds/aws/ecr-token.ts");
      const { subjectTokens } = await import("../clouds/subject-tokens.ts");
      return fetchEcrAuthorization(target, identity, subjectTokens(within), within);
    },
  });
  return { kind: "login", ...login, cacheFor: halfOfLife(login.expiresAt, world.now()) };
}
