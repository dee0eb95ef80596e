import { redactSecrets } from "../core/secret.ts";
import type { Log } from "../core/world.ts";
import { formatError } from "../errors/error-line.ts";
import { ProviderError } from "../errors/provider-error.ts";

/**
 * Runs a cache operation. On `cache-unusable` it logs a note and returns undefined, because a cache problem must never fail a pull.
 * Other errors propagate.
 */
export function bestEffort<T>(operation: () => T, { note }: Pick<Log, "note">): T | undefined {
  try {
    return operation();
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code !== "cache-unusable") throw error;
    note(formatError(error, redactSecrets));
    return undefined;
  }
}
