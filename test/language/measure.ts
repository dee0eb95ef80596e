/** Measures the language of comments, documents and names. */
import { DIALECT, OPENERS, PERSONS, VERBS } from "./words.ts";

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** A passage that counts: its location and its text. */
export interface Passage {
  /** `src/main.ts:12` */
  readonly location: string;
  readonly text: string;
}

const BLOCK_COMMENT = /^[ \t]*\/\*\*?(.*?)\*\//gms;
const LINE_COMMENT = /^[ \t]*\/\/[^\n]*(?:\n[ \t]*\/\/[^\n]*)*|(?<=[;,{(] )\/\/[^\n]*/gm;
/** Directives for tools. */
const DIRECTIVE = /^(@|biome-|ts-)/;

/** Returns the comments of at least three words, without directives. */
export function findComments({ path, text }: TextFile): readonly Passage[] {
  return [...text.matchAll(BLOCK_COMMENT), ...text.matchAll(LINE_COMMENT)]
    .map((match) => ({
      location: formatLocation(path, text, match.index),
      text: (match[1] ?? match[0])
        .split("\n")
        .map((line) => line.replace(/^\s*(\*|\/\/+)?\s?/, ""))
        .join(" ")
        .trim(),
    }))
    .filter((comment) => countWords([comment]) >= 3 && !DIRECTIVE.test(comment.text));
}

/** Returns the lines of a Markdown document, without code and comments. */
export function findProse({ path, text }: TextFile): readonly Passage[] {
  const withoutCode = text.replace(/```.*?```|`[^`]*`|<!--.*?-->/gs, (code) => code.replace(/[^\n]/g, " "));
  return withoutCode
    .split("\n")
    .map((line, index) => ({ location: `${path}:${index + 1}`, text: line.trim() }));
}

export function countWords(passages: readonly Passage[]): number {
  return passages.reduce((sum, { text }) => sum + text.split(/\s+/).filter(Boolean).length, 0);
}

/** Returns the passages that start with a word that hides the subject. */
export function findOpeners(comments: readonly Passage[]): readonly Passage[] {
  return comments.filter(({ text }) => {
    if (text.startsWith("`")) return false;
    const [first = "", second = ""] = (text.toLowerCase().match(/[a-z']+/g) ?? []).slice(0, 2);
    return OPENERS.has(first) || (first === "the" && second === "same");
  });
}

/** Returns each occurrence of a word for a person. */
export const findPersons = (passages: readonly Passage[]): readonly Passage[] => findWords(passages, PERSONS);

/** Returns each occurrence of an expression that has a technical term. */
export const findDialect = (passages: readonly Passage[]): readonly Passage[] => findWords(passages, DIALECT);

function findWords(passages: readonly Passage[], words: RegExp): readonly Passage[] {
  return passages.flatMap((passage) => [...passage.text.matchAll(words)].map(() => passage));
}

export interface Name extends Passage {
  readonly path: string;
}

/** Returns the names of functions, and of arrow functions at the top level. */
export function findFunctionNames(file: TextFile): readonly Name[] {
  return findNames(
    file,
    /^\s*(?:export )?(?:async )?function (\w+)|^(?:export )?const (\w+) = (?:async )?\(/gm,
  );
}

/** Returns the names of functions, classes, interfaces and types at the top level, and of exported constants. */
export function findTopLevelNames(file: TextFile): readonly Name[] {
  return findNames(
    file,
    /^export (?:async )?(?:function|const|class|interface|type) (\w+)|^(?:async )?(?:function|class|interface|type) (\w+)/gm,
  );
}

function findNames({ path, text }: TextFile, declaration: RegExp): readonly Name[] {
  return [...text.matchAll(declaration)].map((match) => ({
    path,
    location: formatLocation(path, text, match.index),
    text: match[1] ?? match[2] ?? "",
  }));
}

export function startsWithVerb(name: string): boolean {
  return VERBS.has(/^[a-z]+/.exec(name)?.[0] ?? "");
}

/** Returns each name that is declared in more than one file, with the files. */
export function findDuplicates(names: readonly Name[]): readonly Passage[] {
  return [...Map.groupBy(names, ({ text }) => text)]
    .map(([text, declarations]) => ({
      location: [...new Set(declarations.map(({ path }) => path))].join(", "),
      text,
    }))
    .filter(({ location }) => location.includes(", "));
}

function formatLocation(path: string, text: string, index: number): string {
  return `${path}:${text.slice(0, index).split("\n").length}`;
}
