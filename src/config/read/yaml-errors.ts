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

/** A syntax error, or a use of unsupported YAML. */
export interface YamlProblem {
  readonly offset: number;
  /** @param formatLocation returns `LINE:COLUMN` of an offset */
  readonly formatMessage: (formatLocation: (offset: number) => string) => string;
  /** True if all later errors are consequences of this one. */
  readonly isLast?: boolean;
}

export const TOO_DEEP = explainYamlError("RESOURCE_EXHAUSTION");

/** The maximum number of errors that are explained, since some need a search of the whole document. */
const MAX_ERRORS = 100;

export function findYamlErrors(document: Document.Parsed, text: string): readonly YamlProblem[] {
  const errors = [...document.errors, ...document.warnings].slice(0, MAX_ERRORS);
  const problems = errors.map((error) => explainError(error, document, text));
  const quote = problems.findIndex(({ isLast }) => isLast);
  return [
    ...(quote < 0 ? problems : problems.slice(0, quote + 1)),
    ...findOddLineBreaks(text),
    ...findUnsupportedYaml(document),
  ];
}

/** Line breaks of YAML 1.1 or of editors that the parser treats as part of the line: a comment continues after them. */
const ODD_LINE_BREAK = /\r(?!\n)|[\u0085\u2028\u2029]/;

function findOddLineBreaks(text: string): readonly YamlProblem[] {
  const offset = text.search(ODD_LINE_BREAK);
  if (offset < 0) return [];
  const name = findUnusualCharacter(text, ODD_LINE_BREAK);
  return [createProblem(offset, `${name} is not a line break: end lines with LF or CRLF`)];
}

function explainError(error: YAMLError, document: Document.Parsed, text: string): YamlProblem {
  const [offset] = error.pos;
  const begin = error.code === "MISSING_CHAR" ? findOpenQuote(error, document) : undefined;
  if (begin !== undefined)
    return { ...createProblem(begin, "the quote that starts here is not closed"), isLast: true };
  if (isComment(text.slice(offset, offset + 2))) return createProblem(offset, COMMENT);
  const strange = findUnusualCharacter(getLine(offset, text));
  return createProblem(
    offset,
    `${explainYamlError(error.code)}${strange === undefined ? "" : `; the line contains ${strange}`}`,
  );
}

function createProblem(offset: number, message: string): YamlProblem {
  return { offset, formatMessage: () => message };
}

const COMMENT = "comments start with #";

/** Reports whether the text starts a comment of JavaScript or of JSON with comments. */
function isComment(text: string): boolean {
  return text.startsWith("//") || text.startsWith("/*");
}

function getLine(offset: number, text: string): string {
  const end = text.indexOf("\n", offset);
  return text.slice(text.lastIndexOf("\n", offset - 1) + 1, end < 0 ? undefined : end);
}

/** Returns where the unclosed quote starts. The parser reports only where the text ended, and the cause only in its message. */
function findOpenQuote({ message, pos: [end] }: YAMLError, document: Document.Parsed): number | undefined {
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
function findDuplicateKeys(map: YAMLMap, ancestors: readonly unknown[]): readonly YamlProblem[] {
  const first = new Map<unknown, number>();
  const found: YamlProblem[] = [];
  for (const { key } of map.items) {
    if (!isScalar(key)) continue;
    const offset = key.range?.[0] ?? 0;
    const known = first.get(key.value);
    if (known === undefined) first.set(key.value, offset);
    else if (found.length < MAX_ERRORS) {
      const place = formatPath([...getPath([...ancestors, map]), String(key.value)]);
      found.push({
        offset,
        formatMessage: (formatLocation) =>
          `${place}: duplicate key, first defined at ${formatLocation(known)}`,
      });
    }
  }
  return found;
}

/** @param ancestors from the document to the mapping */
function getPath(ancestors: readonly unknown[]): Path {
  return ancestors.flatMap((one, index): Path => {
    if (isPair(one)) return isScalar(one.key) ? [String(one.key.value)] : [];
    return isSeq(one) ? [one.items.indexOf(ancestors[index + 1])] : [];
  });
}

/** Finds YAML features that a configuration does not need and that mislead readers. */
function findUnsupportedYaml(document: Document.Parsed): readonly YamlProblem[] {
  const found: YamlProblem[] = [];
  if (document.directives.yaml.explicit) found.push(createProblem(0, "directives are not supported"));
  visit(document, {
    Node: (place, node, ancestors) => {
      if (found.length > MAX_ERRORS) return visit.BREAK;
      if (isMap(node)) found.push(...findDuplicateKeys(node, ancestors));
      const message = explainUnsupported(node) ?? (place === "key" ? explainComment(node) : undefined);
      if (message !== undefined) found.push(createProblem(node.range?.[0] ?? 0, message));
      return undefined;
    },
  });
  return found;
}

/** Explains a comment in JSON, which the parser reads as the start of the next key. */
function explainComment(node: Node): string | undefined {
  return isScalar(node) && isComment(String(node.value)) ? COMMENT : undefined;
}

function explainUnsupported(node: Node): string | undefined {
  if (isAlias(node)) return "aliases are not supported; quote a string that starts with *";
  if ("anchor" in node && node.anchor !== undefined)
    return "anchors are not supported; quote a string that starts with &";
  return node.tag === undefined ? undefined : "tags are not supported; quote a string that starts with !";
}
