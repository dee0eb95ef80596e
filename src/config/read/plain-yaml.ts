/** The values that this reader supports. Numbers and nulls are left to the full parser. */
export type PlainValue = string | boolean | readonly PlainValue[] | { readonly [key: string]: PlainValue };

/** A comment. A comment with an unusual line break, which some editors show as the end of the line, is left to the full parser. */
const COMMENT = String.raw`#[^\n\r\u0085\u2028\u2029]*`;
const LINE_END = String.raw`(?: +${COMMENT}| *)\n(?: *(?:${COMMENT})?\n)* *`;
const BEFORE_CONTENT = "(?: +(?![ #\\n]))";
const AFTER_COLON = `:(?:${BEFORE_CONTENT}|(?=[ \\n]))`;
const DOUBLE_QUOTED = String.raw`"[ !#-[\]-~]*"`;
const SINGLE_QUOTED = "'[ -&(-~]*'(?!')";
/** A character of a scalar without quotes: no space, and none of the characters that end a scalar between brackets. */
const IN_SCALAR = String.raw`[!"$-+\--9;-Z\\^-z|~]`;
/**
 * A token with the spaces around it: the end of a line with its comment, the empty lines after it and the next line's
 * indentation; a dash; a key with its colon; a scalar; a list of quoted strings, which is also JSON; a bracket; a comma; the
 * end of the text.
 */
const TOKEN = new RegExp(
  [
    LINE_END,
    `-(?:${BEFORE_CONTENT}|(?=[ \\n]))`,
    `(?:[A-Za-z][A-Za-z0-9_./-]{0,127}|"[ !#-[\\]-~]{0,127}"|'[ -&(-~]{0,127}')${AFTER_COLON}`,
    DOUBLE_QUOTED,
    SINGLE_QUOTED,
    `[A-Za-z0-9/_](?:${IN_SCALAR}|:(?=${IN_SCALAR}|:))*`,
    `\\[ *${DOUBLE_QUOTED}(?: *, *${DOUBLE_QUOTED})* *\\]`,
    `[[{]${BEFORE_CONTENT}?`,
    " *[\\]}]",
    ` *,${BEFORE_CONTENT}?`,
    "$",
  ].join("|"),
  "gy",
);
const START = new RegExp(`^(?: *(?:${COMMENT})?\\n)*---(?=[ \\n])`);
/** Numbers of YAML 1.2 (chapter 10.3.2) that start like other supported scalars. */
const NUMBER = /^(?:[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+)$/;
/** Booleans and nulls of the same chapter. A null is left to the full parser. */
const WORDS: ReadonlyMap<string, boolean | undefined> = new Map([
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
  ...["null", "Null", "NULL"].map((word) => [word, undefined] as const),
]);
/** The first characters of tokens that are neither a scalar nor a key. */
const NOT_SCALAR = "\n ,]}-";
const NOT_KEY = `${NOT_SCALAR}[{`;
const MAX_DEPTH = 16;

/**
 * Reads the YAML that most configurations use: mappings and sequences by indentation or in brackets, strings on one line,
 * booleans, comments.
 *
 * perf: takes a tenth of the time of loading a parser for all of YAML (Node.js 24). One regular expression splits the whole text,
 * since a run is too short for other code to be optimised.
 *
 * @returns undefined for any text with another feature, valid or not
 */
export function readPlainYaml(text: string): PlainValue | undefined {
  const tokens = `\n${text.replace(START, "")}\n`.match(TOKEN);
  // The last token is the empty one at the end, unless the search stopped earlier at a character that starts no token.
  return tokens?.at(-1) === "" ? new Reader(tokens).readDocument() : undefined;
}

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;
  /** The indentation of the current line; -1 at the end. */
  #indent = -1;
  #depth = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  readDocument(): PlainValue | undefined {
    const value = this.#skipToNextLine() && this.#indent === 0 ? this.#readCollection() : undefined;
    return this.#indent === -1 ? value : undefined;
  }

  #readCollection(): PlainValue | undefined {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) return undefined;
    const found = this.#isEntry() ? this.#readSequence(this.#indent) : this.#readMapping(this.#indent);
    this.#depth -= 1;
    return found;
  }

  #readMapping(indent: number): PlainValue | undefined {
    const found: Record<string, PlainValue> = {};
    do {
      const key = this.#readKey(found);
      const value = key === undefined ? undefined : this.#readValueOfKey(indent);
      if (key === undefined || value === undefined) return undefined;
      found[key] = value;
    } while (this.#indent === indent);
    return this.#indent < indent ? found : undefined;
  }

  /** A sequence may have the same indentation as its key. */
  #readValueOfKey(indent: number): PlainValue | undefined {
    if (!this.#skipToNextLine()) return this.#readValueOnLine(indent);
    const begins = this.#indent > indent || (this.#indent === indent && this.#isEntry());
    return begins ? this.#readCollection() : undefined;
  }

  #readSequence(indent: number): PlainValue | undefined {
    const found: PlainValue[] = [];
    while (this.#indent === indent && this.#isEntry()) {
      const value = this.#readValueOfEntry(indent);
      if (value === undefined) return undefined;
      found.push(value);
    }
    return this.#indent <= indent ? found : undefined;
  }

  #readValueOfEntry(indent: number): PlainValue | undefined {
    const dash = this.#tokens[this.#at] ?? "";
    this.#at += 1;
    if (this.#skipToNextLine()) return this.#indent > indent ? this.#readCollection() : undefined;
    // A mapping that starts beside the dash: its keys are in one column.
    return this.#isKey() ? this.#readMapping(indent + dash.length) : this.#readValueOnLine(indent);
  }

  /** Reads a value that ends with its line. */
  #readValueOnLine(indent: number): PlainValue | undefined {
    const value = this.#readValue(indent);
    return value !== undefined && this.#skipToNextLine() && this.#indent <= indent ? value : undefined;
  }

  #readValue(indent: number): PlainValue | undefined {
    const token = this.#tokens[this.#at] ?? "";
    const first = token[0] ?? "";
    if (token.length > 1 && first === "[" && token.endsWith("]")) return this.#readJsonList(token);
    if (first === "[" || first === "{") return this.#readFlowCollection(first, indent);
    if (NOT_SCALAR.includes(first) || this.#isKey()) return undefined;
    this.#at += 1;
    if (first === '"' || first === "'") return token.slice(1, -1);
    if (WORDS.has(token)) return WORDS.get(token);
    return first <= "9" && NUMBER.test(token) ? undefined : token;
  }

  #readJsonList(token: string): PlainValue {
    this.#at += 1;
    const texts: readonly unknown[] = JSON.parse(token);
    return texts.map(String);
  }

  /** Reads a collection in brackets. All its lines have a larger indentation than its key. */
  #readFlowCollection(bracket: "[" | "{", indent: number): PlainValue | undefined {
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) return undefined;
    const found = bracket === "[" ? this.#readFlowSequence(indent) : this.#readFlowMapping(indent);
    this.#depth -= 1;
    return found;
  }

  #readFlowSequence(indent: number): PlainValue | undefined {
    const found: PlainValue[] = [];
    while (this.#skipLineEnd(indent)) {
      if (this.#skipClosingBracket("]")) return found;
      const value = this.#readValue(indent);
      if (value === undefined || !this.#skipSeparator("]", indent)) return undefined;
      found.push(value);
    }
    return undefined;
  }

  #readFlowMapping(indent: number): PlainValue | undefined {
    const found: Record<string, PlainValue> = {};
    while (this.#skipLineEnd(indent)) {
      if (this.#skipClosingBracket("}")) return found;
      const key = this.#readKey(found);
      const value = key !== undefined && this.#skipLineEnd(indent) ? this.#readValue(indent) : undefined;
      if (key === undefined || value === undefined || !this.#skipSeparator("}", indent)) return undefined;
      found[key] = value;
    }
    return undefined;
  }

  #skipClosingBracket(bracket: "]" | "}"): boolean {
    if (this.#tokens[this.#at]?.trimStart() !== bracket) return false;
    this.#at += 1;
    return true;
  }

  /** Reports whether a comma, which it skips, or the closing bracket follows. */
  #skipSeparator(bracket: "]" | "}", indent: number): boolean {
    if (!this.#skipLineEnd(indent)) return false;
    const token = this.#tokens[this.#at]?.trim();
    if (token === ",") this.#at += 1;
    return token === "," || token === bracket;
  }

  #skipLineEnd(indent: number): boolean {
    return !this.#skipToNextLine() || this.#indent > indent;
  }

  /** Reads a key. Returns undefined for a duplicate key and for `__proto__`. */
  #readKey(found: object): string | undefined {
    if (!this.#isKey()) return undefined;
    const token = (this.#tokens[this.#at] ?? "").trimEnd();
    this.#at += 1;
    const isQuoted = token[0] === '"' || token[0] === "'";
    const key = isQuoted ? token.slice(1, -2) : token.slice(0, -1);
    if (key === "__proto__" || Object.hasOwn(found, key)) return undefined;
    return !isQuoted && WORDS.has(key) ? undefined : key;
  }

  /** Reports whether a key follows: the only token that starts like a scalar and ends in a colon or a space. */
  #isKey(): boolean {
    const token = this.#tokens[this.#at] ?? "";
    const last = token[token.length - 1];
    return (last === ":" || last === " ") && !NOT_KEY.includes(token[0] ?? "");
  }

  #isEntry(): boolean {
    return this.#tokens[this.#at]?.[0] === "-";
  }

  #skipToNextLine(): boolean {
    const token = this.#tokens[this.#at] ?? "";
    const first = token[0];
    const last = first === "\n" || first === " " ? token.lastIndexOf("\n") : -1;
    if (last < 0) return false;
    this.#at += 1;
    this.#indent = this.#tokens[this.#at] === "" ? -1 : token.length - last - 1;
    return true;
  }
}
