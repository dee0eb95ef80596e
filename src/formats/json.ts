export type JsonObject = Readonly<Record<string, unknown>>;

/** Reports whether a value is a JSON object, not a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Parses a JSON object. Returns undefined for any other text. The parser's own message would quote the text. */
export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** Returns the fields by their names in lower case. Go matches field names in any case, and files for Go programs rely on it. */
export function indexFieldsByLowerCase(object: JsonObject): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(object).map(([name, field]) => [name.toLowerCase(), field]));
}
