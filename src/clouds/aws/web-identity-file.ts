import { readConfiguredFile } from "../../core/required-file.ts";
import { Secret } from "../../core/secret.ts";
import type { World } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import { DEFAULT_SESSION_NAME, resolveStsEndpoint, type StsOptions } from "./assume-role-request.ts";
import type { AwsCredentials } from "./credentials.ts";

/** Bytes; the same limit as for the token in the kubelet's request. */
const TOKEN_LIMIT = 64 * 1024;

/**
 * Assumes the role that the environment names, with the token of the file that it names, as IAM roles for service accounts (IRSA)
 * configure it. One variable without the other is an error: ignoring it would silently select another identity.
 *
 * @returns undefined if neither is set
 * @throws ProviderError `aws-web-identity-file-invalid` and the codes of STS
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
  if (!file) throw refuseIncomplete("AWS_ROLE_ARN is set, but AWS_WEB_IDENTITY_TOKEN_FILE is not");
  if (!arn) throw refuseIncomplete("AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
  const role = {
    arn,
    sessionName: sessionName || DEFAULT_SESSION_NAME,
    ...resolveStsEndpoint(world.env, stsOptions),
  };
  const token = await readWebIdentityToken(file, "AWS_WEB_IDENTITY_TOKEN_FILE", world);
  const { assumeRoleWithWebIdentity } = await import("./sts.ts");
  return assumeRoleWithWebIdentity(role, token, world);
}

function refuseIncomplete(detail: string): ProviderError {
  return new ProviderError("aws-web-identity-file-invalid", {
    detail,
    hint: "set AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE in the provider's env, or neither",
  });
}

/**
 * Reads the token on each run, because the kubelet renews it. The kubelet writes it as root, with mode 0600 or 0644.
 *
 * @param setting the variable or key that names the file, for errors
 * @throws ProviderError `aws-web-identity-file-invalid`, and as `World.readFile`
 */
export async function readWebIdentityToken(file: string, setting: string, world: World): Promise<Secret> {
  const refuse = (problem: string) =>
    new ProviderError("aws-web-identity-file-invalid", {
      detail: `${setting}${problem}`,
      hint: `correct ${setting}, or check the process that writes the file: it must contain a token that the provider's user can read`,
    });
  if (!file.startsWith("/")) throw refuse(" must be an absolute path");
  const token = (await readConfiguredFile(file, TOKEN_LIMIT, "unwritable", world, setting))?.trim();
  if (token) return new Secret(token);
  throw refuse(`: ${showValue("path", file)} ${token === "" ? "is empty" : "does not exist"}`);
}
