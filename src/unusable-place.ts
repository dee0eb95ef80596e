import { hasCode, isSystemError, nameOf, ProviderError } from "./errors.ts";
import { showValue } from "./show-value.ts";

/** What is met where nothing is wrong with the program. */
const WORDS: readonly (readonly [code: string, words: string])[] = [
  ["ENOENT", "the folder above it is not there"],
  ["ENOTDIR", "what stands above it is no folder"],
  ["EACCES", "this user may not come at it"],
  ["ENOSPC", "the file system is full"],
  ["EROFS", "the file system is read-only"],
];

export function unusable(detail: string, cause?: unknown): ProviderError {
  return new ProviderError("cache-unusable", { detail, cause });
}

/**
 * Whatever the system says of this path, in words.
 *
 * @throws ProviderError `cache-unusable`
 */
export function within<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw unusable(`${showValue("path", path)}: ${inWords(error)}`, error);
  }
}

function inWords(error: unknown): string {
  return WORDS.find(([code]) => hasCode(error, code))?.[1] ?? nameOf(error);
}
