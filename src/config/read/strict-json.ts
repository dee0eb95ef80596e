/** A string, with the colon that makes it a key. Linear only where every string ends, as in JSON. */
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?/gs;

/** @returns undefined where the text is no JSON object, or one in which a key is there twice */
export function parseStrictJson(text: string): object | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  const value = parsed(text);
  if (typeof value !== "object" || value === null) return undefined;
  const keys = text.match(STRING)?.filter((token) => token.endsWith(":")) ?? [];
  return keys.length === countKeys(value, DEEPEST) ? value : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** A configuration has six levels. */
const DEEPEST = 16;

/** Of two with one name, `JSON.parse` keeps the last. What lies deeper is not counted, and so is refused. */
function countKeys(value: unknown, deepest: number): number {
  if (typeof value !== "object" || value === null) return 0;
  if (deepest === 0) return Number.NaN;
  const fields: readonly unknown[] = Object.values(value);
  return fields.reduce(
    (sum: number, field) => sum + countKeys(field, deepest - 1),
    Array.isArray(value) ? 0 : fields.length,
  );
}
