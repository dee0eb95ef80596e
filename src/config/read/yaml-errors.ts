import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  visit,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import { explainYamlError } from "../../formats/yaml-error-causes.ts";
import { formatPath } from "../validate/json-path.ts";
import { findUnusualCharacter } from "../validate/messages.ts";
import type { Path } from "../validate/schema-validator.ts";

/** Why a text is not the one plain document that it should be. */
export interface YamlProblem {
  readonly offset: number;
  /** @param placeOf `LINE:COLUMN` of an offset */
  readonly formatMessage: (placeOf: (offset: number) => string) => string;
  /** What is found behind it comes of it. */
  readonly isLast?: boolean;
}

export const TOO_DEEP = explainYamlError("RESOURCE_EXHAUSTION");

/** The maximum number of errors that are explained, since some need a search of the whole document. */
const MOST_ERRORS = 100;

export function findYamlErrors(document: Document.Parsed, text: string): readonly YamlProblem[] {
  const errors = [...document.errors, ...document.warnings].slice(0, MOST_ERRORS);
  const problems = errors.map((error) => problemOf(error, document, text));
  const quote = problems.findIndex(({ isLast }) => isLast);
  return [
    ...(quote < 0 ? problems : problems.slice(0, quote + 1)),
    ...oddLineBreaks(text),
    ...extrasIn(document),
  ];
}

/** Line breaks of YAML 1.1 or 1.2, or of editors, that the parser takes for a part of the line: a comment goes on behind them. */
const ODD_LINE_BREAK = /\r(?!\n)|[\u0085\u2028\u2029]/;

function oddLineBreaks(text: string): readonly YamlProblem[] {
  const offset = text.search(ODD_LINE_BREAK);
  if (offset < 0) return [];
  const name = findUnusualCharacter(text, ODD_LINE_BREAK);
  return [simple(offset, `${name} is not a line break: end lines with LF or CRLF`)];
}

function problemOf(error: YAMLError, document: Document.Parsed, text: string): YamlProblem {
  const [offset] = error.pos;
  const begin = error.code === "MISSING_CHAR" ? openQuote(error, document) : undefined;
  if (begin !== undefined)
    return { ...simple(begin, "the quote that starts here is not closed"), isLast: true };
  if (isComment(text.slice(offset, offset + 2))) return simple(offset, COMMENT);
  const strange = findUnusualCharacter(lineAt(offset, text));
  return simple(
    offset,
    `${explainYamlError(error.code)}${strange === undefined ? "" : `; the line contains ${strange}`}`,
  );
}

function simple(offset: number, message: string): YamlProblem {
  return { offset, formatMessage: () => message };
}

const COMMENT = "comments start with #";

/** As JavaScript has them, and JSON with comments. */
function isComment(text: string): boolean {
  return text.startsWith("//") || text.startsWith("/*");
}

function lineAt(offset: number, text: string): string {
  const end = text.indexOf("\n", offset);
  return text.slice(text.lastIndexOf("\n", offset - 1) + 1, end < 0 ? undefined : end);
}

/** The parser tells where the text ended; what it missed it says in its message alone. */
function openQuote({ message, pos: [end] }: YAMLError, document: Document.Parsed): number | undefined {
  let found: number | undefined;
  if (!message.startsWith("Missing closing ")) return undefined;
  visit(document, {
    Scalar: (_, { type, range }) => {
      if (type?.startsWith("QUOTE_") && range?.[1] === end) found = range[0];
    },
  });
  return found;
}

/** Finds duplicate keys in linear time. The parser's own check compares each key with all before it. */
function duplicateKeys(map: YAMLMap, ancestors: readonly unknown[]): readonly YamlProblem[] {
  const first = new Map<unknown, number>();
  const found: YamlProblem[] = [];
  for (const { key } of map.items) {
    if (!isScalar(key)) continue;
    const offset = key.range?.[0] ?? 0;
    const known = first.get(key.value);
    if (known === undefined) first.set(key.value, offset);
    else if (found.length < MOST_ERRORS) {
      const place = formatPath([...pathOf([...ancestors, map]), String(key.value)]);
      found.push({
        offset,
        formatMessage: (placeOf) => `${place}: duplicate key, first defined at ${placeOf(known)}`,
      });
    }
  }
  return found;
}

/** @param ancestors from the document to the mapping */
function pathOf(ancestors: readonly unknown[]): Path {
  return ancestors.flatMap((one, index): Path => {
    if (isPair(one)) return isScalar(one.key) ? [String(one.key.value)] : [];
    return isSeq(one) ? [one.items.indexOf(ancestors[index + 1])] : [];
  });
}

/** YAML that no configuration needs and that misleads whoever reads it. */
function extrasIn(document: Document.Parsed): readonly YamlProblem[] {
  const found: YamlProblem[] = [];
  if (document.directives.yaml.explicit) found.push(simple(0, "directives are not supported"));
  visit(document, {
    Node: (place, node, ancestors) => {
      if (found.length > MOST_ERRORS) return visit.BREAK;
      if (isMap(node)) found.push(...duplicateKeys(node, ancestors));
      const message = extraOf(node) ?? (place === "key" ? commentIn(node) : undefined);
      if (message !== undefined) found.push(simple(node.range?.[0] ?? 0, message));
      return undefined;
    },
  });
  return found;
}

/** Between the brackets of JSON a comment is read as the beginning of the next key. */
function commentIn(node: Node): string | undefined {
  return isScalar(node) && isComment(String(node.value)) ? COMMENT : undefined;
}

function extraOf(node: Node): string | undefined {
  if (isAlias(node)) return "aliases are not supported; quote a string that starts with *";
  if ("anchor" in node && node.anchor !== undefined)
    return "anchors are not supported; quote a string that starts with &";
  return node.tag === undefined ? undefined : "tags are not supported; quote a string that starts with !";
}
