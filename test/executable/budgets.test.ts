/** The cost of a start, in counts: unlike times, these are the same on all machines. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startCloud } from "../cloud/cloud.ts";
import { memoryUnavailable, SHARED_MEMORY } from "../support/memory-folder.ts";
import { EXECUTABLE, NODE, requestFor, run, SCRIPT, UNSUPPORTED_REQUEST } from "./start.ts";

interface Budget {
  /** Modules of Node.js that the program loads. */
  readonly modules: number;
  /** Parts of the bundle that are evaluated. */
  readonly parts: number;
  /** Source code that is passed to V8, in KiB. */
  readonly source: number;
  /** Files that are opened, or that the program tries to open, in addition to those of bare Node.js. */
  readonly files: number;
  /** System calls of the main thread, minus those of bare Node.js with an empty script. */
  readonly calls: number;
}

interface Row {
  readonly name: string;
  readonly args: readonly string[];
  readonly stdin: string;
  readonly budget: Budget;
  /** The login is in the cache, which requires tmpfs. */
  readonly isCached?: true;
}

const ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app";

/** The measured figures, rounded up. A commit that raises one explains why. */
const ROWS: readonly Row[] = [
  {
    name: "--version",
    args: ["--version"],
    stdin: "",
    budget: { modules: 1, parts: 1, source: 116, files: 0, calls: -86 },
  },
  {
    name: "an image from an unsupported registry",
    args: [],
    stdin: UNSUPPORTED_REQUEST,
    budget: { modules: 1, parts: 1, source: 116, files: 3, calls: -72 },
  },
  {
    name: "an image whose registry has a name like ECR's",
    args: [],
    stdin: requestFor("123456789012.dkr.ecr.us-east-1.amazonaws.com.example/app"),
    budget: { modules: 1, parts: 1, source: 116, files: 3, calls: -72 },
  },
  {
    name: "a cached login",
    args: [],
    stdin: requestFor(ECR),
    isCached: true,
    budget: { modules: 1, parts: 1, source: 116, files: 6, calls: -40 },
  },
];

/** Prints at exit what was loaded. `node:sea` does not count: only the preload that replaces the executable loads it. */
const PROBE = `
const { writeSync } = require("node:fs");
const sea = require("node:sea");
const before = new Set(process.moduleLoadList);
const sources = [];
const { getRawAsset } = sea;
sea.getRawAsset = (name) => {
  const asset = getRawAsset(name);
  if (name.endsWith(".js")) sources.push(asset.byteLength);
  return name === "main.js" ? addProbe(asset) : asset;
};
// The error definitions, which only a failing run needs, count as a part.
function addProbe(asset) {
  const source = Buffer.from(asset).latin1Slice();
  const definitions = /return(\\{"?request-too-large"?:)/;
  if (!definitions.test(source)) throw new Error("the error definitions are not in a function");
  const text = source.replace(definitions, 'return process.parts.push("the error definitions"),$1');
  return new Uint8Array(Buffer.from(text, "latin1")).buffer;
}
process.parts = [];
process.on("exit", () => {
  const modules = process.moduleLoadList.filter((name) => name.startsWith("NativeModule ") && !before.has(name));
  writeSync(2, "\\n" + JSON.stringify({ modules, parts: process.parts, sources }));
});`;

let root = "";
/** The environment with the cached login. */
let cachedEnv: Readonly<Record<string, string>> = {};
before(async () => {
  root = await mkdtemp(join(memoryUnavailable === false ? SHARED_MEMORY : tmpdir(), "budgets-"));
  const cloud = await startCloud();
  cachedEnv = { ...cloud.env("aws"), REGISTRY_CREDENTIAL_PROVIDER_CACHE: join(root, "cache") };
  assert.equal((await run({ env: cachedEnv, stdin: requestFor(ECR) })).status, 0);
  await cloud.stop();
  await writeFile(join(root, "probe.cjs"), PROBE);
  await writeFile(join(root, "empty.cjs"), "");
  const script = await readFile(SCRIPT, "utf8");
  const instrumented = script.replace("parts[name](load", "process.parts.push(name);parts[name](load");
  assert.notEqual(
    instrumented,
    script,
    "the loader in scripts/build/bundle.mjs has changed: adapt this test",
  );
  await writeFile(join(root, "instrumented.cjs"), instrumented);
});
after(() => rm(root, { recursive: true }));

for (const { name, args, stdin, budget, isCached } of ROWS) {
  const skip = isCached && memoryUnavailable;
  test(`${name} loads no more than its budget`, { skip }, async () => {
    const { modules, parts, sources } = await measureLoading(args, stdin, isCached ? cachedEnv : {});
    const script = (await readFile(SCRIPT)).length;
    const source = sources.reduce((sum, bytes) => sum + bytes, script) / 1024;
    assertWithin(budget.modules, modules, "modules of Node.js");
    assertWithin(budget.parts, parts, "parts");
    assert.ok(
      source <= budget.source,
      `${source.toFixed(1)} KiB of source, at most ${budget.source} allowed`,
    );
  });

  const strace = spawnSync("strace", ["-V"]).error === undefined;
  test(`${name} makes no more system calls than its budget`, {
    skip: strace ? skip : "strace is missing",
  }, async () => {
    const bare = await traceFewestCalls(
      [process.execPath, "--openssl-config=/dev/null", join(root, "empty.cjs")],
      "",
      {},
    );
    const traced = await traceFewestCalls([EXECUTABLE, ...args], stdin, isCached ? cachedEnv : {});
    const known = new Set(listOpenedFiles(bare));
    assertWithin(
      budget.files,
      listOpenedFiles(traced).filter((path) => !known.has(path)),
      "files",
    );
    const calls = traced.length - bare.length;
    assert.ok(
      calls <= budget.calls,
      `${calls} system calls more than bare Node.js, at most ${budget.calls} allowed`,
    );
  });
}

function assertWithin(most: number, found: readonly string[], unit: string): void {
  assert.ok(found.length <= most, `${found.length} ${unit}, at most ${most} allowed: ${found.join(", ")}`);
}

interface Loaded {
  readonly modules: readonly string[];
  readonly parts: readonly string[];
  readonly sources: readonly number[];
}

type Env = Readonly<Record<string, string>>;

async function measureLoading(args: readonly string[], stdin: string, env: Env): Promise<Loaded> {
  const command = [...NODE, "--require", join(root, "probe.cjs"), join(root, "instrumented.cjs")] as const;
  const { stderr } = await withRequest(stdin, (descriptor) => run({ command, args, env, stdin: descriptor }));
  return JSON.parse(stderr.slice(stderr.lastIndexOf("\n")));
}

/** Returns the shortest of five traces, which differ by a few calls because of other threads. */
async function traceFewestCalls(
  argv: readonly string[],
  stdin: string,
  env: Env,
): Promise<readonly string[]> {
  let fewest = await traceCalls(argv, stdin, env);
  for (let run = 2; run <= 9; run += 1) {
    const calls = await traceCalls(argv, stdin, env);
    if (calls.length < fewest.length) fewest = calls;
  }
  return fewest;
}

/** Returns the system calls of the main thread, one per line, without those that wait for other threads. */
async function traceCalls(argv: readonly string[], stdin: string, extraEnv: Env): Promise<readonly string[]> {
  const trace = join(root, "trace");
  const command = ["strace", "-o", trace, ...argv] as const;
  const env = { ...extraEnv, PATH: "/usr/bin:/bin" };
  await withRequest(stdin, (descriptor) => run({ command, env, stdin: descriptor }));
  return (await readFile(trace, "utf8")).split("\n").filter((line) => /^(?!futex\b)\w+\(/.test(line));
}

/** Returns the opened files, without those about processors, which the C library reads if two threads allocate memory at once. */
function listOpenedFiles(calls: readonly string[]): string[] {
  return calls.flatMap((line) => /^open(?:at)?\([^"]*"((?!\/sys\/devices\/)[^"]*)"/.exec(line)?.[1] ?? []);
}

/** Passes the request as a file, because the pipes of spawn are sockets, unlike the kubelet's pipe. */
async function withRequest<T>(text: string, use: (descriptor: number) => Promise<T>): Promise<T> {
  await writeFile(join(root, "request.json"), text);
  const file = await open(join(root, "request.json"));
  try {
    return await use(file.fd);
  } finally {
    await file.close();
  }
}
