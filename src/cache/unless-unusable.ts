import { ProviderError } from "../errors.ts";
import { account } from "../last-words.ts";
import type { World } from "../world.ts";

/**
 * What the cache is good for, or undefined where it cannot be used, with a line for whoever debugs: no pull fails because of the
 * cache. What else is thrown goes on.
 */
export function unlessUnusable<T>(action: () => T, { note }: Pick<World, "note">): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code !== "cache-unusable") throw error;
    note(account(error));
    return undefined;
  }
}
