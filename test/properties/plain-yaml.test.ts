import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { parseDocument } from "yaml";
import { readPlainYaml } from "../../src/config/read/plain-yaml.ts";

const CASES = 20_000;

/** Parses YAML without the features that a configuration may not use; undefined if it is not YAML. */
function readYaml(text: string): unknown {
  const document = parseDocument(text, { prettyErrors: false, logLevel: "error" });
  if (document.errors.length > 0 || document.warnings.length > 0) return undefined;
  return document.toJS({ maxAliasCount: 0 });
}

/** Reports whether the plain reader supports the text. */
function assertSame(text: string): boolean {
  const plain = readPlainYaml(text);
  if (plain === undefined) return false;
  assert.deepEqual(plain, readYaml(text), JSON.stringify(text));
  return true;
}

const SAMPLES = globSync(["config/**/*.yaml", "docs/**/*.md"], { cwd: new URL("../../", import.meta.url) })
  .map((path) => [path, readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")] as const)
  .flatMap(([path, text]) => (path.endsWith(".md") ? findCodeBlocks(text) : [text]));

function findCodeBlocks(page: string): readonly string[] {
  return [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, code = ""]) => code);
}

const SCALARS = [
  "a",
  "pod",
  "yes",
  "no",
  "on",
  "off",
  "y",
  "null",
  "Null",
  "NULL",
  "nULL",
  "~",
  "true",
  "True",
  "TRUE",
  "tRUE",
  "false",
  "False",
  "0",
  "00",
  "0755",
  "0o17",
  "0O17",
  "0x1F",
  "0xg",
  "1e3",
  "1E+3",
  "1e",
  "1.5",
  "1.",
  ".5",
  "1_000",
  "1:30",
  "-1",
  "+1",
  ".inf",
  ".nan",
  "NaN",
  "2026-01-01",
  "00000000-0000-0000-0000-000000000000",
  "123456789012.dkr.ecr.us-east-1.amazonaws.com",
  "arn:aws:iam::1:role/a",
  "file:/run/x y",
  "a#b",
  "a #b",
  "a:b",
  "a: b",
  "a:",
  ":a",
  "a::",
  "a,b",
  "a[b",
  "a}b",
  "*.a",
  "&a",
  "!a",
  "%a",
  "@a",
  "`a",
  "|",
  ">",
  "-",
  "- a",
  "-a",
  "?",
  "? a",
  "<<",
  "__proto__",
  "constructor",
  "a\\b",
  '"a"',
  '"a: b"',
  '"a # b"',
  '"a\\n"',
  '"a\\"',
  '""',
  '"a',
  "'a'",
  "'it''s'",
  "'a\"b'",
  "''",
  "'a",
  '"a"b',
  "é",
  '"é"',
  "a\tb",
  "[]",
  "{}",
  "[a, b]",
  "[ a,b ]",
  "[a, b, ]",
  "[,]",
  "[a b]",
  "[a: b]",
  "{ a: b }",
  "{a: b, c: [d]}",
  "{a}",
  "{a:b}",
  '{"a":b}',
  '{ "a": b }',
  "{a: }",
  "{ a: b, a: c }",
  "[[a]]",
  "",
  "---",
  "...",
];
/** Half of the lines are supported, so that the reader reaches the next line. */
const scalar = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "a",
      "pod",
      '"a: b"',
      "'a # b'",
      "arn:aws:iam::1:role/a",
      "[a, b]",
      "{ a: b }",
      "true",
      "[]",
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(...SCALARS) },
);
const key = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 0, max: 30 }).map((number) => `key${number}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('"d"', "'e'", "key1", "true", "null", "1", "a b", "__proto__", "<<", "-"),
  },
);
const comment = fc.constantFrom("", "", "", " # x", "#x", " #", "  # a: b", " # é\u2028\u0085", "\t# x", " ");
const indent = fc.constantFrom("", "", " ", "  ", "  ", "    ", "    ", "      ", "\t");

/** Random lines. Some are valid together, and many nearly. */
const line = fc
  .tuple(indent, fc.constantFrom("", "", "- ", "-  ", "-", "- - "), fc.option(key), scalar, comment)
  .map(
    ([blanks, dash, name, value, end]) => `${blanks}${dash}${name === null ? "" : `${name}: `}${value}${end}`,
  );
const soup = fc
  .tuple(
    fc.constantFrom("", "---\n", "# x\n---\n", "--- # x\n", "%YAML 1.2\n---\n", "\ufeff"),
    fc.array(line, { maxLength: 5 }),
  )
  .map(([start, lines]) => start + lines.join("\n"));

interface Tree {
  readonly text: string;
  readonly isOneLine: boolean;
}
const leaf = scalar.map((text): Tree => ({ text, isOneLine: true }));
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    { weight: 3, arbitrary: leaf },
    {
      weight: 2,
      arbitrary: fc.array(fc.tuple(key, tie("tree"), comment), { minLength: 1, maxLength: 4 }).map(mapping),
    },
    {
      weight: 2,
      arbitrary: fc.array(fc.tuple(tie("tree"), comment), { minLength: 1, maxLength: 4 }).map(sequence),
    },
    { weight: 1, arbitrary: fc.array(tie("tree"), { maxLength: 4 }).map(brackets) },
  ),
}));

function mapping(entries: readonly (readonly [string, Tree, string])[]): Tree {
  const lines = entries.map(([name, { text, isOneLine }, end]) =>
    isOneLine ? `${name}: ${text}${end}` : `${name}:${end}\n${indented(text)}`,
  );
  return { text: lines.join("\n"), isOneLine: false };
}

function sequence(entries: readonly (readonly [Tree, string])[]): Tree {
  const lines = entries.map(([{ text, isOneLine }, end]) =>
    isOneLine ? `- ${text}${end}` : `- ${indented(text).trimStart()}`,
  );
  return { text: lines.join("\n"), isOneLine: false };
}

/** On several lines if a value has several. */
function brackets(items: readonly Tree[]): Tree {
  return { text: `[\n${items.map(({ text }) => `  ${text}`).join(",\n")}\n  ]`, isOneLine: true };
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}

const document = tree.map(({ text }) => text);
const PIECES = [
  ..."\n :-#,[]{}\"'*&!|>%@`\\\t\r~?aA01.é",
  "  ",
  "\n  ",
  "\n- ",
  ": ",
  " #",
  "---\n",
  "\n...\n",
  "\u2028",
];
const mutated = fc
  .tuple(
    fc.constantFrom(...SAMPLES),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom("insert", "replace", "cut"), fc.constantFrom(...PIECES)), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([text, changes]) => changes.reduce(change, text));

function change(text: string, [seed, how, piece]: readonly [number, string, string]): string {
  const at = seed % (text.length + 1);
  if (how === "insert") return text.slice(0, at) + piece + text.slice(at);
  return text.slice(0, at) + (how === "replace" ? piece : "") + text.slice(at + 1);
}

for (const { name, texts, least } of [
  { name: "lines by chance", texts: soup, least: 0.005 },
  { name: "documents", texts: document, least: 0.05 },
  { name: "the configurations of this repository with a few letters changed", texts: mutated, least: 0.3 },
]) {
  test(`reads ${CASES} ${name} as YAML does, or not at all`, () => {
    let taken = 0;
    fc.assert(
      fc.property(texts, (text) => {
        if (assertSame(text)) taken += 1;
      }),
      { numRuns: CASES },
    );
    assert.ok(
      taken > CASES * least,
      `only ${taken} of ${CASES} were taken: the generators miss what they should hit`,
    );
  });
}

test("reads each scalar alone, in a mapping, in a sequence and in brackets as YAML does", () => {
  for (const text of SCALARS)
    for (const around of [
      (one: string) => one,
      (one: string) => `a: ${one}`,
      (one: string) => `- ${one}`,
      (one: string) => `a: [${one}, ${one}]`,
      (one: string) => `a: { b: ${one} }`,
      (one: string) => `${one}: b`,
      (one: string) => `a:\n  ${one}`,
    ])
      assertSame(around(text));
});

test("reads the configurations of this repository", () => {
  const refused = SAMPLES.filter((text) => /^kind: Config$/m.test(text)).filter((text) => !assertSame(text));
  assert.deepEqual(refused, []);
});
