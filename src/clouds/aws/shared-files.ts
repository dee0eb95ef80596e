import { sharedPaths } from "../../aws-shared-paths.ts";
import type { EnvironmentName } from "../../environment.ts";
import { readNamed } from "../../named-file.ts";
import type { Safety, World } from "../../world.ts";
import { type FileKind, parseSharedFile, type Section, type Sections } from "./shared-file-syntax.ts";

export type Profile = Section;

/** Bytes. */
const MAX_FILE = 1024 * 1024;

/** Keys that make sense only together. */
export const KEY_PAIR = [
  "aws_access_key_id",
  "aws_secret_access_key",
  "aws_session_token",
  "aws_security_token",
];

/**
 * The node's shared files (AWS SDKs Reference Guide, "Shared config and credentials files"). The config file decides who the
 * node is and may name programs; the credentials file holds secrets.
 *
 * @throws ProviderError `named-file`, `file-unreadable`, `file-unsafe`, `aws-file-malformed`
 */
export async function nodesProfiles(world: World): Promise<Sections> {
  const paths = sharedPaths(world);
  const config = await readShared("config", paths.config, "AWS_CONFIG_FILE", "unwritable", world);
  const credentials = await readShared(
    "credentials",
    paths.credentials,
    "AWS_SHARED_CREDENTIALS_FILE",
    "private",
    world,
  );
  return { profiles: merge(config.profiles, credentials.profiles), services: config.services };
}

/**
 * The file that a rule names, and no other: the node's own may have profiles of the same names.
 *
 * @throws ProviderError `named-file`, `file-unreadable`, `file-unsafe`, `aws-file-malformed`
 */
export async function ruledProfiles(configFile: string, world: World): Promise<Sections> {
  const text = await readNamed(configFile, MAX_FILE, "private", world, "configFile");
  return parseSharedFile(text, configFile, "config");
}

/** A file that a variable names must be there: a misspelt path would end in another identity. */
async function readShared(
  kind: FileKind,
  path: string,
  variable: EnvironmentName,
  safety: Safety,
  world: World,
): Promise<Sections> {
  const text = world.env[variable]
    ? await readNamed(path, MAX_FILE, safety, world, variable)
    : await world.readFile(path, MAX_FILE, safety);
  return parseSharedFile(text ?? "", path, kind);
}

/** Keys of the credentials file win. A key of one file is never combined with the secret or the session of the other. */
function merge(
  config: ReadonlyMap<string, Profile>,
  credentials: ReadonlyMap<string, Profile>,
): ReadonlyMap<string, Profile> {
  const merged = new Map(config);
  for (const [name, profile] of credentials) {
    const hasKeys = KEY_PAIR.some((key) => profile.has(key));
    const others = [...(config.get(name) ?? [])].filter(([key]) => !(hasKeys && KEY_PAIR.includes(key)));
    merged.set(name, new Map([...others, ...profile]));
  }
  return merged;
}
