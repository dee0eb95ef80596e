/** The documents are correct: generated parts are up to date, links have a target, commands and paths exist. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import packageJson from "../package.json" with { type: "json" };
import { GENERATED_FILES } from "../scripts/generate/all-files.ts";
import { renderHelp } from "../src/cli/usage.ts";
import { getErrorDefinitions } from "../src/errors/codes.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const DOCUMENTS = [
  "README.md",
  "ARCHITECTURE.md",
  "SECURITY.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  ...globSync("{docs,config,scripts,src,test}/**/*.md", { cwd: ROOT }).toSorted(),
];

for (const { path, render } of GENERATED_FILES) {
  test(`${path} is up to date`, () => {
    const text = read(path);
    assert.equal(text, render(text), "run: npm run generate");
  });
}

for (const path of DOCUMENTS) {
  const text = read(path);

  test(`${path}: every link has a target`, () => {
    for (const [, target = ""] of removeCode(text).matchAll(/\]\(([^)\s]+)\)/g))
      assertLinkHasTarget(target, path);
  });

  test(`${path}: every path and command in it exists`, () => {
    for (const name of findPaths(text)) assert.ok(existsSync(ROOT + name), `there is no ${name}`);
    for (const script of findScripts(text))
      assert.ok(script in packageJson.scripts, `package.json has no script ${script}`);
  });

  test(`${path}: every error code in it exists, with its stage`, () => {
    for (const [, code = "", stage] of text.matchAll(/\[code ([a-z-]+), stage ([a-z]+)\]/g)) {
      const kind = Object.entries(getErrorDefinitions()).find(([name]) => name === code)?.[1];
      assert.ok(kind?.stage === stage || kind?.stage === "remote", `${code} is not of stage ${stage}`);
    }
  });

  test(`${path}: tables have as many cells in each row`, () => {
    for (const rows of findTables(text)) {
      const cells = rows.map((row) => row.split(/(?<!\\)\|/).length);
      assert.equal(new Set(cells).size, 1, rows[0]);
    }
  });

  test(`${path}: no path of a machine and no address of a package registry`, () => {
    assert.doesNotMatch(text, /\/work\/|\/root\/|npmjs|\/tmp\//);
  });
}

test("the README has at most 200 lines, and no page more than 350", () => {
  for (const path of DOCUMENTS.filter((name) => name === "README.md" || name.startsWith("docs/"))) {
    const lines = read(path).trimEnd().split("\n").length;
    assert.ok(lines <= (path === "README.md" ? 200 : 350), `${path} has ${lines} lines`);
  }
});

test("the greps of the troubleshooting page find the lines that it explains", () => {
  const troubleshooting = read("docs/operate/troubleshooting.md");
  const [, journal = ""] = /^```text\n(E1126 .*)\n```$/m.exec(troubleshooting) ?? [];
  const [, cause = ""] = / err=("(?:[^"\\]|\\.)*") provider=/.exec(journal) ?? [];
  const line = String(JSON.parse(cause)).split("exit status 1: ")[1] ?? "";
  // The formats of a kubelet 1.34, pkg/credentialprovider/plugin/plugin.go.
  const older = `E1126 plugin.go:520] Failed getting credential from external registry credential provider: exit status 1: ${line}`;
  const withoutRun = [
    'E1126 plugin.go:450] Failed to get service account shop/web: serviceaccounts "web" not found',
    'E1126 plugin.go:455] Error getting service account token shop/web: audience "a" not found in pod spec volume',
  ];
  const [current = "", before = "", own = ""] = commandsIn(troubleshooting, "journalctl -u kubelet | grep");
  assert.equal(runOnJournal(current, [journal, "another line"]), `${journal}\n`);
  const found = runOnJournal(before, [older, ...withoutRun, "another line"]);
  assert.equal(found, [older, ...withoutRun, ""].join("\n"));
  assert.equal(runOnJournal(own, [older]), `${line}\n`);
  assert.equal(JSON.parse(`"${runOnJournal(own, [journal]).trimEnd()}"`), line);
});

test("the grep for a missing audience right finds both wordings of the API server", () => {
  const page = read("docs/guides/pod-identity.md");
  const wordings = [...page.matchAll(/^\| (?:up to|from) 1\.\d+ \| `(.*)` \|$/gm)].map(
    ([, text = ""]) => text,
  );
  const [command = ""] = commandsIn(page, "journalctl");
  assert.equal(wordings.length, 2);
  assert.equal(runOnJournal(command, [...wordings, "another line"]), `${wordings.join("\n")}\n`);
});

test("cache clear comes before a restart of the kubelet wherever the documents name both", () => {
  for (const path of ["README.md", "docs/operate/troubleshooting.md"]) {
    const blocks = commandsIn(read(path), "cache clear");
    assert.ok(
      blocks.some((block) => /cache clear\n.*systemctl restart kubelet/s.test(block)),
      path,
    );
  }
});

test("the README has the two commands", () => {
  const readme = read("README.md");
  assert.match(readme, /^npm ci && npm run demo$/m);
  assert.match(readme, /^npm ci && npm test$/m);
});

test("docs/reference/arguments.md has the arguments of --help", () => {
  const page = read("docs/reference/arguments.md");
  const table = page.slice(page.indexOf("<!-- arguments"), page.indexOf("<!-- end of arguments"));
  const explained = [...table.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = ""]) => findArguments(cell));
  const usage = renderHelp();
  const shown = usage.slice(usage.indexOf("Arguments:"), usage.indexOf("Exit status"));
  assert.deepEqual(new Set(explained), new Set(findArguments(shown)));
});

test("docs/operate/cache-warm.md explains every result of cache warm", () => {
  const source = read("src/cli/warm-recorder.ts") + read("src/cli/warm-result.ts");
  const calls = [...source.matchAll(/\b(?:succeeded|failed)\(([^,]*"[^,]*),/g)].map(
    ([, first = ""]) => first,
  );
  const results = calls.flatMap((first) => [...first.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name));
  const [rows = []] = findTables(read("docs/operate/cache-warm.md"));
  const explained = rows
    .slice(2)
    .flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
  assert.deepEqual(new Set(explained), new Set(results));
});

test("docs/operate/cache.md explains every state that cache list shows", () => {
  const [, type = ""] = /export type Freshness = ([^;]*);/.exec(read("src/cache/freshness.ts")) ?? [];
  const states = [...type.matchAll(/"(\w+)"/g)].map(([, name = ""]) => name);
  const table = findTables(read("docs/operate/cache.md")).find(([head = ""]) => head.startsWith("| state"));
  assert.deepEqual(
    table?.slice(2).map((row) => row.split("|")[1]?.trim()),
    states,
  );
});

test("CONTRIBUTING.md gives a reason for every dependency, and only for those", () => {
  const { dependencies, devDependencies, optionalDependencies } = packageJson;
  const contributing = read("CONTRIBUTING.md");
  const tables = findTables(contributing.slice(contributing.indexOf("## Dependencies"))).flat();
  const explained = tables.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );
  assert.deepEqual(
    explained.toSorted(),
    Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }).toSorted(),
  );
});

function read(path: string): string {
  return readFileSync(ROOT + path, "utf8");
}

/** Removes code, in which brackets are not links. */
function removeCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "``");
}

/** Returns the shell blocks that contain this text. */
function commandsIn(page: string, text: string): readonly string[] {
  return [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
    .map(([, block = ""]) => block)
    .filter((block) => block.includes(text));
}

/** Runs commands in a shell whose journalctl prints these lines. */
function runOnJournal(commands: string, lines: readonly string[]): string {
  const input = `journalctl() { printf '%s\\n' "$@"; }\n${commands.replace("journalctl -u kubelet", 'journalctl "$@"')}`;
  return spawnSync("/bin/bash", ["-c", input, "bash", ...lines]).stdout.toString();
}

function assertLinkHasTarget(target: string, from: string): void {
  if (/^https:\/\//.test(target)) return;
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? from : new URL(path, `file:///${from}`).pathname.slice(1);
  assert.ok(existsSync(ROOT + file), `there is no ${file}`);
  if (anchor !== undefined)
    assert.ok(headingAnchors(read(file)).includes(anchor), `${file} has no heading #${anchor}`);
}

/**
 * The anchor of a heading as common renderers make it: lower case, punctuation dropped, blanks replaced by hyphens.
 */
function headingAnchors(text: string): readonly string[] {
  const headings = [...text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.*)$/gm)];
  return headings.map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

/** Code spans that begin with a folder of the repository. */
function findPaths(text: string): readonly string[] {
  const found = text.matchAll(/(?<![\w./-])((?:src|test|scripts|config|docs|\.ci)\/[\w./-]*)/g);
  return [...found]
    .map(([, path = ""]) => path.replace(/[.,]$/, ""))
    .filter((path) => !text.includes(`${path}*`));
}

function findScripts(text: string): readonly string[] {
  const run = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = ""]) => name);
  return /npm test\b/.test(text) ? [...run, "test"] : run;
}

function findTables(text: string): readonly (readonly string[])[] {
  const blocks = text
    .split(/\n(?!\|)/)
    .map((block) => block.split("\n").filter((line) => line.startsWith("|")));
  return blocks.filter((rows) => rows.length > 0);
}

/** Returns the arguments in a text, without their values: `--v=N` → `--v`. */
function findArguments(text: string): readonly string[] {
  return [
    ...text.matchAll(/(?<![\w-])(--?[a-zA-Z][\w-]*|AZURE_JSON|get-credentials|cache (?:list|clear|warm))/g),
  ].map(([, name = ""]) => name);
}
