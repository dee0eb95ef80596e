import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";
import { quoted } from "../last-words.ts";
import type { Fault, Path } from "./json-schema.ts";

/** Something wrong, and where: lines and columns count from 1. */
export interface Placed {
  readonly line: number;
  readonly column: number;
  readonly says: string;
}

/** A text as YAML, of which JSON is a part, with the places of all that is in it. */
export interface ConfigDocument {
  /** Why it is not the one plain document that it should be. */
  readonly problems: readonly Placed[];
  /** Undefined where the problems leave open what is meant. */
  readonly value: unknown;
  place(faults: readonly Fault[]): readonly Placed[];
}

/** What the parser says, in our words: its own quote the text, which may hold a secret. */
const SENTENCES: Readonly<Partial<Record<YAMLError["code"], string>>> = {
  BAD_DQ_ESCAPE: "between double quotes a backslash begins an escape such as \\n",
  BAD_INDENT: "the indentation fits nothing above, or a bracket above is not closed",
  BAD_SCALAR_START: "a text that begins with this sign needs quotes",
  BLOCK_AS_IMPLICIT_KEY: "a line holds one key: a text with a colon and a blank in it needs quotes",
  DUPLICATE_KEY: "the key is there twice",
  MISSING_CHAR: "a sign is missing: a closing quote or bracket, a comma, or a blank behind a colon",
  MULTILINE_IMPLICIT_KEY: "a key, or the colon behind it, is missing",
  MULTIPLE_DOCS: "a second document begins, and only one is read",
  NON_STRING_KEY: "a key is a text",
  RESOURCE_EXHAUSTION: "brackets or indentation go too deep",
  TAB_AS_INDENT: "a tab cannot be indentation",
  UNEXPECTED_TOKEN: "this cannot stand here",
};
/** After which the text still means something. */
const HARMLESS: readonly YAMLError["code"][] = ["DUPLICATE_KEY"];

export function readDocument(text: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parsed(text, lines);
  if (document === undefined) return TOO_DEEP;
  const at = (offset: number, says: string): Placed => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { line, column: col, says };
  };
  const wrong = [...document.errors, ...document.warnings];
  const extras = extrasIn(document).map(({ offset, says }) => at(offset, says));
  return {
    problems: [...wrong.map(({ code, pos }) => at(pos[0], sentenceOf(code))), ...extras],
    value:
      wrong.every(({ code }) => HARMLESS.includes(code)) && extras.length === 0 ? document.toJS() : undefined,
    place: (faults) => faults.map((fault) => at(offsetOf(fault, document), textOf(fault))),
  };
}

const TOO_DEEP: ConfigDocument = {
  problems: [{ line: 1, column: 1, says: String(SENTENCES.RESOURCE_EXHAUSTION) }],
  value: undefined,
  place: () => [],
};

/** The parser goes down by calls. */
function parsed(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  try {
    return parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      stringKeys: true,
      version: "1.2",
      logLevel: "error",
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function sentenceOf(code: YAMLError["code"]): string {
  return SENTENCES[code] ?? `this is neither YAML nor JSON (${code})`;
}

interface Extra {
  readonly offset: number;
  readonly says: string;
}

/** YAML that no configuration needs and that misleads whoever reads it. */
function extrasIn(document: Document.Parsed): readonly Extra[] {
  const found: Extra[] = [];
  if (document.directives.yaml.explicit) found.push({ offset: 0, says: "a directive is not taken here" });
  visit(document, {
    Node: (_, node) => {
      const says = extraOf(node);
      if (says !== undefined) found.push({ offset: node.range?.[0] ?? 0, says });
    },
  });
  return found;
}

function extraOf(node: Node): string | undefined {
  if (isAlias(node)) return "an alias is not taken here; a text that begins with * needs quotes";
  if ("anchor" in node && node.anchor !== undefined)
    return "an anchor is not taken here; a text that begins with & needs quotes";
  return node.tag === undefined
    ? undefined
    : "a tag is not taken here; a text that begins with ! needs quotes";
}

function offsetOf({ path, atKey = false }: Fault, document: Document.Parsed): number {
  let place = startOf(document.contents);
  let node: unknown = document.contents;
  for (const [index, part] of path.entries()) {
    const { key, value } = childOf(node, part);
    node = value;
    place = startOf(atKey && index === path.length - 1 ? key : value) ?? startOf(key) ?? place;
  }
  return place ?? 0;
}

function childOf(node: unknown, part: string | number): { readonly key?: unknown; readonly value?: unknown } {
  if (isSeq(node) && typeof part === "number") return { value: node.items[part] };
  if (!isMap(node)) return {};
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
  return isPair(pair) ? { key: pair.key, value: pair.value } : {};
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** `rules[2].aws: …` */
function textOf({ path, says }: Fault): string {
  return path.length === 0 ? says : `${pathText(path)}: ${says}`;
}

function pathText(path: Path): string {
  return path
    .map((part, index) => (isName(part) ? `${index > 0 ? "." : ""}${part}` : `[${shownPart(part)}]`))
    .join("");
}

function isName(part: string | number): boolean {
  return typeof part === "string" && /^\w{1,64}$/.test(part);
}

function shownPart(part: string | number): string {
  return typeof part === "number" ? String(part) : quoted(part);
}
