/** A bracket, or a string; with a colon it is a key. */
const TOKEN = /[[\]{}]|("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?/gs;

/**
 * Parses exactly one JSON value like Kubernetes' strict decoder: no byte order mark, no text after it, and no duplicate key in
 * an object.
 *
 * @throws Error with a reason that quotes only a duplicate key
 */
export function parseStrictJson(text: string): unknown {
  const value = parseJson(text);
  const doubled = findDuplicateKey(text);
  if (doubled !== undefined) throw new Error(`the key ${JSON.stringify(doubled)} stands there twice`);
  return value;
}

function parseJson(text: string): unknown {
  if (text.length === 0) throw new Error("there is no output");
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("the text is not exactly one JSON value");
  }
}

function findDuplicateKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, string, colon] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") open.push(new Set());
    else if (token === "}" || token === "]") open.pop();
    else if (string !== undefined && colon !== undefined) {
      const key = String(JSON.parse(string));
      if (open.at(-1)?.has(key)) return key;
      open.at(-1)?.add(key);
    }
  }
  return undefined;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
