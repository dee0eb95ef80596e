import { parseJsonObject } from "../../formats/json.ts";

/** A string, and the colon after it if it is a key. Runs in linear time only if every string is closed, as in valid JSON. */
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?/gs;

/** Returns the object, undefined if the text is not a JSON object or has a duplicate key. */
export function parseStrictJson(text: string): object | undefined {
  const value = /^\s*\{/.test(text) ? parseJsonObject(text) : undefined;
  if (value === undefined) return undefined;
  const keys = text.match(STRING)?.filter((token) => token.endsWith(":")) ?? [];
  return keys.length === countKeys(value, MAX_DEPTH) ? value : undefined;
}

/** The maximum number of nested levels; a configuration has six. */
const MAX_DEPTH = 16;

/** Counts the keys. `JSON.parse` keeps only the last of duplicate keys, so that the count differs. NaN if the value is too deep. */
function countKeys(value: unknown, depth: number): number {
  if (typeof value !== "object" || value === null) return 0;
  if (depth === 0) return Number.NaN;
  const fields: readonly unknown[] = Object.values(value);
  return fields.reduce(
    (sum: number, field) => sum + countKeys(field, depth - 1),
    Array.isArray(value) ? 0 : fields.length,
  );
}
