import type { Cache } from "../config/schema.ts";
import type { World } from "../core/world.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { NOT_SHOWN } from "../errors/show-value.ts";

/** Gone after a restart of the machine, and root's alone. */
export const DEFAULT_CACHE_DIRECTORY = "/run/registry-credential-provider";
/** `false` too, as in the configuration file, where YAML 1.1 reads `off` as `false`. */
const OFF = /^(off|false)$/i;
export const CACHE_VARIABLE = "REGISTRY_CREDENTIAL_PROVIDER_CACHE";

/**
 * Where logins are kept: as the environment says, or else the configuration file. Without either only root has a place.
 *
 * @returns undefined: nowhere
 * @throws ProviderError `environment-invalid`
 */
export function resolveCacheDirectory(
  configured: Cache | undefined,
  { env, machine }: World,
): string | undefined {
  const named = env[CACHE_VARIABLE] || wordOf(configured);
  if (named === undefined) return machine.user === 0 ? DEFAULT_CACHE_DIRECTORY : undefined;
  if (OFF.test(named)) return undefined;
  if (named.startsWith("/")) return named.replace(/(?<=.)\/+$/, "");
  throw new ProviderError("environment-invalid", {
    detail: `${CACHE_VARIABLE} is neither an absolute path nor off ${NOT_SHOWN}`,
  });
}

function wordOf(configured: Cache | undefined): string | undefined {
  if (configured === undefined) return undefined;
  return typeof configured === "object" ? configured.directory : "off";
}
