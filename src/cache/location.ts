import type { Cache } from "../config/schema.ts";
import type { World } from "../core/world.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { NOT_SHOWN } from "../errors/show-value.ts";

/** On tmpfs, so that a reboot deletes it. Only root can write to `/run`. */
export const DEFAULT_CACHE_DIRECTORY = "/run/registry-credential-provider";
/** Includes `false`, because YAML 1.1 reads `off` as `false` in the configuration file. */
const OFF = /^(off|false)$/i;
export const CACHE_VARIABLE = "REGISTRY_CREDENTIAL_PROVIDER_CACHE";

/**
 * Returns the cache directory: of the environment, else of the configuration file, else the default one for root.
 *
 * @returns undefined if the cache is off
 * @throws ProviderError `environment-invalid`
 */
export function resolveCacheDirectory(
  configured: Cache | undefined,
  { env, machine }: Pick<World, "env" | "machine">,
): string | undefined {
  let setting = env[CACHE_VARIABLE] || undefined;
  if (setting === undefined && configured !== undefined)
    setting = typeof configured === "object" ? configured.directory : "off";
  if (setting === undefined) return machine.user === 0 ? DEFAULT_CACHE_DIRECTORY : undefined;
  if (OFF.test(setting)) return undefined;
  if (setting.startsWith("/")) return setting.replace(/(?<=.)\/+$/, "");
  throw new ProviderError("environment-invalid", {
    detail: `${CACHE_VARIABLE} is neither an absolute path nor off ${NOT_SHOWN}`,
  });
}
