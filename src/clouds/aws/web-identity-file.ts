import { Secret } from "../../core/secret.ts";
import type { World } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import { resolveStsEndpoint, type StsOptions, sessionNameOf } from "./assume-role-request.ts";
import type { AwsCredentials } from "./credentials.ts";

/** Bytes; the largest token that a request may carry too. */
const TOKEN_LIMIT = 64 * 1024;

/**
 * A token file and a role, as IRSA sets them. One without the other is an error, as a part of an access key is.
 *
 * @throws ProviderError `aws-web-identity-file` and the codes of STS
 */
export async function assumeWebIdentityFileRole(
  world: World,
  stsOptions: StsOptions,
): Promise<AwsCredentials | undefined> {
  const {
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
    AWS_ROLE_ARN: arn,
    AWS_ROLE_SESSION_NAME: sessionName,
  } = world.env;
  if (!file && !arn) return undefined;
  if (!file) throw refuseHalf("AWS_WEB_IDENTITY_TOKEN_FILE is not set, and AWS_ROLE_ARN is");
  if (!arn) throw refuseHalf("AWS_ROLE_ARN is not set, and AWS_WEB_IDENTITY_TOKEN_FILE is");
  const role = { arn, sessionName: sessionNameOf(sessionName), ...resolveStsEndpoint(world.env, stsOptions) };
  const token = await readToken(file, "AWS_WEB_IDENTITY_TOKEN_FILE", world);
  const { assumeRoleWithWebIdentity } = await import("./sts.ts");
  return assumeRoleWithWebIdentity(role, token, world);
}

function refuseHalf(detail: string): ProviderError {
  return new ProviderError("aws-web-identity-file", {
    detail,
    hint: "set AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE in the provider's env, or neither",
  });
}

/**
 * Reads the token on each run, because the kubelet renews it. The kubelet projects it as root's, with mode 0600 or 0644.
 *
 * @param setting the variable or key that names the file, for errors
 * @throws ProviderError `aws-web-identity-file`, and as `World.readFile`
 */
export async function readToken(file: string, setting: string, world: World): Promise<Secret> {
  const refuse = (problem: string) =>
    new ProviderError("aws-web-identity-file", {
      detail: `${setting}${problem}`,
      hint: `correct ${setting}, or check what writes the file: it must contain a token, and this user must be able to read it`,
    });
  if (!file.startsWith("/")) throw refuse(" must be an absolute path");
  const token = (await world.readFile(file, TOKEN_LIMIT, "unwritable"))?.trim();
  if (token) return new Secret(token);
  throw refuse(`: ${showValue("path", file)} ${token === "" ? "is empty" : "does not exist"}`);
}
