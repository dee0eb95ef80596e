/** Returns the known word that is most similar to a misspelt one. */
export function findClosest(word: string, known: readonly string[]): string {
  return rankByDistance(word, known)[0]?.candidate ?? "";
}

/** Returns the most similar known word, but only if fewer than half of the letters differ. */
export function suggestCorrection(word: string, known: readonly string[]): string | undefined {
  const [closest] = rankByDistance(word, known);
  return closest !== undefined && closest.distance < word.length / 2 ? closest.candidate : undefined;
}

function rankByDistance(word: string, known: readonly string[]) {
  return known
    .map((candidate) => ({ candidate, distance: computeEditDistance(word, candidate) }))
    .sort((a, b) => a.distance - b.distance);
}

/** Returns the Levenshtein distance of two short words. */
function computeEditDistance(from: string, to: string): number {
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
