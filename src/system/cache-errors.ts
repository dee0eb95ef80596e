import { describeThrown, hasErrorCode, isSystemError, ProviderError } from "../errors/provider-error.ts";

/** What is met where nothing is wrong with the program. */
const WORDS: readonly (readonly [code: string, words: string])[] = [
  ["ENOENT", "it, or a folder above it, does not exist"],
  ["ENOTDIR", "what stands above it is no folder"],
  ["EACCES", "this user may not come at it"],
  ["ENOSPC", "the file system is full"],
  ["EROFS", "the file system is read-only"],
];

export function cacheUnusable(detail: string, cause?: unknown): ProviderError {
  return new ProviderError("cache-unusable", { detail, cause });
}

/**
 * Runs an action on a place of the cache. Its errors name the place, and describe a system error in words.
 *
 * @param place as a message shows it
 * @throws ProviderError `cache-unusable`
 */
export function withPathInErrors<T>(place: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!isSystemError(error) && !(error instanceof ProviderError)) throw error;
    throw cacheUnusable(
      `${place}: ${error instanceof ProviderError ? error.facts.detail : describeSystemError(error)}`,
      error,
    );
  }
}

function describeSystemError(error: unknown): string {
  return WORDS.find(([code]) => hasErrorCode(error, code))?.[1] ?? describeThrown(error);
}
