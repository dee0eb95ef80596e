/**
 * Whether the whole text is what the pattern of an `allow` list says: `*` stands for any characters but `/` and `:`, so
 * that `arn:aws:iam::111122223333:role/team-*` lets no other account in.
 */
export function allowed(text: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => expressionOf(pattern).test(text));
}

/** The same of the beginning of a path, which ends at the border of a segment. */
export function allowedPath(segments: readonly string[], patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const length = pattern.split("/").length;
    return expressionOf(pattern).test(segments.slice(0, length).join("/"));
  });
}

function expressionOf(pattern: string): RegExp {
  const literal = pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${literal.join("[^/:]*")}$`);
}
