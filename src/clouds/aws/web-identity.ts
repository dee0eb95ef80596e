import { ProviderError } from "../../errors.ts";
import { Secret } from "../../secret.ts";
import { showValue } from "../../show-value.ts";
import type { World } from "../../world.ts";
import type { AwsCredentials } from "./credentials.ts";
import { type StsWishes, sessionNameOf, stsPlace } from "./role.ts";

/** Bytes; the largest token that a request may carry too. */
const TOKEN_LIMIT = 64 * 1024;

/** A token file and a role, as IRSA sets them. Throws `aws-web-identity-file` and the codes of STS. */
export async function webIdentityCredentials(
  world: World,
  wishes: StsWishes,
): Promise<AwsCredentials | undefined> {
  const {
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
    AWS_ROLE_ARN: arn,
    AWS_ROLE_SESSION_NAME: sessionName,
  } = world.env;
  if (!file) return undefined;
  if (!arn) throw new ProviderError("aws-web-identity-file", { detail: "AWS_ROLE_ARN is not set" });
  const role = { arn, sessionName: sessionNameOf(sessionName), ...stsPlace(world.env, wishes) };
  const token = await readToken(file, world);
  const { assumeRoleWithWebIdentity } = await import("./sts.ts");
  return assumeRoleWithWebIdentity(role, token, world);
}

/** Reads the token on each run, because the kubelet renews it. The kubelet projects it as root's, with mode 0600 or 0644. */
export async function readToken(file: string, world: World): Promise<Secret> {
  const token = (await world.readFile(file, TOKEN_LIMIT, "unwritable"))?.trim();
  if (token) return new Secret(token);
  throw new ProviderError("aws-web-identity-file", {
    detail: `${showValue("path", file)} ${token === "" ? "is empty" : "is not there"}`,
  });
}
