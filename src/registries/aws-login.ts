import type { EcrTarget } from "../clouds/aws.ts";
import { awsAccess } from "../identities/aws.ts";
import type { Asker } from "../identities/identity.ts";
import type { LoginResult } from "../login.ts";
import { subjectTokens } from "../subject-token.ts";
import type { World } from "../world.ts";
import { halfOfLife } from "./cache-for.ts";

/**
 * A login of ECR or ECR Public: first who it is to be, and the cloud's part is loaded only where that may be.
 *
 * @param partition the registry's: only its roles may be assumed
 */
export async function logIn(
  target: EcrTarget,
  partition: string,
  asker: Asker,
  world: World,
): Promise<LoginResult> {
  const around = { partition, defaultRole: world.env.AWS_ECR_ROLE_ARN };
  const access = awsAccess(asker, around);
  const { ecrAuthorization } = await import("../clouds/aws.ts");
  const { username, password, expiresAt } = await ecrAuthorization(
    target,
    access,
    subjectTokens(world),
    world,
  );
  return { kind: "login", username, password, cacheFor: halfOfLife(expiresAt, world.now()) };
}
