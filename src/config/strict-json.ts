/** A string, with the colon that makes it a key. Linear only where every string ends, as in JSON. */
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?/gs;

/** @returns undefined where the text is no JSON object, or one in which a key is there twice */
export function parseStrictJson(text: string): object | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  const value = parsed(text);
  const keys = text.match(STRING)?.filter((token) => token.endsWith(":")) ?? [];
  return typeof value === "object" && value !== null && keys.length === countKeys(value) ? value : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of two with one name, `JSON.parse` keeps the last. */
function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const fields: readonly unknown[] = Object.values(value);
  return fields.reduce(
    (sum: number, field) => sum + countKeys(field),
    Array.isArray(value) ? 0 : fields.length,
  );
}
