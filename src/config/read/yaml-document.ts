import { type Document, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { formatPath } from "../validate/json-path.ts";
import type { ValidationError } from "../validate/schema-validator.ts";
import { findYamlErrors, TOO_DEEP } from "./yaml-errors.ts";
import { hasTooManyTokens, MAX_TOKENS } from "./yaml-size.ts";

/** Something isViolated, and where: lines and columns count from 1. */
export interface LocatedError {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A text as YAML, of which JSON is a part, with the places of all that is in it. */
export interface YamlDocument {
  /** Why it is not the one plain document that it should be. */
  readonly problems: readonly LocatedError[];
  /** Undefined where there are problems: they leave open what is meant. */
  readonly value: unknown;
  locate(faults: readonly ValidationError[]): readonly LocatedError[];
}

export function parseYamlDocument(text: string): YamlDocument {
  if (hasTooManyTokens(text)) return unparsedDocument(TOO_LARGE);
  const lines = new LineCounter();
  const document = parsed(text, lines);
  if (document === undefined) return unparsedDocument(TOO_DEEP);
  const at = (offset: number, message: string): LocatedError => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { line, column: col, message };
  };
  const placeOf = (offset: number) => {
    const { line, column } = at(offset, "");
    return `${line}:${column}`;
  };
  const problems = findYamlErrors(document, text).map(({ offset, formatMessage }) =>
    at(offset, formatMessage(placeOf)),
  );
  return {
    problems,
    value: problems.length === 0 ? document.toJS() : undefined,
    locate: (faults) => faults.map((fault) => at(offsetOf(fault, document), textOf(fault))),
  };
}

/** Returns a document that is not parsed, so that every fault is placed at its start. */
function unparsedDocument(message: string): YamlDocument {
  const start = { line: 1, column: 1 };
  return {
    problems: [{ ...start, message }],
    value: undefined,
    locate: (faults) => faults.map((fault) => ({ ...start, message: textOf(fault) })),
  };
}

const TOO_LARGE = `the file has more than ${MAX_TOKENS} keys, values and punctuation marks`;

/** The parser goes down by calls. */
function parsed(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
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

function offsetOf({ path, isAtKey = false }: ValidationError, document: Document.Parsed): number {
  let place = startOf(document.contents);
  let node: unknown = document.contents;
  for (const [index, part] of path.entries()) {
    const { key, value } = childOf(node, part);
    node = value;
    place = startOf(isAtKey && index === path.length - 1 ? key : value) ?? startOf(key) ?? place;
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
function textOf({ path, message }: ValidationError): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`;
}
