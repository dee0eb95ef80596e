import { ProviderError } from "../../errors.ts";
import type { AwsAccess, AwsRole } from "../../identities/aws.ts";
import type { SubjectTokens } from "../../identities/subject.ts";
import type { World } from "../../world.ts";
import type { AwsCredentials } from "./credentials.ts";
import { nodeCredentials } from "./sources.ts";
import { assumeRole, assumeRoleWithWebIdentity, type Role, sessionNameOf, stsRegion } from "./sts.ts";

/** The credentials that an access comes to: those to start with, then one role after the other. */
export async function awsCredentials(
  access: AwsAccess,
  registryRegion: string,
  subjectTokens: SubjectTokens,
  world: World,
): Promise<AwsCredentials> {
  const region = access.region ?? stsRegion(world.env, registryRegion);
  const roleFor = ({ arn, sessionName, externalId }: AwsRole): Role => ({
    arn,
    sessionName: sessionNameOf(sessionName),
    externalId,
    region,
  });
  let credentials = await start(access, registryRegion, roleFor, subjectTokens, world);
  for (const role of access.chain) credentials = await assumeRole(roleFor(role), credentials, world);
  return credentials;
}

async function start(
  { start: from }: AwsAccess,
  registryRegion: string,
  roleFor: (role: AwsRole) => Role,
  subjectTokens: SubjectTokens,
  world: World,
): Promise<AwsCredentials> {
  switch (from.kind) {
    case "node":
      return nodeCredentials(registryRegion, world);
    case "web-identity": {
      const { token } = await subjectTokens(from.subject);
      return assumeRoleWithWebIdentity(roleFor(from.role), token, world);
    }
    case "pod-identity":
      throw new ProviderError("internal", { detail: "EKS Pod Identity is not there yet" });
  }
}
