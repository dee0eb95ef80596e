import { type Document, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { formatPath } from "../validate/json-path.ts";
import type { ValidationError } from "../validate/schema-validator.ts";
import { findYamlErrors, TOO_DEEP } from "./yaml-errors.ts";
import { hasTooManyTokens, MAX_TOKENS } from "./yaml-size.ts";

/** An error and its location. Lines and columns count from 1. */
export interface LocatedError {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A parsed YAML text (JSON is a subset of YAML) with the locations of its values. */
export interface YamlDocument {
  /** The syntax errors, and the uses of unsupported YAML. */
  readonly problems: readonly LocatedError[];
  /** Undefined if there are problems. */
  readonly value: unknown;
  locate(errors: readonly ValidationError[]): readonly LocatedError[];
}

export function parseYamlDocument(text: string): YamlDocument {
  if (hasTooManyTokens(text)) return unparsedDocument(TOO_LARGE);
  const lines = new LineCounter();
  const document = parseTolerantly(text, lines);
  if (document === undefined) return unparsedDocument(TOO_DEEP);
  const locate = (offset: number, message: string): LocatedError => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { line, column: col, message };
  };
  const formatLocation = (offset: number) => {
    const { line, column } = locate(offset, "");
    return `${line}:${column}`;
  };
  const problems = findYamlErrors(document, text).map(({ offset, formatMessage }) =>
    locate(offset, formatMessage(formatLocation)),
  );
  return {
    problems,
    value: problems.length === 0 ? document.toJS() : undefined,
    locate: (errors) => errors.map((error) => locate(findOffset(error, document), formatError(error))),
  };
}

/** Returns a document that is not parsed, so that every error is located at its start. */
function unparsedDocument(message: string): YamlDocument {
  const start = { line: 1, column: 1 };
  return {
    problems: [{ ...start, message }],
    value: undefined,
    locate: (errors) => errors.map((error) => ({ ...start, message: formatError(error) })),
  };
}

const TOO_LARGE = `the file has more than ${MAX_TOKENS} keys, values and punctuation marks`;

/** Returns undefined for a text so deep that the recursive parser exceeds the stack. */
function parseTolerantly(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  try {
    return parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      stringKeys: true,
      uniqueKeys: false,
      version: "1.2",
      logLevel: "error",
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function findOffset({ path, isAtKey = false }: ValidationError, document: Document.Parsed): number {
  let place = getStart(document.contents);
  let node: unknown = document.contents;
  for (const [index, part] of path.entries()) {
    const { key, value } = findChild(node, part);
    node = value;
    place = getStart(isAtKey && index === path.length - 1 ? key : value) ?? getStart(key) ?? place;
  }
  return place ?? 0;
}

function findChild(
  node: unknown,
  part: string | number,
): { readonly key?: unknown; readonly value?: unknown } {
  if (isSeq(node) && typeof part === "number") return { value: node.items[part] };
  if (!isMap(node)) return {};
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
  return isPair(pair) ? { key: pair.key, value: pair.value } : {};
}

function getStart(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** Returns `rules[2].aws: …`. */
function formatError({ path, message }: ValidationError): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`;
}
