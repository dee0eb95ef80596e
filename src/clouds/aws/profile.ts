import { ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import { isToken } from "../shared/response.ts";
import {
  type RoleToAssume,
  resolveStsEndpoint,
  type StsOptions,
  sessionNameOf,
} from "./assume-role-request.ts";
import { fetchContainerCredentials } from "./container-credentials.ts";
import { runCredentialProcess } from "./credential-process.ts";
import { type AwsCredentials, toAwsCredentials } from "./credentials.ts";
import { readEnvironmentKeys } from "./environment-keys.ts";
import { fetchInstanceCredentials } from "./imds.ts";
import type { AwsNode } from "./node-context.ts";
import { type ProfileEntry, readProfileRegion, requireSupported } from "./profile-settings.ts";
import {
  type RuleProfile,
  readSections,
  refuseMissing,
  type SelectedProfile,
  selectProfile,
} from "./selected-profile.ts";
import { isCredentialKey } from "./shared-file-syntax.ts";
import { ACCESS_KEY_FIELDS, type Profile } from "./shared-files.ts";
import { readToken } from "./web-identity-file.ts";

/** `source_profile` may name another that names another; a chain this long is a mistake. */
const MAX_CHAIN = 5;

/**
 * What a profile means is decided here, so that nothing is run by a shell and no session of a person is used.
 *
 * @returns undefined where no profile is named and the default profile has no credential keys
 * @throws ProviderError `aws-profile-missing`, `aws-profile-unusable`, `aws-profile-setting` and the codes of what the profile
 * leads to
 */
export async function resolveProfileCredentials(
  node: AwsNode,
  stsOptions: StsOptions,
): Promise<AwsCredentials | undefined> {
  const { profiles } = await node.profiles();
  const selected = selectProfile(node.world.env);
  if (selected.setting === undefined && !holdsCredentials(profiles.get(selected.name))) return undefined;
  return resolve(selected, { profiles, node, stsOptions }, MAX_CHAIN);
}

/** The profile that a rule names, or of the file that it names; no other source counts then. Throws the same. */
export async function resolveRuleProfileCredentials(
  node: AwsNode,
  stsOptions: StsOptions,
  ruled: RuleProfile,
): Promise<AwsCredentials> {
  const { profiles } = await readSections(node, ruled.configFile);
  return resolve(selectProfile(node.world.env, ruled), { profiles, node, stsOptions }, MAX_CHAIN);
}

function holdsCredentials(profile: Profile | undefined): boolean {
  return [...(profile?.keys() ?? [])].some(isCredentialKey);
}

/** What every profile of a chain is resolved with. */
interface ProfileContext {
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly node: AwsNode;
  readonly stsOptions: StsOptions;
}

/** Keys that exclude each other (SDK for Go, `validateCredentialType`). All except `credential_process` require `role_arn`. */
const CREDENTIAL_SOURCE_KEYS = [
  "source_profile",
  "credential_source",
  "web_identity_token_file",
  "credential_process",
];

async function resolve(
  selected: SelectedProfile,
  around: ProfileContext,
  left: number,
): Promise<AwsCredentials> {
  const { name } = selected;
  const profile = around.profiles.get(name);
  const source = describeProfile(name);
  if (profile === undefined) throw refuseMissing(selected);
  requireSupported(name, profile);
  const sourceKeys = CREDENTIAL_SOURCE_KEYS.filter((key) => profile.get(key));
  if (sourceKeys.length > 1) throw unusable(name, `${sourceKeys.join(" and ")} exclude each other`);
  if (profile.get("role_arn")) return resolveRole(name, profile, around, left);
  const [sourceKey] = sourceKeys;
  if (sourceKey !== undefined && sourceKey !== "credential_process")
    throw unusable(name, `${sourceKey} without role_arn`);
  const partition = readProfileRegion({ name, profile })?.partition.name;
  if (ACCESS_KEY_FIELDS.some((key) => profile.get(key))) return { ...staticKeys(profile, source), partition };
  const command = profile.get("credential_process");
  if (command) return { ...(await runCredentialProcess(command, source, around.node.world)), partition };
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
  const keys = toAwsCredentials(id, secret, token, source);
  if (keys === undefined)
    throw unusableSource(source, "aws_access_key_id and aws_secret_access_key are not both there");
  if ([id, secret, token].every((key) => !key || isToken(key))) return keys;
  throw unusableSource(source, "a key is not one line of ASCII");
}

async function resolveRole(
  name: string,
  profile: Profile,
  around: ProfileContext,
  left: number,
): Promise<AwsCredentials> {
  const { node } = around;
  const { world } = node;
  const role = resolveProfileRole({ name, profile }, around);
  const { assumeRole, assumeRoleWithWebIdentity } = await import("./sts.ts");
  const tokenFile = profile.get("web_identity_token_file");
  if (tokenFile) {
    const token = await readToken(tokenFile, `web_identity_token_file of ${describeProfile(name)}`, world);
    return assumeRoleWithWebIdentity(role, token, world);
  }
  const source = profile.get("source_profile");
  if (source === name) return assumeRole(role, staticKeys(profile, describeProfile(name)), world);
  if (source && left > 0) {
    const selected = { name: source, setting: `source_profile of ${describeProfile(name)}` };
    return assumeRole(role, await resolve(selected, around, left - 1), world);
  }
  if (source) throw unusable(name, "its source_profile chain does not end");
  return assumeRole(role, await credentialSource(name, profile.get("credential_source"), around), world);
}

function resolveProfileRole(entry: ProfileEntry, { node, stsOptions }: ProfileContext): RoleToAssume {
  const { profile } = entry;
  const registryRegion = readProfileRegion(entry) ?? stsOptions.registryRegion;
  return {
    arn: profile.get("role_arn") ?? "",
    sessionName: sessionNameOf(profile.get("role_session_name")),
    externalId: profile.get("external_id"),
    ...resolveStsEndpoint(node.world.env, { ...stsOptions, registryRegion }),
  };
}

async function credentialSource(
  name: string,
  source: string | undefined,
  { node: { world, session }, stsOptions }: ProfileContext,
): Promise<AwsCredentials> {
  switch (source) {
    case "Ec2InstanceMetadata":
      return fetchInstanceCredentials(await session(), stsOptions.instancePartition);
    case "EcsContainer":
      return fetchContainerCredentials(world);
    case "Environment": {
      const keys = readEnvironmentKeys(world.env);
      if (keys !== undefined) return keys;
      throw unusable(name, "credential_source is Environment, which holds no keys");
    }
    case undefined:
    case "":
      throw unusable(name, "role_arn without source_profile, credential_source or web_identity_token_file");
    default:
      throw unusable(name, "credential_source must be Environment, Ec2InstanceMetadata or EcsContainer");
  }
}

const describeProfile = (name: string): string => `profile ${showValue("name", name)}`;

function unusable(name: string, why: string): ProviderError {
  return unusableSource(showValue("name", name), why);
}

function unusableSource(source: string, why: string): ProviderError {
  return new ProviderError("aws-profile-unusable", { detail: `${source}: ${why}` });
}
