export type JsonObject = Readonly<Record<string, unknown>>;

/** An object of JSON; a list is none. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The JSON object that the text is; undefined where it is anything else. A parser's own message would quote the text. */
export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** By their names in small letters: Go reads a field's name in any case, and so do those who write for it. */
export function indexFieldsByLowerCase(object: JsonObject): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(object).map(([name, field]) => [name.toLowerCase(), field]));
}
