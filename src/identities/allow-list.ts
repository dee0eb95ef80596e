import { matchesGlob } from "../config/pattern.ts";

/**
 * Reports whether the whole text matches a pattern of an `allow` list. `*` matches any characters except `/` and `:`, so that
 * `arn:aws:iam::111122223333:role/team-*` allows no other account.
 */
export function matchesAllowList(text: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesPattern(pattern, text));
}

/** Reports whether the path, or a prefix of whole segments of it, matches a pattern. */
export function matchesPathAllowList(segments: readonly string[], patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const length = pattern.split("/").length;
    return matchesPattern(pattern, segments.slice(0, length).join("/"));
  });
}

/** Compares part by part, separators included, so that no text can make the comparison slow. */
function matchesPattern(pattern: string, text: string): boolean {
  const [patternParts, textParts] = [splitParts(pattern), splitParts(text)];
  return (
    patternParts.length === textParts.length &&
    patternParts.every((part, index) => matchesGlob(part, textParts[index] ?? ""))
  );
}

function splitParts(text: string): readonly string[] {
  return text.split(/([/:])/);
}
