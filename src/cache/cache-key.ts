import { ENVIRONMENT, type EnvironmentName, isEnvironmentName } from "../core/environment.ts";
import type { PreparedLogin } from "../core/login.ts";
import type { Environment, World } from "../core/world.ts";
import { resolveSharedConfigPaths } from "../identities/aws-shared-config.ts";

/** The registry and rule of a login. With the identity they make the cache key. */
export interface CacheScope {
  /** This program's version: another version may decide otherwise. */
  readonly version: string;
  readonly family: string;
  /** The registry host in lower case; the mirror's, if a mirror serves the image. */
  readonly host: string;
  readonly endpoint: string;
  /** The configuration rule. */
  readonly rule: object | undefined;
  /** For messages. */
  readonly ruleName: string | undefined;
}

/** The entry format. A new number makes all existing entries unreadable. */
const FORMAT = "login 1";

/**
 * Lists everything that identifies a login. Logins that differ in any of these parts are cached separately. A token's expiry
 * and a token file's content are left out, because they change with each renewal.
 */
export function listCacheKeyParts(
  scope: CacheScope,
  { identity, files }: PreparedLogin,
  world: World,
): readonly string[] {
  const { version, family, host, endpoint, rule } = scope;
  const identityFiles = identity.pod === undefined ? [...files, ...listNodeIdentityFiles(world)] : files;
  const fingerprints = identityFiles.map((path) => (path ? [path, world.fingerprintFile(path)?.text] : null));
  const identityText = JSON.stringify(identity, (name, value: unknown) =>
    name === "expiresAt" ? undefined : value,
  );
  return [FORMAT, version, family, host, endpoint, identityText].concat(
    [rule ?? null, listIdentityVariables(world.env), fingerprints].map((part) => JSON.stringify(part)),
  );
}

/** Lists the variables that affect the identity. Those of proxies and timeouts do not. */
function listIdentityVariables(env: Environment): readonly (readonly [EnvironmentName, string])[] {
  const found: [EnvironmentName, string][] = [];
  for (const [name, value] of Object.entries(env))
    if (isEnvironmentName(name) && affectsIdentity(name) && value !== undefined) found.push([name, value]);
  return found.sort(([one], [other]) => (one < other ? -1 : 1));
}

/** PATH and HOME differ between a shell and the kubelet. The key contains the paths of files in HOME instead. */
function affectsIdentity(name: EnvironmentName): boolean {
  if (name === "REGISTRY_CREDENTIAL_PROVIDER_PLATFORM") return true;
  return ENVIRONMENT[name].for !== "all clouds" && name !== "PATH" && name !== "HOME";
}

/** Lists the files of the environment that identify the node, except token files. */
function listNodeIdentityFiles({ env, machine }: World): readonly (string | undefined)[] {
  const { config, credentials } = resolveSharedConfigPaths({ env, machine });
  return [
    config,
    credentials,
    env.GOOGLE_APPLICATION_CREDENTIALS,
    env.AZURE_CLIENT_CERTIFICATE_PATH,
    env.AZURE_ENVIRONMENT_FILEPATH,
  ];
}
