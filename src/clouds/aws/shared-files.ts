import { externalDataInterceptor, loadSharedConfigFiles } from "@smithy/shared-ini-file-loader";
import { ProviderError } from "../../errors.ts";
import type { Environment, World } from "../../world.ts";

export type Profile = Readonly<Record<string, string | undefined>>;
export type Profiles = ReadonlyMap<string, Profile>;

/** What a rule says in place of AWS_PROFILE and AWS_CONFIG_FILE. */
export interface SharedWish {
  readonly profile?: string | undefined;
  readonly configFile?: string | undefined;
}

interface SharedFiles {
  readonly configFilepath: string;
  readonly filepath: string;
}

/** Bytes. */
const MAX_FILE = 1024 * 1024;

/**
 * The shared files (AWS SDKs Reference Guide, "Shared config and credentials files"), by the SDK's parser. Keys of the
 * credentials file win over the same profile's in the config file. The files are read here and handed to the parser: its
 * own reading could hang on a FIFO beyond every deadline, and passes over a file that it may not read.
 *
 * @returns undefined where nothing says where they are
 * @throws ProviderError `file-unreadable`, `file-unsafe`
 */
export async function readProfiles(world: World, wish: SharedWish): Promise<Profiles | undefined> {
  const files = sharedFiles(world.env, wish);
  if (files === undefined) return undefined;
  const texts = new Map<string, string>();
  for (const path of Object.values(files)) {
    // What a rule names may hold a secret: it is looked at as every such file of the configuration.
    const text = await world.readFile(path, MAX_FILE, path === wish.configFile ? "private" : undefined);
    if (text !== undefined) texts.set(path, text);
    externalDataInterceptor.interceptFile(path, text ?? "");
  }
  if (wish.configFile !== undefined && !texts.has(wish.configFile))
    throw absent("configFile", wish.configFile);
  if (texts.size === 0) requireUnnamed(world.env);
  const { configFile, credentialsFile } = await loadSharedConfigFiles(files);
  const names = new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)]);
  return new Map([...names].map((name) => [name, { ...configFile[name], ...credentialsFile[name] }]));
}

/** Without HOME only files that are named by a variable or a rule are looked at. */
function sharedFiles(env: Environment, { profile, configFile }: SharedWish): SharedFiles | undefined {
  const config = configFile ?? env.AWS_CONFIG_FILE;
  if (!env.HOME && !config && !env.AWS_SHARED_CREDENTIALS_FILE && !(profile ?? env.AWS_PROFILE))
    return undefined;
  const home = env.HOME || "/nonexistent";
  return {
    configFilepath: (config || "~/.aws/config").replace(/^~(?=\/)/, home),
    filepath: (env.AWS_SHARED_CREDENTIALS_FILE || "~/.aws/credentials").replace(/^~(?=\/)/, home),
  };
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
  return new ProviderError("file-unreadable", { detail: `${name}: ${path} is not there` });
}
