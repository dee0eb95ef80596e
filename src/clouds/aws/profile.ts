import { ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import { isToken } from "../shared/response.ts";
import {
  DEFAULT_SESSION_NAME,
  type RoleToAssume,
  resolveStsEndpoint,
  type StsOptions,
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
  refuseMissingProfile,
  type SelectedProfile,
  selectProfile,
} from "./selected-profile.ts";
import { isCredentialKey } from "./shared-file-syntax.ts";
import { ACCESS_KEY_FIELDS, type Profile } from "./shared-files.ts";
import { readWebIdentityToken } from "./web-identity-file.ts";

/** The maximum number of profiles that a chain of `source_profile` leads through. A longer chain is a mistake, such as a cycle. */
const MAX_CHAIN = 5;

/**
 * Returns the credentials of the profile that the environment selects. Profiles are interpreted here and not by the SDK, which
 * would run `credential_process` by a shell and use a person's SSO session.
 *
 * @returns undefined if no profile is selected and the default profile has no credential keys
 * @throws ProviderError `aws-profile-missing`, `aws-profile-unusable`, `aws-profile-setting-invalid`, and the codes of the profile's source
 */
export async function resolveProfileCredentials(
  node: AwsNode,
  stsOptions: StsOptions,
): Promise<AwsCredentials | undefined> {
  const { profiles } = await node.profiles();
  const selected = selectProfile(node.world.env);
  if (selected.setting === undefined && !hasCredentialKeys(profiles.get(selected.name))) return undefined;
  return resolveProfile(selected, { profiles, node, stsOptions }, MAX_CHAIN);
}

/** Returns the credentials of the profile, or of the file, that a rule names. Throws as `resolveProfileCredentials`. */
export async function resolveRuleProfileCredentials(
  node: AwsNode,
  stsOptions: StsOptions,
  rule: RuleProfile,
): Promise<AwsCredentials> {
  const { profiles } = await readSections(node, rule.configFile);
  return resolveProfile(selectProfile(node.world.env, rule), { profiles, node, stsOptions }, MAX_CHAIN);
}

function hasCredentialKeys(profile: Profile | undefined): boolean {
  return [...(profile?.keys() ?? [])].some(isCredentialKey);
}

/** The values that all profiles of a chain share. */
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

async function resolveProfile(
  selected: SelectedProfile,
  context: ProfileContext,
  remaining: number,
): Promise<AwsCredentials> {
  const { name } = selected;
  const profile = context.profiles.get(name);
  const source = describeProfile(name);
  if (profile === undefined) throw refuseMissingProfile(selected);
  requireSupported(name, profile);
  const sourceKeys = CREDENTIAL_SOURCE_KEYS.filter((key) => profile.get(key));
  if (sourceKeys.length > 1) throw refuseProfile(name, `${sourceKeys.join(" and ")} exclude each other`);
  if (profile.get("role_arn")) return assumeProfileRole({ name, profile }, context, remaining);
  const [sourceKey] = sourceKeys;
  if (sourceKey !== undefined && sourceKey !== "credential_process")
    throw refuseProfile(name, `${sourceKey} without role_arn`);
  const partition = readProfileRegion({ name, profile })?.partition.name;
  if (ACCESS_KEY_FIELDS.some((key) => profile.get(key)))
    return { ...readStaticKeys({ name, profile }), partition };
  const command = profile.get("credential_process");
  if (command) return { ...(await runCredentialProcess(command, source, context.node.world)), partition };
  throw refuseProfile(name, explainNoCredentials(profile));
}

function explainNoCredentials(profile: Profile): string {
  const personalKey = [...profile.keys()].find((key) => /^(sso|login)_[a-z_]{1,32}$/.test(key));
  if (personalKey !== undefined) return `${personalKey} requires an interactive login`;
  return hasCredentialKeys(profile)
    ? "its credential keys are empty or unknown to AWS's tools"
    : "it contains no credentials";
}

function readStaticKeys({ name, profile }: ProfileEntry): AwsCredentials {
  const id = profile.get("aws_access_key_id");
  const secret = profile.get("aws_secret_access_key");
  // botocore and older tools write `aws_security_token`.
  const token = profile.get("aws_session_token") ?? profile.get("aws_security_token");
  const keys = toAwsCredentials(id, secret, token, describeProfile(name));
  if (keys === undefined)
    throw refuseProfile(name, "it needs both aws_access_key_id and aws_secret_access_key");
  if ([id, secret, token].every((key) => !key || isToken(key))) return keys;
  throw refuseProfile(name, "a key is not one line of ASCII");
}

async function assumeProfileRole(
  entry: ProfileEntry,
  context: ProfileContext,
  remaining: number,
): Promise<AwsCredentials> {
  const { name, profile } = entry;
  const { world } = context.node;
  const role = readRole(entry, context);
  const { assumeRole, assumeRoleWithWebIdentity } = await import("./sts.ts");
  const tokenFile = profile.get("web_identity_token_file");
  if (tokenFile) {
    const setting = `web_identity_token_file of ${describeProfile(name)}`;
    return assumeRoleWithWebIdentity(role, await readWebIdentityToken(tokenFile, setting, world), world);
  }
  return assumeRole(role, await resolveSourceCredentials(entry, context, remaining), world);
}

function readRole(entry: ProfileEntry, { node, stsOptions }: ProfileContext): RoleToAssume {
  const { profile } = entry;
  const fallbackRegion = readProfileRegion(entry) ?? stsOptions.fallbackRegion;
  return {
    arn: profile.get("role_arn") ?? "",
    sessionName: profile.get("role_session_name") || DEFAULT_SESSION_NAME,
    externalId: profile.get("external_id"),
    ...resolveStsEndpoint(node.world.env, { ...stsOptions, fallbackRegion }),
  };
}

/** Returns the credentials that assume a profile's role. */
async function resolveSourceCredentials(
  entry: ProfileEntry,
  context: ProfileContext,
  remaining: number,
): Promise<AwsCredentials> {
  const { name, profile } = entry;
  const { world, session } = context.node;
  const source = profile.get("source_profile");
  if (source === name) return readStaticKeys(entry);
  if (source) {
    if (remaining === 0) throw refuseProfile(name, "its source_profile chain does not end");
    const selected = { name: source, setting: `source_profile of ${describeProfile(name)}` };
    return resolveProfile(selected, context, remaining - 1);
  }
  switch (profile.get("credential_source")) {
    case "Ec2InstanceMetadata":
      return fetchInstanceCredentials(await session(), context.stsOptions.instancePartition);
    case "EcsContainer":
      return fetchContainerCredentials(world);
    case "Environment": {
      const keys = readEnvironmentKeys(world.env);
      if (keys !== undefined) return keys;
      throw refuseProfile(name, "credential_source is Environment, but the environment contains no keys");
    }
    case undefined:
    case "":
      throw refuseProfile(
        name,
        "role_arn without source_profile, credential_source or web_identity_token_file",
      );
    default:
      throw refuseProfile(name, "credential_source must be Environment, Ec2InstanceMetadata or EcsContainer");
  }
}

function describeProfile(name: string): string {
  return `profile ${showValue("name", name)}`;
}

function refuseProfile(name: string, problem: string): ProviderError {
  return new ProviderError("aws-profile-unusable", { detail: `${showValue("name", name)}: ${problem}` });
}
