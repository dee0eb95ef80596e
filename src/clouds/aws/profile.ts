import { ProviderError } from "../../errors.ts";
import { isToken } from "../answer.ts";
import { containerCredentials } from "./container.ts";
import { type AwsCredentials, keyPair } from "./credentials.ts";
import { environmentKeys } from "./environment-keys.ts";
import { instanceCredentials } from "./imds.ts";
import type { NodeOfAws } from "./node.ts";
import { processCredentials } from "./process.ts";
import { type Role, type StsWishes, sessionNameOf, stsPlace } from "./role.ts";
import { type Profile, type Profiles, ruledProfiles } from "./shared-files.ts";
import { readToken } from "./web-identity.ts";

/** `source_profile` may name another that names another; a chain this long is a mistake. */
const MAX_CHAIN = 5;

/**
 * What a profile means is decided here, so that nothing is run by a shell and no session of a person is used.
 *
 * @returns undefined where no profile is asked for and none holds credentials
 * @throws ProviderError `aws-profile-missing`, `aws-profile-unusable` and the codes of what the profile leads to
 */
export async function profileCredentials(
  node: NodeOfAws,
  wishes: StsWishes,
): Promise<AwsCredentials | undefined> {
  const profiles = await node.profiles();
  const { AWS_PROFILE } = node.world.env;
  const name = AWS_PROFILE || "default";
  if (profiles === undefined || !(AWS_PROFILE || holdsCredentials(profiles.get(name)))) return undefined;
  return resolve(name, { profiles, node, wishes }, MAX_CHAIN);
}

/** What a rule says in place of AWS_PROFILE and of both shared files. */
interface RuledProfile {
  readonly profile?: string | undefined;
  readonly configFile?: string | undefined;
}

/** The profile that a rule names, or of the file that it names; no other source counts then. Throws the same. */
export async function ruledProfileCredentials(
  node: NodeOfAws,
  wishes: StsWishes,
  { profile, configFile }: RuledProfile,
): Promise<AwsCredentials> {
  const profiles = await ruledProfiles(configFile, node.world);
  const name = profile ?? (node.world.env.AWS_PROFILE || "default");
  return resolve(name, { profiles, node, wishes }, MAX_CHAIN);
}

/** The region of the profile that the environment names. */
export async function profileRegion({ world, profiles }: NodeOfAws): Promise<string | undefined> {
  return (await profiles())?.get(world.env.AWS_PROFILE || "default")?.["region"];
}

function holdsCredentials(profile: Profile | undefined): boolean {
  return (
    profile !== undefined &&
    ["aws_access_key_id", "credential_process", "role_arn"].some((key) => profile[key])
  );
}

/** What every profile of a chain is resolved with. */
interface Surroundings {
  readonly profiles: Profiles;
  readonly node: NodeOfAws;
  readonly wishes: StsWishes;
}

async function resolve(name: string, around: Surroundings, left: number): Promise<AwsCredentials> {
  const profile = around.profiles.get(name);
  const source = `profile ${name}`;
  if (profile === undefined) throw new ProviderError("aws-profile-missing", { detail: name });
  if (profile["role_arn"]) return resolveRole(name, profile, around, left);
  if (profile["aws_access_key_id"]) return staticKeys(profile, source);
  if (profile["credential_process"])
    return processCredentials(profile["credential_process"], source, around.node.world);
  const person = ["sso_session", "sso_account_id", "login_session"].find((key) => profile[key]);
  throw unusable(name, person === undefined ? "it holds none" : `${person} is for people`);
}

function staticKeys(profile: Profile, source: string): AwsCredentials {
  const { aws_access_key_id: id, aws_secret_access_key: secret, aws_session_token: token } = profile;
  const keys = keyPair(id, secret, token, source);
  if (keys === undefined)
    throw unusable(source, "aws_access_key_id and aws_secret_access_key are not both there");
  if ([id, secret, token].every((key) => !key || isToken(key))) return keys;
  throw unusable(source, "a key is not one line of ASCII");
}

async function resolveRole(
  name: string,
  profile: Profile,
  around: Surroundings,
  left: number,
): Promise<AwsCredentials> {
  const { node } = around;
  const { world } = node;
  const role = roleOf(profile, around);
  const { assumeRole, assumeRoleWithWebIdentity } = await import("./sts.ts");
  const tokenFile = profile["web_identity_token_file"];
  if (tokenFile) return assumeRoleWithWebIdentity(role, await readToken(tokenFile, world), world);
  const source = profile["source_profile"];
  if (source === name) return assumeRole(role, staticKeys(profile, `profile ${name}`), world);
  if (source && left > 0) return assumeRole(role, await resolve(source, around, left - 1), world);
  if (source) throw unusable(name, "its source_profile chain does not end");
  return assumeRole(role, await credentialSource(name, profile["credential_source"], node), world);
}

function roleOf(profile: Profile, { node, wishes }: Surroundings): Role {
  const registryRegion = profile["region"] || wishes.registryRegion;
  return {
    arn: profile["role_arn"] ?? "",
    sessionName: sessionNameOf(profile["role_session_name"]),
    externalId: profile["external_id"],
    ...stsPlace(node.world.env, { ...wishes, registryRegion }),
  };
}

async function credentialSource(
  name: string,
  source: string | undefined,
  { world, session }: NodeOfAws,
): Promise<AwsCredentials> {
  switch (source) {
    case "Ec2InstanceMetadata":
      return instanceCredentials(await session());
    case "EcsContainer":
      return containerCredentials(world);
    case "Environment": {
      const keys = environmentKeys(world.env);
      if (keys !== undefined) return keys;
      throw unusable(name, "credential_source is Environment, which holds no keys");
    }
    default:
      throw unusable(name, "role_arn without source_profile, credential_source or web_identity_token_file");
  }
}

function unusable(name: string, why: string): ProviderError {
  return new ProviderError("aws-profile-unusable", { detail: `${name}: ${why}` });
}
