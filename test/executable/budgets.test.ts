/** What a start takes, in counts: times differ from machine to machine, these do not. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startCloud } from "../cloud/cloud.ts";
import { noMemory, SHARED_MEMORY } from "../support/memory-folder.ts";
import { EXECUTABLE, FOREIGN, NODE, requestFor, run, SCRIPT } from "./start.ts";

interface Budget {
  /** Of Node's, loaded by the program. */
  readonly modules: number;
  /** Of ours, evaluated. */
  readonly parts: number;
  /** Of source that V8 is given, in KiB. */
  readonly source: number;
  /** Opened, or tried, beside those that bare Node opens. */
  readonly files: number;
  /** System calls of the main thread, more than bare Node makes with an empty script. */
  readonly calls: number;
}

interface Row {
  readonly name: string;
  readonly args: readonly string[];
  readonly stdin: string;
  readonly budget: Budget;
  /** The login is in the cache, which needs a tmpfs. */
  readonly isKept?: true;
}

const ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app";

/** As measured, and a little. Whoever needs more writes it here and says in the commit what it is for. */
const ROWS: readonly Row[] = [
  {
    name: "--version",
    args: ["--version"],
    stdin: "",
    budget: { modules: 1, parts: 1, source: 120, files: 0, calls: -86 },
  },
  {
    name: "an image of nobody's",
    args: [],
    stdin: FOREIGN,
    budget: { modules: 1, parts: 1, source: 120, files: 3, calls: -72 },
  },
  {
    name: "an image whose registry has a name like ECR's",
    args: [],
    stdin: requestFor("123456789012.dkr.ecr.us-east-1.amazonaws.com.example/app"),
    budget: { modules: 1, parts: 1, source: 120, files: 3, calls: -72 },
  },
  {
    name: "a kept login",
    args: [],
    stdin: requestFor(ECR),
    isKept: true,
    budget: { modules: 1, parts: 1, source: 120, files: 6, calls: -40 },
  },
];

/** Says at the end what was loaded. `node:sea` is not counted: the preload that stands for the executable loads it. */
const PROBE = `
const { writeSync } = require("node:fs");
const sea = require("node:sea");
const before = new Set(process.moduleLoadList);
const sources = [];
const { getRawAsset } = sea;
sea.getRawAsset = (name) => {
  const asset = getRawAsset(name);
  if (name.endsWith(".js")) sources.push(asset.byteLength);
  return name === "main.js" ? told(asset) : asset;
};
// The table of errors, which is for runs that fail, counts as a part.
function told(asset) {
  const source = Buffer.from(asset).latin1Slice();
  const beginning = '"src/errors/codes.ts"(){';
  if (!source.includes(beginning)) throw new Error("the table of errors is not put off");
  const text = source.replace(beginning, beginning + 'process.parts.push("the table of errors");');
  return new Uint8Array(Buffer.from(text, "latin1")).buffer;
}
process.parts = [];
process.on("exit", () => {
  const modules = process.moduleLoadList.filter((name) => name.startsWith("NativeModule ") && !before.has(name));
  writeSync(2, "\\n" + JSON.stringify({ modules, parts: process.parts, sources }));
});`;

let root = "";
/** Under which the login is kept. */
let kept: Readonly<Record<string, string>> = {};
before(async () => {
  root = await mkdtemp(join(noMemory === false ? SHARED_MEMORY : tmpdir(), "budgets-"));
  const cloud = await startCloud();
  kept = { ...cloud.env("aws"), REGISTRY_CREDENTIAL_PROVIDER_CACHE: join(root, "kept") };
  assert.equal((await run({ env: kept, stdin: requestFor(ECR) })).status, 0);
  await cloud.stop();
  await writeFile(join(root, "probe.cjs"), PROBE);
  await writeFile(join(root, "empty.cjs"), "");
  const script = await readFile(SCRIPT, "utf8");
  const told = script.replace("parts[name](load", "process.parts.push(name);parts[name](load");
  assert.notEqual(told, script, "the loader in scripts/build/bundle.mjs is another one now: tell this test");
  await writeFile(join(root, "told.cjs"), told);
});
after(() => rm(root, { recursive: true }));

for (const { name, args, stdin, budget, isKept } of ROWS) {
  const needed = isKept && noMemory;
  test(`${name} stays within what a start may load`, { skip: needed }, async () => {
    const { modules, parts, sources } = await loadedBy(args, stdin, isKept ? kept : {});
    const script = (await readFile(SCRIPT)).length;
    const source = sources.reduce((sum, bytes) => sum + bytes, script) / 1024;
    within(budget.modules, modules, "modules of Node");
    within(budget.parts, parts, "parts");
    assert.ok(
      source <= budget.source,
      `${source.toFixed(1)} KiB of source, where ${budget.source} are allowed`,
    );
  });

  const strace = spawnSync("strace", ["-V"]).error === undefined;
  test(`${name} stays within what a start may ask of the system`, {
    skip: strace ? needed : "no strace here",
  }, async () => {
    const bare = await fewestCallsOf(
      [process.execPath, "--openssl-config=/dev/null", join(root, "empty.cjs")],
      "",
      {},
    );
    const own = await fewestCallsOf([EXECUTABLE, ...args], stdin, isKept ? kept : {});
    const known = new Set(filesOf(bare));
    within(
      budget.files,
      filesOf(own).filter((path) => !known.has(path)),
      "files",
    );
    const calls = own.length - bare.length;
    assert.ok(
      calls <= budget.calls,
      `${calls} system calls beside bare Node's, where ${budget.calls} are allowed`,
    );
  });
}

function within(most: number, found: readonly string[], what: string): void {
  assert.ok(found.length <= most, `${found.length} ${what}, where ${most} are allowed: ${found.join(", ")}`);
}

interface Loaded {
  readonly modules: readonly string[];
  readonly parts: readonly string[];
  readonly sources: readonly number[];
}

type Env = Readonly<Record<string, string>>;

async function loadedBy(args: readonly string[], stdin: string, env: Env): Promise<Loaded> {
  const command = [...NODE, "--require", join(root, "probe.cjs"), join(root, "told.cjs")] as const;
  const { stderr } = await withRequest(stdin, (descriptor) => run({ command, args, env, stdin: descriptor }));
  return JSON.parse(stderr.slice(stderr.lastIndexOf("\n")));
}

/** Of five runs, which differ by a few calls with what other threads are at. */
async function fewestCallsOf(argv: readonly string[], stdin: string, env: Env): Promise<readonly string[]> {
  let fewest = await callsOf(argv, stdin, env);
  for (let run = 2; run <= 5; run += 1) {
    const calls = await callsOf(argv, stdin, env);
    if (calls.length < fewest.length) fewest = calls;
  }
  return fewest;
}

/** The main thread's system calls, a line each; without those by which it waits for other threads. */
async function callsOf(argv: readonly string[], stdin: string, own: Env): Promise<readonly string[]> {
  const trace = join(root, "trace");
  const command = ["strace", "-o", trace, ...argv] as const;
  const env = { ...own, PATH: "/usr/bin:/bin" };
  await withRequest(stdin, (descriptor) => run({ command, env, stdin: descriptor }));
  return (await readFile(trace, "utf8")).split("\n").filter((line) => /^(?!futex\b)\w+\(/.test(line));
}

/** But for what the C library reads of the processors where two threads ask for memory at once. */
function filesOf(calls: readonly string[]): string[] {
  return calls.flatMap((line) => /^open(?:at)?\([^"]*"((?!\/sys\/devices\/)[^"]*)"/.exec(line)?.[1] ?? []);
}

/** A file, as the kubelet's pipe: spawn's own pipes are sockets, which Node's stream has to read. */
async function withRequest<T>(text: string, use: (descriptor: number) => Promise<T>): Promise<T> {
  await writeFile(join(root, "request.json"), text);
  const file = await open(join(root, "request.json"));
  try {
    return await use(file.fd);
  } finally {
    await file.close();
  }
}
