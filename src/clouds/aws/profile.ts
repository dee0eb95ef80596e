import { externalDataInterceptor, loadSharedConfigFiles } from "@smithy/shared-ini-file-loader";
import { ProviderError } from "../../errors.ts";
import type { Environment, World } from "../../world.ts";
import { isToken } from "../answer.ts";
import { containerCredentials } from "./container.ts";
import { type AwsCredentials, keyPair } from "./credentials.ts";
import { environmentKeys } from "./environment-keys.ts";
import { instanceCredentials } from "./imds.ts";
import { processCredentials } from "./process.ts";
import { assumeRole, assumeRoleWithWebIdentity, type Role, sessionNameOf, stsRegion } from "./sts.ts";
import { readToken } from "./web-identity.ts";

type Profile = Readonly<Record<string, string | undefined>>;
type Profiles = ReadonlyMap<string, Profile>;

/** `source_profile` may name another that names another; a chain this long is a mistake. */
const MAX_CHAIN = 5;

/**
 * The shared files (AWS SDKs Reference Guide, "Shared config and credentials files"). Both are read by the SDK's
 * parser; what a profile means is decided here, so that nothing is run by a shell and no session of a person is used.
 *
 * @returns undefined where no profile is asked for and none holds credentials
 * @throws ProviderError `aws-profile-missing`, `aws-profile-unusable` and the codes of what the profile leads to
 */
export async function profileCredentials(
  world: World,
  registryRegion: string,
): Promise<AwsCredentials | undefined> {
  const files = sharedFiles(world.env);
  if (files === undefined) return undefined;
  const profiles = await readProfiles(files, world);
  const name = world.env.AWS_PROFILE || "default";
  if (world.env.AWS_PROFILE || holdsCredentials(profiles.get(name)))
    return resolve(name, { profiles, world, registryRegion }, MAX_CHAIN);
  return undefined;
}

interface SharedFiles {
  readonly configFilepath: string;
  readonly filepath: string;
}

/** Without HOME only files that are named by a variable are looked at. */
function sharedFiles(env: Environment): SharedFiles | undefined {
  if (!env.HOME && !env.AWS_CONFIG_FILE && !env.AWS_SHARED_CREDENTIALS_FILE && !env.AWS_PROFILE)
    return undefined;
  const home = env.HOME || "/nonexistent";
  return {
    configFilepath: (env.AWS_CONFIG_FILE || "~/.aws/config").replace(/^~(?=\/)/, home),
    filepath: (env.AWS_SHARED_CREDENTIALS_FILE || "~/.aws/credentials").replace(/^~(?=\/)/, home),
  };
}

/** Bytes. */
const MAX_FILE = 1024 * 1024;

/**
 * Keys of the credentials file win over the same profile's in the config file. The files are read here and handed to
 * the parser: its own reading could hang on a FIFO beyond every deadline, and passes over a file that it may not read.
 */
async function readProfiles(files: SharedFiles, world: World): Promise<Profiles> {
  const texts = new Map<string, string>();
  for (const path of Object.values(files)) {
    const text = await world.readFile(path, MAX_FILE);
    if (text !== undefined) texts.set(path, text);
    externalDataInterceptor.interceptFile(path, text ?? "");
  }
  if (texts.size === 0) requireUnnamed(world.env);
  const { configFile, credentialsFile } = await loadSharedConfigFiles(files);
  const names = new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)]);
  const profiles = [...names].map(
    (name) => [name, { ...configFile[name], ...credentialsFile[name] }] as const,
  );
  return new Map(profiles);
}

/** Who names a file means it: nobody else is asked because of a misspelt path. */
function requireUnnamed({
  AWS_CONFIG_FILE: config,
  AWS_SHARED_CREDENTIALS_FILE: credentials,
}: Environment): void {
  if (config)
    throw new ProviderError("file-unreadable", { detail: `AWS_CONFIG_FILE: ${config} is not there` });
  if (!credentials) return;
  throw new ProviderError("file-unreadable", {
    detail: `AWS_SHARED_CREDENTIALS_FILE: ${credentials} is not there`,
  });
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
  readonly world: World;
  readonly registryRegion: string;
}

async function resolve(name: string, around: Surroundings, left: number): Promise<AwsCredentials> {
  const profile = around.profiles.get(name);
  const source = `profile ${name}`;
  if (profile === undefined) throw new ProviderError("aws-profile-missing", { detail: name });
  if (profile["role_arn"]) return resolveRole(name, profile, around, left);
  if (profile["aws_access_key_id"]) return staticKeys(profile, source);
  if (profile["credential_process"])
    return processCredentials(profile["credential_process"], source, around.world);
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
  const { world } = around;
  const role = roleOf(profile, around);
  const tokenFile = profile["web_identity_token_file"];
  if (tokenFile) return assumeRoleWithWebIdentity(role, await readToken(tokenFile, world), world);
  const source = profile["source_profile"];
  if (source === name) return assumeRole(role, staticKeys(profile, `profile ${name}`), world);
  if (source && left > 0) return assumeRole(role, await resolve(source, around, left - 1), world);
  if (source) throw unusable(name, "its source_profile chain does not end");
  return assumeRole(role, await credentialSource(name, profile["credential_source"], world), world);
}

function roleOf(profile: Profile, { world, registryRegion }: Surroundings): Role {
  return {
    arn: profile["role_arn"] ?? "",
    sessionName: sessionNameOf(profile["role_session_name"]),
    externalId: profile["external_id"],
    region: stsRegion(world.env, profile["region"] || registryRegion),
  };
}

async function credentialSource(
  name: string,
  source: string | undefined,
  world: World,
): Promise<AwsCredentials> {
  switch (source) {
    case "Ec2InstanceMetadata":
      return instanceCredentials(world);
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
