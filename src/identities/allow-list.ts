import { matchesGlob } from "../config/pattern.ts";

/**
 * Whether the whole text is what the pattern of an `allow` list says: `*` stands for any characters but `/` and `:`, so
 * that `arn:aws:iam::111122223333:role/team-*` lets no other account in.
 */
export function matchesAllowList(text: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => isOf(pattern, text));
}

/** The same of the beginning of a path, which ends at the border of a segment. */
export function matchesPathAllowList(segments: readonly string[], patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const length = pattern.split("/").length;
    return isOf(pattern, segments.slice(0, length).join("/"));
  });
}

/** Piece by piece, and the signs between them as they are: whoever may write the text has no say in how long this takes. */
function isOf(pattern: string, text: string): boolean {
  const [globs, pieces] = [piecesOf(pattern), piecesOf(text)];
  return (
    globs.length === pieces.length && globs.every((glob, index) => matchesGlob(glob, pieces[index] ?? ""))
  );
}

function piecesOf(text: string): readonly string[] {
  return text.split(/([/:])/);
}
