/** The countable rules of CONTRIBUTING.md for the language of names, comments and documents. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  countWords,
  findComments,
  findDialect,
  findDuplicates,
  findFunctionNames,
  findOpeners,
  findPersons,
  findProse,
  findTopLevelNames,
  type Passage,
  startsWithVerb,
  type TextFile,
} from "./language/measure.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** The maximum share of comments that start with a word such as "What", "Of" or "It". */
const MOST_OPENERS = 0.03;
/** The maximum number of indefinite words for persons, as in `PERSONS`, per 1,000 words. */
const MOST_PERSONS = 1;
/** The maximum number of expressions that have a technical term, per 1,000 words. */
const MOST_DIALECT = 0.3;
/** The minimum share of functions with a verb at the start of the name. */
const FEWEST_VERBS = 0.8;
/** The maximum share of top-level names that are declared in more than one file. */
const MOST_DUPLICATES = 0.02;

function readFiles(pattern: string): readonly TextFile[] {
  const paths = globSync(pattern, { cwd: ROOT }).toSorted();
  return paths.map((path) => ({ path, text: readFileSync(ROOT + path, "utf8") }));
}

for (const folder of ["src", "scripts", "test"]) {
  // The word lists themselves are not prose.
  const files = readFiles(`${folder}/**/*.{ts,mjs,cjs}`).filter(
    ({ path }) => path !== "test/language/words.ts",
  );
  const comments = files.flatMap(findComments);

  test(`comments in ${folder}/ start with a noun or a verb`, () => {
    assert.ok(comments.length > 0);
    assertFew(findOpeners(comments), MOST_OPENERS * comments.length);
  });

  test(`comments in ${folder}/ name their subjects`, () => {
    assertFew(findPersons(comments), (MOST_PERSONS * countWords(comments)) / 1000);
  });

  test(`comments in ${folder}/ use technical terms`, () => {
    assertFew(findDialect(comments), (MOST_DIALECT * countWords(comments)) / 1000);
  });
}

const documents = readFiles("{*,docs/**/*,config/**/*,scripts/**/*,src/**/*,test/**/*}.md").flatMap(
  findProse,
);

test("documents name their subjects", () => {
  assertFew(findPersons(documents), (MOST_PERSONS * countWords(documents)) / 1000);
});

test("documents use technical terms", () => {
  assertFew(findDialect(documents), (MOST_DIALECT * countWords(documents)) / 1000);
});

const source = readFiles("src/**/*.ts");
const functions = source.flatMap(findFunctionNames);
const topLevelNames = source.flatMap(findTopLevelNames);

test("no function in src/ is named xxxOf", () => {
  assertFew(
    functions.filter(({ text }) => /[a-z]Of$/.test(text)),
    0,
  );
});

test("most functions in src/ start with a verb", () => {
  const others = functions.filter(({ text }) => !startsWithVerb(text));
  assertFew(others, (1 - FEWEST_VERBS) * functions.length);
});

test("few names in src/ are declared in more than one file", () => {
  const distinct = new Set(topLevelNames.map(({ text }) => text)).size;
  assertFew(findDuplicates(topLevelNames), MOST_DUPLICATES * distinct);
});

/** Fails with the passages if there are more than `most`. */
function assertFew(passages: readonly Passage[], most: number): void {
  const list = passages.map(({ location, text }) => `${location}: ${text.slice(0, 120)}`).join("\n");
  assert.ok(
    passages.length <= most,
    `${passages.length} passages, at most ${Math.floor(most)} allowed:\n${list}`,
  );
}
