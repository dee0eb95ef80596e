/** Files within the size limit that would take a naive parser minutes or exhaust its memory. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { EXECUTABLE, NO_LOGIN, requestFor, run, UNSUPPORTED_REQUEST } from "../executable/start.ts";

let root = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "odd-"));
});
after(() => rm(root, { recursive: true }));

/** Seconds of CPU, ten times what the slowest of these files takes. A process that uses more is killed. */
const MOST_CPU = 8;
/** The size limit of a configuration file in bytes. */
const LIMIT = 256 * 1024;

const HEAD = "apiVersion: registry-credential-provider/v1\nkind: Config\n";
const ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

/** Returns as many pieces as fit within the size limit. */
function fill(piece: (index: number) => string, head = "", tail = ""): string {
  let text = head;
  for (let index = 0; text.length + piece(index).length + tail.length < LIMIT; index += 1)
    text += piece(index);
  return text + tail;
}

const TOO_MANY = "the file has more than 30000 keys, values and punctuation marks";

/** Refused texts, with the text in the error line. */
const REFUSED: readonly (readonly [name: string, text: string, says: RegExp | string])[] = [
  ["the same key again and again", fill(() => "kind: Config\n", HEAD), TOO_MANY],
  [
    "the same key as often as is taken",
    `${HEAD}${"a: 1\n".repeat(5000)}`,
    /a: duplicate key, first defined at 3:1/,
  ],
  ["the same key of JSON", fill(() => '"a":1,', "{", '"a":1}'), TOO_MANY],
  ["quoted texts in a line", fill(() => '"a" '), TOO_MANY],
  ["quoted texts in a line, as many as are taken", '"a" '.repeat(29_000), "unexpected token"],
  ["opening brackets", fill(() => "["), TOO_MANY],
  ["opening brackets, as many as are taken", "[".repeat(29_000), "nested too deeply"],
  ["closing brackets", fill(() => "]"), TOO_MANY],
  ["opening braces, one a line", fill(() => "{\n"), TOO_MANY],
  ["commas", fill(() => ",", "[", "]"), TOO_MANY],
  ["dashes with blanks", fill(() => "- "), TOO_MANY],
  ["question marks with blanks", fill(() => "? "), TOO_MANY],
  [
    "nested brackets in each of many lines",
    fill(() => `  - ${"[".repeat(14)}x${"]".repeat(14)}\n`, `${HEAD}x:\n`),
    /x: unknown key/,
  ],
  ["anchors", fill((index) => `a${index}: &x${index} v\n`, HEAD), TOO_MANY],
  ["aliases", fill((index) => `a${index}: *x\n`, `${HEAD}a: &x v\n`), TOO_MANY],
  ["tags", fill((index) => `a${index}: !x v\n`, HEAD), TOO_MANY],
  ["documents", fill(() => "---\n"), TOO_MANY],
  ["directives", fill(() => "%YAML 1.2\n"), "config-invalid"],
  ["unknown keys", fill((index) => `k${index}: v\n`, HEAD), /k0: unknown key; .*; and \d+ more/],
  [
    "unknown keys, as many as have a place",
    Array.from({ length: 5000 }, (_, index) => `k${index}: v\n`).join(""),
    /:\d+:1: k\d+: unknown key; .*; and \d+ more/,
  ],
  ["long keys", fill((index) => `${"a".repeat(1000)}${index}: v\n`, HEAD), "unknown key"],
  ["one long key", `${HEAD}${"a".repeat(250_000)}: v\n`, "config-invalid"],
  ["one long value", `${HEAD}rules: ${"a".repeat(250_000)}`, "a string is not a list"],
  ["an escape again and again", fill(() => "\\x", `${HEAD}a: "`, '"'), "a backslash starts an escape"],
  ["a string of JSON that is not closed", fill(() => '\\"', '{"a":"'), "config-invalid"],
  ["a list of JSON", fill(() => "1,", '{"a":[', "1]}"), "a: unknown key"],
  [
    "rules that are none",
    `${HEAD}rules:\n${"  - 1\n".repeat(5000)}`,
    /rules\[0\]: a number is not a mapping; .*; and \d+ more/,
  ],
  [
    "rules without a pattern",
    `${HEAD}rules:\n${"  - x: 1\n".repeat(4000)}`,
    /"match" is missing; .*; and \d+ more/,
  ],
  [
    "empty rules in brackets",
    fill(() => "{}, ", `${HEAD}rules: [`, "]"),
    /"match" is missing|more than 30000/,
  ],
  [
    "rules with the same pattern",
    fill(() => '  - match: ["*.dkr.ecr.*.amazonaws.com"]\n', `${HEAD}rules:\n`),
    /the file has \d+ patterns in match and source: at most 2000/,
  ],
  [
    "rules for paths of one registry",
    fill((index) => `  - match: ["a.azurecr.io/p/q${index}"]\n`, `${HEAD}rules:\n`),
    /the file has \d+ patterns in match and source: at most 2000/,
  ],
  [
    "rules with a * each",
    fill((index) => `  - match: ["*${index}.azurecr.io"]\n`, `${HEAD}rules:\n`),
    /the file has \d+ patterns in match and source: at most 2000/,
  ],
  [
    "patterns of one rule",
    fill((index) => `    - "*${index}.azurecr.io"\n`, `${HEAD}rules:\n  - match:\n`),
    /the file has \d+ patterns in match and source: at most 2000/,
  ],
  [
    "mirrors",
    fill((index) => `  - source: docker.io/a${index}\n    registry: b.azurecr.io\n`, `${HEAD}mirrors:\n`),
    /the file has \d+ patterns in match and source: at most 2000/,
  ],
];

const rules = (pattern: (index: number) => string): string =>
  `${HEAD}rules:\n${Array.from({ length: 2000 }, (_, index) => `  - match: ["${pattern(index)}"]\n`).join("")}`;

/** Large texts that are valid. */
const READ: readonly (readonly [name: string, text: string])[] = [
  ["2,000 rules for paths of one registry", rules((index) => `${ECR}/p/${index}`)],
  ["2,000 rules with a *", rules((index) => `*${1000 + index}.dkr.ecr.*.amazonaws.com/x/${index}`)],
  ["comments alone behind it", fill(() => "# x\n", HEAD)],
  ["blank lines", fill(() => `${" ".repeat(50)}\n`, HEAD)],
  ["comments far to the right", fill(() => `${" ".repeat(100)}#\n`, HEAD)],
];

async function runLimited(args: readonly string[], env: Record<string, string>, stdin: string) {
  const command = ["/bin/sh", "-c", `ulimit -t ${MOST_CPU}; exec "$0" "$@"`, EXECUTABLE] as const;
  return run({ command, args, env, stdin });
}

describe("an odd configuration file", { concurrency: 2 }, () => {
  for (const [index, [name, text, says]] of REFUSED.entries())
    test(`of ${name} is refused at once`, async () => {
      const path = join(root, `${index}.yaml`);
      await writeFile(path, text, { mode: 0o600 });
      assert.ok(text.length <= LIMIT);
      const { status, signal, stdout, stderr } = await runLimited(
        [`--config=${path}`],
        {},
        UNSUPPORTED_REQUEST,
      );
      assert.deepEqual([status, signal, stdout], [2, null, ""], stderr);
      assert.match(stderr, /^registry-credential-provider: [^\n]*\[code config-invalid, stage config\]$/);
      if (typeof says === "string") assert.ok(stderr.includes(says), stderr);
      else assert.match(stderr, says);
    });

  for (const [index, [name, text]] of READ.entries())
    test(`of ${name} is read`, async () => {
      const path = join(root, `read-${index}.yaml`);
      await writeFile(path, text, { mode: 0o600 });
      const ended = await runLimited([`--config=${path}`], {}, UNSUPPORTED_REQUEST);
      assert.deepEqual(ended, { status: 0, signal: null, stdout: NO_LOGIN, stderr: "" });
    });
});

const AZURE = requestFor("myregistry.azurecr.io/app");
const AZURE_ENV = {
  REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "azure",
  REGISTRY_CREDENTIAL_PROVIDER_CACHE: "off",
};

describe("an odd azure.json", { concurrency: 2 }, () => {
  for (const [index, [name, text]] of [
    ["the same key again and again", fill(() => "cloud: x\n")],
    ["quoted texts in a line", fill(() => '"a" ')],
    ["opening brackets", fill(() => "[")],
    ["commas", fill(() => ",", "[", "]")],
    ["anchors", fill((at) => `a${at}: &x${at} v\n`)],
    ["a string of JSON that is not closed", fill(() => '\\"', '{"a":"')],
  ].entries())
    test(`of ${name} is refused at once`, async () => {
      const path = join(root, `azure-${index}.json`);
      await writeFile(path, text ?? "", { mode: 0o600 });
      const { status, signal, stderr } = await runLimited([path], AZURE_ENV, AZURE);
      assert.deepEqual([status, signal], [2, null], stderr);
      assert.match(
        stderr,
        /^registry-credential-provider: [^\n]*\[code azure-config-malformed, stage config\]$/,
      );
    });
});

/** The size limit of a shared file of AWS in bytes. */
const SHARED_LIMIT = 1024 * 1024;
const BLANKS = " ".repeat(SHARED_LIMIT - 100);
const AWS = requestFor(`${ECR}/app`);

/** Returns the code of an AWS login with this config file. No program is run and no request is sent. */
async function codeWithConfigFile(path: string, text: string): Promise<string | undefined> {
  await writeFile(path, text, { mode: 0o600 });
  assert.ok(text.length <= SHARED_LIMIT);
  const env = {
    AWS_CONFIG_FILE: path,
    AWS_EC2_METADATA_DISABLED: "true",
    REGISTRY_CREDENTIAL_PROVIDER_CACHE: "off",
  };
  const { status, signal, stderr } = await runLimited([], env, AWS);
  assert.deepEqual([status === 0, signal], [false, null], stderr);
  return /\[code ([a-z-]+),/.exec(stderr)?.[1];
}

describe("an odd shared file of AWS", { concurrency: 2 }, () => {
  for (const [index, [name, text, code]] of [
    ["blanks within a value", `[default]\noutput = x${BLANKS}y\n`, "aws-metadata-disabled"],
    ["blanks before a comment", `[default]\noutput = x${BLANKS}# y\n`, "aws-metadata-disabled"],
    ["blanks within a section's name", `[profile y${BLANKS}z]\n`, "aws-metadata-disabled"],
    ["blanks before a section's name", `[profile${BLANKS}z]\n`, "aws-metadata-disabled"],
    ["blanks within a name like default", `[default${BLANKS}z]\n`, "aws-file-malformed"],
    [
      "signs before a name like default",
      `[profile${"-".repeat(SHARED_LIMIT - 100)}z]\n`,
      "aws-metadata-disabled",
    ],
    ["blanks behind a section", `[profile z]${BLANKS}z\n`, "aws-file-malformed"],
    ["blanks within a key", `[default]\nx${BLANKS}y\n`, "aws-file-malformed"],
    ["single letters in a key", `[default]\n${"x ".repeat(SHARED_LIMIT / 2 - 100)}\n`, "aws-file-malformed"],
    [
      "quotes in a value",
      `[default]\noutput = ${'"'.repeat(SHARED_LIMIT - 100)}y\n`,
      "aws-metadata-disabled",
    ],
    [
      "quotes in a command",
      `[default]\ncredential_process = ${`"'`.repeat(SHARED_LIMIT / 2 - 100)}\n`,
      "aws-process-failed",
    ],
    [
      "a quote in a command that is not closed",
      `[default]\ncredential_process = "${"\\\\".repeat(SHARED_LIMIT / 2 - 100)}\n`,
      "aws-process-failed",
    ],
    [
      "signs of comments",
      `[default]\noutput = ${"x#".repeat(SHARED_LIMIT / 2 - 100)}\n`,
      "aws-metadata-disabled",
    ],
    [
      "sections",
      Array.from({ length: 60_000 }, (_, at) => `[profile ${at}]`).join("\n"),
      "aws-metadata-disabled",
    ],
  ].entries())
    test(`with ${name} is read at once`, async () => {
      assert.equal(await codeWithConfigFile(join(root, `shared-${index}`), text ?? ""), code);
    });
});
