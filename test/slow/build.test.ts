import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startCloud } from "../cloud/cloud.ts";
import { EXECUTABLE, NO_LOGIN, requestFor, run, SCRIPT } from "../executable/start.ts";

const ROOT = join(import.meta.dirname, "../..");
const CODE_CACHE_RUNS = join(ROOT, "test/support/code-cache-runs.ts");

async function hashFile(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}

function build(): void {
  const args = [join(ROOT, "build.mjs"), `--code-cache-runs=${CODE_CACHE_RUNS}`];
  execFileSync(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
}

test("two builds are identical", async () => {
  build();
  const first = await hashFile(EXECUTABLE);
  build();
  assert.equal(await hashFile(EXECUTABLE), first);
});

const PROBE = `
const { getHeapStatistics } = require("node:v8");
const addon = () => { try { process.dlopen({ exports: {} }, "/nothing.node"); } catch (error) { return error.code; } };
process.stdout.write(JSON.stringify({
  proto: "__proto__" in Object.prototype,
  addon: addon(),
  heap: getHeapStatistics().heap_size_limit,
  execArgv: process.execArgv,
}));`;

test("the options of scripts/build/executable.mjs take effect in an executable", async () => {
  const { execArgv, ...effects } = await runScript(PROBE);
  assert.deepEqual(effects, { proto: false, addon: "ERR_DLOPEN_DISABLED", heap: 96 << 20 });
  assert.ok(!execArgv.includes("--max-old-space-size=4096"));
});

const CACHES = `
const { getAssetKeys, getRawAsset } = require("node:sea");
const { Script } = require("node:vm");
const names = getAssetKeys().filter((key) => key.endsWith(".cache")).map((key) => key.replace(/\\.cache$/, "")).sort();
const refused = names.filter((name) => {
  const cachedData = Buffer.from(getRawAsset(name + ".cache"));
  return new Script(Buffer.from(getRawAsset(name + ".js")).latin1Slice(), { filename: name + ".js", cachedData }).cachedDataRejected;
});
process.stdout.write(JSON.stringify({ names, refused }));`;

test("an executable accepts the code caches of the build", async () => {
  const { names, refused } = await runScript(CACHES, await listBuiltAssets());
  assert.deepEqual(names, ["aws", "azure", "config", "google", "google-exchange", "main", "shared"]);
  assert.deepEqual(refused, []);
});

test("an executable without code caches, such as one for another processor, behaves the same", async () => {
  const sources = Object.entries(await listBuiltAssets()).filter(([name]) => name.endsWith(".js"));
  const image = "europe-west1-docker.pkg.dev/p/r/app";
  const cloud = await startCloud();
  try {
    await withExecutable(SCRIPT, Object.fromEntries(sources), async (executable) => {
      assert.equal((await run({ command: [executable] })).stdout, NO_LOGIN);
      const login = { command: [executable], env: cloud.env("google"), stdin: requestFor(image) } as const;
      const { status, stdout } = await run(login);
      assert.equal(status, 0);
      assert.match(stdout, /"username":"oauth2accesstoken"/);
    });
  } finally {
    await cloud.stop();
  }
});

/** Returns the paths of the built assets by name. */
async function listBuiltAssets(): Promise<Record<string, string>> {
  const folder = `${EXECUTABLE}.assets`;
  return Object.fromEntries((await readdir(folder)).map((name) => [name, join(folder, name)]));
}

/** Returns the output of a script in an executable that is built like the program. */
async function runScript(source: string, assets: Readonly<Record<string, string>> = {}) {
  const directory = await mkdtemp(join(tmpdir(), "probe-"));
  try {
    const script = join(directory, "probe.cjs");
    await writeFile(script, source);
    const env = { NODE_OPTIONS: "--max-old-space-size=4096 --disable-proto=throw" };
    const use = (executable: string) => run({ command: [executable], env });
    const { stdout, stderr } = await withExecutable(script, assets, use);
    assert.equal(stderr, "");
    return JSON.parse(stdout);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function withExecutable<T>(
  script: string,
  assets: Readonly<Record<string, string>>,
  use: (executable: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "executable-"));
  try {
    const executable = join(directory, "executable");
    const make = `
      const { makeExecutable, resolveTarget } = await import("./scripts/build/executable.mjs");
      const [script, executable, assets] = ${JSON.stringify([script, executable, assets])};
      await makeExecutable(script, executable, resolveTarget(), assets);`;
    execFileSync(process.execPath, ["--input-type=module", "--eval", make], { cwd: ROOT, stdio: "ignore" });
    return await use(executable);
  } finally {
    await rm(directory, { recursive: true });
  }
}
