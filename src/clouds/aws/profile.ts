import { ProviderError } from "../../errors.ts";
import { showValue } from "../../show-value.ts";
import type { Environment } from "../../world.ts";
import { isToken } from "../answer.ts";
import { containerCredentials } from "./container.ts";
import { type AwsCredentials, keyPair } from "./credentials.ts";
import { environmentKeys } from "./environment-keys.ts";
import { instanceCredentials } from "./imds.ts";
import type { NodeOfAws } from "./node.ts";
import { partitionOf } from "./partitions.ts";
import { processCredentials } from "./process.ts";
import { type NamedProfile, refuseKey, requireSupported } from "./profile-settings.ts";
import { type Role, type StsWishes, sessionNameOf, stsPlace } from "./role.ts";
import { isCredentialKey, type Sections } from "./shared-file-syntax.ts";
import { ACCESS_KEY_FIELDS, type Profile, ruledProfiles } from "./shared-files.ts";
import { readToken } from "./web-identity.ts";

/** `source_profile` may name another that names another; a chain this long is a mistake. */
const MAX_CHAIN = 5;

/**
 * What a profile means is decided here, so that nothing is run by a shell and no session of a person is used.
 *
 * @returns undefined where no profile is named and the default profile has no credential keys
 * @throws ProviderError `aws-profile-missing`, `aws-profile-unusable`, `aws-profile-setting` and the codes of what the profile
 * leads to
 */
export async function profileCredentials(
  node: NodeOfAws,
  wishes: StsWishes,
): Promise<AwsCredentials | undefined> {
  const { profiles } = await node.profiles();
  const named = findProfileName(node.world.env);
  const name = named ?? "default";
  if (named === undefined && !holdsCredentials(profiles.get(name))) return undefined;
  return resolve(name, { profiles, node, wishes }, MAX_CHAIN);
}

/**
 * Refuses unsupported settings of the node's profile. As in AWS's tools, the settings apply to every login of the node, even
 * if its credentials come from another source.
 *
 * @throws ProviderError `aws-profile-setting`, and as the shared files
 */
export async function requireSupportedProfile({ world, profiles }: NodeOfAws): Promise<void> {
  const name = findProfileName(world.env) ?? "default";
  const profile = (await profiles()).profiles.get(name);
  if (profile !== undefined) requireSupported(name, profile);
}

/** Returns the profile that the environment names. As in AWS's SDK for Go, AWS_DEFAULT_PROFILE is the fallback. */
function findProfileName({ AWS_PROFILE, AWS_DEFAULT_PROFILE }: Environment): string | undefined {
  return AWS_PROFILE || AWS_DEFAULT_PROFILE || undefined;
}

/** What a rule says in place of AWS_PROFILE and of both shared files. */
interface RuledProfile {
  readonly profile?: string | undefined;
  readonly configFile?: string | undefined;
}

/** Reads the rule's file, or else the node's shared files. */
function readSections(node: NodeOfAws, configFile: string | undefined): Promise<Sections> {
  return configFile === undefined ? node.profiles() : ruledProfiles(configFile, node.world);
}

/**
 * Returns the profile whose settings apply to a login of the node: the rule's, or else the environment's.
 *
 * @throws ProviderError `aws-profile-setting`, and as the shared files
 */
export async function findNamedProfile(
  node: NodeOfAws,
  { profile: ruled, configFile }: RuledProfile = {},
): Promise<NamedProfile | undefined> {
  const { profiles, services } = await readSections(node, configFile);
  const name = ruled ?? findProfileName(node.world.env) ?? "default";
  const profile = profiles.get(name);
  const servicesName = profile?.get("services");
  if (servicesName && !services.has(servicesName))
    throw refuseKey(name, "services", "the config file has no such [services] section");
  return profile && { name, profile, services: services.get(servicesName ?? "") };
}

/** The profile that a rule names, or of the file that it names; no other source counts then. Throws the same. */
export async function ruledProfileCredentials(
  node: NodeOfAws,
  wishes: StsWishes,
  { profile, configFile }: RuledProfile,
): Promise<AwsCredentials> {
  const { profiles } = await readSections(node, configFile);
  const name = profile ?? findProfileName(node.world.env) ?? "default";
  return resolve(name, { profiles, node, wishes }, MAX_CHAIN);
}

/** The region of the profile that the environment names. */
export async function profileRegion({ world, profiles }: NodeOfAws): Promise<string | undefined> {
  return (await profiles()).profiles.get(findProfileName(world.env) ?? "default")?.get("region");
}

function holdsCredentials(profile: Profile | undefined): boolean {
  return [...(profile?.keys() ?? [])].some(isCredentialKey);
}

/** What every profile of a chain is resolved with. */
interface Surroundings {
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly node: NodeOfAws;
  readonly wishes: StsWishes;
}

/** Keys that exclude each other (SDK for Go, `validateCredentialType`). All except `credential_process` require `role_arn`. */
const CREDENTIAL_SOURCE_KEYS = [
  "source_profile",
  "credential_source",
  "web_identity_token_file",
  "credential_process",
];

async function resolve(name: string, around: Surroundings, left: number): Promise<AwsCredentials> {
  const profile = around.profiles.get(name);
  const source = describeProfile(name);
  if (profile === undefined)
    throw new ProviderError("aws-profile-missing", { detail: showValue("name", name) });
  requireSupported(name, profile);
  const sourceKeys = CREDENTIAL_SOURCE_KEYS.filter((key) => profile.get(key));
  if (sourceKeys.length > 1) throw unusable(name, `${sourceKeys.join(" and ")} exclude each other`);
  if (profile.get("role_arn")) return resolveRole(name, profile, around, left);
  const [sourceKey] = sourceKeys;
  if (sourceKey !== undefined && sourceKey !== "credential_process")
    throw unusable(name, `${sourceKey} without role_arn`);
  const partition = partitionOf(profile.get("region") ?? "")?.name;
  if (ACCESS_KEY_FIELDS.some((key) => profile.get(key))) return { ...staticKeys(profile, source), partition };
  const command = profile.get("credential_process");
  if (command) return { ...(await processCredentials(command, source, around.node.world)), partition };
  throw unusable(name, explainNoCredentials(profile));
}

function explainNoCredentials(profile: Profile): string {
  const person = [...profile.keys()].find((key) => /^(sso|login)_[a-z_]{1,32}$/.test(key));
  if (person !== undefined) return `${person} is for people`;
  return holdsCredentials(profile)
    ? "its credential keys are empty or unknown to AWS's tools"
    : "it holds none";
}

function staticKeys(profile: Profile, source: string): AwsCredentials {
  const id = profile.get("aws_access_key_id");
  const secret = profile.get("aws_secret_access_key");
  // botocore and older tools write `aws_security_token`.
  const token = profile.get("aws_session_token") ?? profile.get("aws_security_token");
  const keys = keyPair(id, secret, token, source);
  if (keys === undefined)
    throw unusableSource(source, "aws_access_key_id and aws_secret_access_key are not both there");
  if ([id, secret, token].every((key) => !key || isToken(key))) return keys;
  throw unusableSource(source, "a key is not one line of ASCII");
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
  const tokenFile = profile.get("web_identity_token_file");
  if (tokenFile) return assumeRoleWithWebIdentity(role, await readToken(tokenFile, world), world);
  const source = profile.get("source_profile");
  if (source === name) return assumeRole(role, staticKeys(profile, describeProfile(name)), world);
  if (source && left > 0) return assumeRole(role, await resolve(source, around, left - 1), world);
  if (source) throw unusable(name, "its source_profile chain does not end");
  return assumeRole(role, await credentialSource(name, profile.get("credential_source"), around), world);
}

function roleOf(profile: Profile, { node, wishes }: Surroundings): Role {
  const registryRegion = profile.get("region") || wishes.registryRegion;
  return {
    arn: profile.get("role_arn") ?? "",
    sessionName: sessionNameOf(profile.get("role_session_name")),
    externalId: profile.get("external_id"),
    ...stsPlace(node.world.env, { ...wishes, registryRegion }),
  };
}

async function credentialSource(
  name: string,
  source: string | undefined,
  { node: { world, session }, wishes }: Surroundings,
): Promise<AwsCredentials> {
  switch (source) {
    case "Ec2InstanceMetadata":
      return instanceCredentials(await session(), wishes.instancePartition);
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

const describeProfile = (name: string): string => `profile ${showValue("name", name)}`;

function unusable(name: string, why: string): ProviderError {
  return unusableSource(showValue("name", name), why);
}

function unusableSource(source: string, why: string): ProviderError {
  return new ProviderError("aws-profile-unusable", { detail: `${source}: ${why}` });
}
