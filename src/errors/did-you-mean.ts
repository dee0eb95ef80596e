/** The one of these words that a misspelt one is most like. */
export function findClosest(word: string, known: readonly string[]): string {
  return rankByDistance(word, known)[0]?.one ?? "";
}

/** The same, where fewer than half of its letters are other ones. */
export function suggestCorrection(word: string, known: readonly string[]): string | undefined {
  const [first] = rankByDistance(word, known);
  return first !== undefined && first.distance < word.length / 2 ? first.one : undefined;
}

function rankByDistance(word: string, known: readonly string[]) {
  return known
    .map((one) => ({ one, distance: editDistance(word, one) }))
    .sort((one, other) => one.distance - other.distance);
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
