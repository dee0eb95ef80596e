/** What the reader makes of a scalar: numbers and nulls it leaves to others. */
export type Plain = string | boolean | readonly Plain[] | { readonly [key: string]: Plain };

/** A comment. With another line break in it, which some editors show as the end of the line, it is left to others. */
const COMMENT = String.raw`#[^\n\r\u0085\u2028\u2029]*`;
const LINE_END = String.raw`(?: +${COMMENT}| *)\n(?: *(?:${COMMENT})?\n)* *`;
const BEFORE_CONTENT = "(?: +(?![ #\\n]))";
const AFTER_COLON = `:(?:${BEFORE_CONTENT}|(?=[ \\n]))`;
const DOUBLE_QUOTED = String.raw`"[ !#-[\]-~]*"`;
const SINGLE_QUOTED = "'[ -&(-~]*'(?!')";
/** A scalar without quotes has no blanks here, nor the signs that end it between brackets. */
const IN_SCALAR = String.raw`[!"$-+\--9;-Z\\^-z|~]`;
/**
 * Each with the blanks around it: the end of a line with its comment, the empty lines that follow, and the next one's
 * indentation; a dash; a key with its colon; a scalar; a list of quoted texts, which is JSON too; a bracket; a comma; the end of the text.
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
/** Numbers of YAML 1.2 (chapter 10.3.2), as far as they begin as other scalars do here. */
const NUMBER = /^(?:[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+)$/;
/** Words of the same chapter; null is left to others. */
const WORDS: ReadonlyMap<string, boolean | undefined> = new Map([
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
  ...["null", "Null", "NULL"].map((word) => [word, undefined] as const),
]);
/** What tokens begin with that are no scalar, nor a key. */
const NO_SCALAR = "\n ,]}-";
const NO_KEY = `${NO_SCALAR}[{`;
const DEEPEST = 16;

/**
 * Reads the YAML that configurations are mostly written in, in a tenth of the time in which a parser of all of YAML is loaded:
 * mappings and sequences by indentation or in brackets, strings on one line, booleans, comments. Regular expressions cut
 * the text up at once, since a run is too short for anything else to become fast.
 *
 * @returns undefined for anything that it does not surely understand, right or wrong
 */
export function readPlainYaml(text: string): Plain | undefined {
  const tokens = `\n${text.replace(START, "")}\n`.match(TOKEN);
  // What is no token ends the search before the end, which is an empty one.
  return tokens?.at(-1) === "" ? new Reader(tokens).document() : undefined;
}

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;
  /** Of the line that the reader is in; -1 at the end. */
  #indent = -1;
  #depth = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  document(): Plain | undefined {
    const value = this.#endLine() && this.#indent === 0 ? this.#collection() : undefined;
    return this.#indent === -1 ? value : undefined;
  }

  #collection(): Plain | undefined {
    this.#depth += 1;
    if (this.#depth > DEEPEST) return undefined;
    const found = this.#isEntry() ? this.#sequence(this.#indent) : this.#mapping(this.#indent);
    this.#depth -= 1;
    return found;
  }

  #mapping(indent: number): Plain | undefined {
    const found: Record<string, Plain> = {};
    do {
      const key = this.#key(found);
      const value = key === undefined ? undefined : this.#valueOfKey(indent);
      if (key === undefined || value === undefined) return undefined;
      found[key] = value;
    } while (this.#indent === indent);
    return this.#indent < indent ? found : undefined;
  }

  /** A sequence may stand at its key's own indentation. */
  #valueOfKey(indent: number): Plain | undefined {
    if (!this.#endLine()) return this.#valueOnLine(indent);
    const begins = this.#indent > indent || (this.#indent === indent && this.#isEntry());
    return begins ? this.#collection() : undefined;
  }

  #sequence(indent: number): Plain | undefined {
    const found: Plain[] = [];
    while (this.#indent === indent && this.#isEntry()) {
      const value = this.#valueOfEntry(indent);
      if (value === undefined) return undefined;
      found.push(value);
    }
    return this.#indent <= indent ? found : undefined;
  }

  #valueOfEntry(indent: number): Plain | undefined {
    const dash = this.#tokens[this.#at] ?? "";
    this.#at += 1;
    if (this.#endLine()) return this.#indent > indent ? this.#collection() : undefined;
    // A mapping that begins beside the dash: its keys stand one below the other.
    return this.#isKey() ? this.#mapping(indent + dash.length) : this.#valueOnLine(indent);
  }

  /** What follows the line is not of it. */
  #valueOnLine(indent: number): Plain | undefined {
    const value = this.#value(indent);
    return value !== undefined && this.#endLine() && this.#indent <= indent ? value : undefined;
  }

  #value(indent: number): Plain | undefined {
    const token = this.#tokens[this.#at] ?? "";
    const first = token[0] ?? "";
    if (token.length > 1 && first === "[" && token.endsWith("]")) return this.#jsonList(token);
    if (first === "[" || first === "{") return this.#flow(first, indent);
    if (NO_SCALAR.includes(first) || this.#isKey()) return undefined;
    this.#at += 1;
    if (first === '"' || first === "'") return token.slice(1, -1);
    if (WORDS.has(token)) return WORDS.get(token);
    return first <= "9" && NUMBER.test(token) ? undefined : token;
  }

  #jsonList(token: string): Plain {
    this.#at += 1;
    const texts: readonly unknown[] = JSON.parse(token);
    return texts.map(String);
  }

  /** Each line of it is indented further than what it is the value of. */
  #flow(bracket: "[" | "{", indent: number): Plain | undefined {
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > DEEPEST) return undefined;
    const found = bracket === "[" ? this.#flowSequence(indent) : this.#flowMapping(indent);
    this.#depth -= 1;
    return found;
  }

  #flowSequence(indent: number): Plain | undefined {
    const found: Plain[] = [];
    while (this.#gap(indent)) {
      if (this.#closes("]")) return found;
      const value = this.#value(indent);
      if (value === undefined || !this.#isSeparated("]", indent)) return undefined;
      found.push(value);
    }
    return undefined;
  }

  #flowMapping(indent: number): Plain | undefined {
    const found: Record<string, Plain> = {};
    while (this.#gap(indent)) {
      if (this.#closes("}")) return found;
      const key = this.#key(found);
      const value = key !== undefined && this.#gap(indent) ? this.#value(indent) : undefined;
      if (key === undefined || value === undefined || !this.#isSeparated("}", indent)) return undefined;
      found[key] = value;
    }
    return undefined;
  }

  #closes(bracket: "]" | "}"): boolean {
    if (this.#tokens[this.#at]?.trimStart() !== bracket) return false;
    this.#at += 1;
    return true;
  }

  /** Behind a comma, or before the end. */
  #isSeparated(bracket: "]" | "}", indent: number): boolean {
    if (!this.#gap(indent)) return false;
    const token = this.#tokens[this.#at]?.trim();
    if (token === ",") this.#at += 1;
    return token === "," || token === bracket;
  }

  #gap(indent: number): boolean {
    return !this.#endLine() || this.#indent > indent;
  }

  /** Not one that is there already, nor one that objects have otherwise than others. */
  #key(found: object): string | undefined {
    if (!this.#isKey()) return undefined;
    const token = (this.#tokens[this.#at] ?? "").trimEnd();
    this.#at += 1;
    const isQuoted = token[0] === '"' || token[0] === "'";
    const key = isQuoted ? token.slice(1, -2) : token.slice(0, -1);
    if (key === "__proto__" || Object.hasOwn(found, key)) return undefined;
    return !isQuoted && WORDS.has(key) ? undefined : key;
  }

  /** Of what begins as a scalar does, nothing else ends in a colon or a blank. */
  #isKey(): boolean {
    const token = this.#tokens[this.#at] ?? "";
    const last = token[token.length - 1];
    return (last === ":" || last === " ") && !NO_KEY.includes(token[0] ?? "");
  }

  #isEntry(): boolean {
    return this.#tokens[this.#at]?.[0] === "-";
  }

  #endLine(): boolean {
    const token = this.#tokens[this.#at] ?? "";
    const first = token[0];
    const last = first === "\n" || first === " " ? token.lastIndexOf("\n") : -1;
    if (last < 0) return false;
    this.#at += 1;
    this.#indent = this.#tokens[this.#at] === "" ? -1 : token.length - last - 1;
    return true;
  }
}
