import { ENVIRONMENT, type EnvironmentName } from "../core/environment.ts";
import type { PreparedLogin } from "../core/login.ts";
import type { Environment, World } from "../core/world.ts";
import { resolveSharedConfigPaths } from "../identities/aws-shared-config.ts";

/** What a login is for, beside who asks. */
export interface CacheScope {
  /** Of this program: another reads, asks and judges otherwise. */
  readonly version: string;
  readonly family: string;
  /** The registry's, in small letters: of a mirror's image the mirror's. */
  readonly host: string;
  readonly endpoint: string;
  /** The rule of the configuration as it stands there. */
  readonly rule: object | undefined;
  /** For people. */
  readonly ruleName: string | undefined;
}

/** Of what is kept; another number makes all that is there unreadable. */
const FORMAT = "login 1";

/**
 * All that a login depends on: where one of these is another, it is another login. When a token ends is no part of who it is, and
 * neither is what a token's file holds, which is renewed all the time.
 */
export function listCacheKeyParts(
  purpose: CacheScope,
  errand: PreparedLogin,
  world: World,
): readonly string[] {
  const { version, family, host, endpoint, rule } = purpose;
  const files = errand.pod === undefined ? [...errand.files, ...listIdentityFiles(world)] : errand.files;
  const stamps = files.map((path) => (path ? [path, world.fingerprintFile(path)?.text] : null));
  return [FORMAT, version, family, host, endpoint, accessText(errand.identity)].concat(
    [rule ?? null, ofIdentity(world.env), stamps].map((part) => JSON.stringify(part)),
  );
}

function accessText(access: object): string {
  return JSON.stringify(access, (name, value: unknown) => (name === "expiresAt" ? undefined : value));
}

/** What of the environment has a say in who asks and where. How the network is reached has none. */
function ofIdentity(env: Environment): readonly (readonly [EnvironmentName, string])[] {
  const found: [EnvironmentName, string][] = [];
  for (const [name, value] of entriesOf(env)) if (isOfIdentity(name)) found.push([name, value]);
  return found.sort(([one], [other]) => (one < other ? -1 : 1));
}

/** PATH and HOME differ between a shell and the kubelet. The key holds the paths of the files in HOME instead. */
function isOfIdentity(name: EnvironmentName): boolean {
  if (name === "REGISTRY_CREDENTIAL_PROVIDER_PLATFORM") return true;
  return ENVIRONMENT[name].for !== "all clouds" && name !== "PATH" && name !== "HOME";
}

function* entriesOf(env: Environment): Generator<[EnvironmentName, string]> {
  for (const [name, value] of Object.entries(env))
    if (isName(name) && value !== undefined) yield [name, value];
}

function isName(name: string): name is EnvironmentName {
  return Object.hasOwn(ENVIRONMENT, name);
}

/** Files that say who the node is. Those with tokens are left out. */
function listIdentityFiles({ env, machine }: World): readonly (string | undefined)[] {
  const { config, credentials } = resolveSharedConfigPaths({ env, machine });
  return [
    config,
    credentials,
    env.GOOGLE_APPLICATION_CREDENTIALS,
    env.AZURE_CLIENT_CERTIFICATE_PATH,
    env.AZURE_ENVIRONMENT_FILEPATH,
  ];
}
