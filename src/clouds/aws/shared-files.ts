import { externalDataInterceptor, loadSharedConfigFiles } from "@smithy/shared-ini-file-loader";
import { sharedPaths } from "../../aws-shared-paths.ts";
import { ProviderError } from "../../errors.ts";
import type { Environment, World } from "../../world.ts";

export type Profile = Readonly<Record<string, string | undefined>>;
export type Profiles = ReadonlyMap<string, Profile>;

interface SharedFile {
  readonly path: string;
  readonly text: string;
}

/** Bytes. */
const MAX_FILE = 1024 * 1024;

/**
 * The node's shared files (AWS SDKs Reference Guide, "Shared config and credentials files").
 *
 * @returns undefined where nothing says where they are: without HOME only what a variable names is looked at
 * @throws ProviderError `named-file`, `file-unreadable`
 */
export async function nodesProfiles(world: World): Promise<Profiles | undefined> {
  const { HOME, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_PROFILE } = world.env;
  const isSaid = HOME || AWS_CONFIG_FILE || AWS_SHARED_CREDENTIALS_FILE || AWS_PROFILE;
  return isSaid ? readBoth(world) : undefined;
}

/**
 * The file that a rule names, and no other: the node's own may have profiles of the same names. Else the node's.
 *
 * @throws ProviderError `named-file`, `file-unreadable`, `file-unsafe`
 */
export async function ruledProfiles(configFile: string | undefined, world: World): Promise<Profiles> {
  return configFile === undefined ? readBoth(world) : readOne(configFile, world);
}

/** It may hold a secret: it is looked at as every such file that the configuration names. */
async function readOne(path: string, world: World): Promise<Profiles> {
  const text = await world.readFile(path, MAX_FILE, "private");
  if (text === undefined) throw absent("configFile", path);
  return profilesIn({ path, text }, NO_FILE);
}

/** The parser wants both names, and opens neither. */
const NO_FILE: SharedFile = { path: "/dev/null", text: "" };

/**
 * Owner and mode are not looked at: these are the standard files of AWS's own tools, which write them for whichever user runs
 * them, and which the node's other programs read as they are.
 */
async function readBoth(world: World): Promise<Profiles> {
  const paths = sharedPaths(world.env);
  const config = await world.readFile(paths.config, MAX_FILE);
  const credentials = await world.readFile(paths.credentials, MAX_FILE);
  if (config === undefined && credentials === undefined) requireUnnamed(world.env);
  return profilesIn(
    { path: paths.config, text: config ?? "" },
    { path: paths.credentials, text: credentials ?? "" },
  );
}

/**
 * By the SDK's parser. Keys of the credentials file win over the same profile's in the config file. The files are read before,
 * and handed to the parser: its own reading could hang on a FIFO beyond every deadline, and passes over
 * a file that it may not read.
 */
async function profilesIn(config: SharedFile, credentials: SharedFile): Promise<Profiles> {
  for (const { path, text } of [config, credentials]) externalDataInterceptor.interceptFile(path, text);
  const { configFile, credentialsFile } = await loadSharedConfigFiles({
    configFilepath: config.path,
    filepath: credentials.path,
  });
  const names = new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)]);
  return new Map([...names].map((name) => [name, { ...configFile[name], ...credentialsFile[name] }]));
}

/** Who names a file means it: nobody else is asked because of a misspelt path. */
function requireUnnamed({
  AWS_CONFIG_FILE: config,
  AWS_SHARED_CREDENTIALS_FILE: credentials,
}: Environment): void {
  if (config) throw absent("AWS_CONFIG_FILE", config);
  if (credentials) throw absent("AWS_SHARED_CREDENTIALS_FILE", credentials);
}

function absent(name: string, path: string): ProviderError {
  return new ProviderError("named-file", { detail: `${name}: ${path}: it is not there` });
}
