import { describeThrown, hasErrorCode, isSystemError, ProviderError } from "../errors/provider-error.ts";

/** Descriptions of the system errors that a misconfigured node causes. */
const DESCRIPTIONS: readonly (readonly [code: string, description: string])[] = [
  ["ENOENT", "it, or a directory above it, does not exist"],
  ["ENOTDIR", "the path above it is not a directory"],
  ["EACCES", "permission denied"],
  ["ENOSPC", "the file system is full"],
  ["EROFS", "the file system is read-only"],
];

export function cacheUnusable(detail: string, cause?: unknown): ProviderError {
  return new ProviderError("cache-unusable", { detail, cause });
}

/**
 * Runs an action on a path of the cache. Errors of the system and `cache-unusable` are thrown as `cache-unusable` with the path.
 *
 * @param shownPath the path as messages show it
 */
export function withPathInErrors<T>(shownPath: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!isSystemError(error) && !(error instanceof ProviderError)) throw error;
    const description =
      DESCRIPTIONS.find(([code]) => hasErrorCode(error, code))?.[1] ?? describeThrown(error);
    throw cacheUnusable(
      `${shownPath}: ${error instanceof ProviderError ? error.facts.detail : description}`,
      error,
    );
  }
}
