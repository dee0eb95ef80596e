import { redactSecrets } from "../core/secret.ts";
import type { World } from "../core/world.ts";
import { formatError } from "../errors/error-line.ts";
import { ProviderError } from "../errors/provider-error.ts";

/**
 * What the cache is good for, or undefined where it cannot be used, with a line for whoever debugs: no pull fails because of the
 * cache. What else is thrown goes on.
 */
export function bestEffort<T>(action: () => T, { note }: Pick<World, "note">): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code !== "cache-unusable") throw error;
    note(formatError(error, redactSecrets));
    return undefined;
  }
}
