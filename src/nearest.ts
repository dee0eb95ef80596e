/** The one of these words that a misspelt one is likely to mean. */
export function nearest(word: string, known: readonly string[]): string {
  const ranked = known.map((one) => ({ one, distance: editDistance(word, one) }));
  return ranked.sort((one, other) => one.distance - other.distance)[0]?.one ?? "";
}

/** Levenshtein's, on words of a few letters. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replace = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
