import type { EnvironmentName } from "../../core/environment.ts";
import { readRequiredFile } from "../../core/required-file.ts";
import type { FileSafety, World } from "../../core/world.ts";
import { refuseVariable } from "../../formats/choices.ts";
import { resolveSharedConfigPaths } from "../../identities/aws-shared-config.ts";
import {
  parseSharedFile,
  type SharedFileKind,
  type SharedFileSection,
  type SharedFileSections,
} from "./shared-file-syntax.ts";

export type Profile = SharedFileSection;

/** Bytes. */
const MAX_FILE = 1024 * 1024;

/** The keys of one access key. They must come from the same file. */
export const ACCESS_KEY_FIELDS = [
  "aws_access_key_id",
  "aws_secret_access_key",
  "aws_session_token",
  "aws_security_token",
];

/**
 * Reads the node's shared files (AWS SDKs Reference Guide, "Shared config and credentials files"). The config file decides the
 * node's identity and may name programs, so it is checked too; the credentials file holds secrets.
 *
 * @throws ProviderError `environment-invalid`, `referenced-file-missing`, `file-unreadable`, `file-unsafe`, `aws-file-malformed`
 */
export async function readNodeProfiles(world: World): Promise<SharedFileSections> {
  const paths = resolveSharedConfigPaths(world);
  const config = await readShared("config", paths.config, "AWS_CONFIG_FILE", "unwritable", world);
  const credentials = await readShared(
    "credentials",
    paths.credentials,
    "AWS_SHARED_CREDENTIALS_FILE",
    "private",
    world,
  );
  return { profiles: mergeProfiles(config.profiles, credentials.profiles), services: config.services };
}

/**
 * Reads only the file that a rule names, because the node's own files may have profiles of the same names.
 *
 * @throws ProviderError `referenced-file-missing`, `file-unreadable`, `file-unsafe`, `aws-file-malformed`
 */
export async function readRuleProfiles(configFile: string, world: World): Promise<SharedFileSections> {
  const text = await readRequiredFile(configFile, MAX_FILE, "private", world, "aws.configFile");
  return parseSharedFile(text, configFile, "config");
}

/** A file that a variable names must exist: a misspelt path would silently select another identity. */
async function readShared(
  kind: SharedFileKind,
  path: string,
  variable: EnvironmentName,
  safety: FileSafety,
  world: World,
): Promise<SharedFileSections> {
  const named = world.env[variable];
  const origin = named && !named.startsWith("~/") ? variable : "HOME";
  if (!path.startsWith("/")) throw refuseVariable(origin, "must be an absolute path");
  const text = named
    ? await readRequiredFile(path, MAX_FILE, safety, world, variable)
    : await world.readFile(path, MAX_FILE, safety);
  return parseSharedFile(text ?? "", path, kind);
}

/** Merges profiles; the credentials file takes precedence. The parts of an access key are never combined from both files. */
function mergeProfiles(
  config: ReadonlyMap<string, Profile>,
  credentials: ReadonlyMap<string, Profile>,
): ReadonlyMap<string, Profile> {
  const merged = new Map(config);
  for (const [name, profile] of credentials) {
    const hasKeys = ACCESS_KEY_FIELDS.some((key) => profile.has(key));
    const inherited = [...(config.get(name) ?? [])].filter(
      ([key]) => !(hasKeys && ACCESS_KEY_FIELDS.includes(key)),
    );
    merged.set(name, new Map([...inherited, ...profile]));
  }
  return merged;
}
