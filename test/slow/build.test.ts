import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { EXECUTABLE, run } from "../executable/start.ts";

const ROOT = join(import.meta.dirname, "../..");

async function hashOf(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}

function build(): void {
  execFileSync(process.execPath, [join(ROOT, "build.mjs")], { stdio: ["ignore", "ignore", "inherit"] });
}

test("two builds are the same to the byte", async () => {
  build();
  const first = await hashOf(EXECUTABLE);
  build();
  assert.equal(await hashOf(EXECUTABLE), first);
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

test("the options of scripts/build/executable.mjs take effect in an executable of that kind", async () => {
  const { execArgv, ...effects } = await saidBy(PROBE);
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

test("an executable of that kind takes the code caches that the build has made", async () => {
  const folder = `${EXECUTABLE}.assets`;
  const names = await readdir(folder);
  const assets = Object.fromEntries(names.map((name) => [name, join(folder, name)]));
  const { names: cached, refused } = await saidBy(CACHES, assets);
  assert.deepEqual(cached, ["aws", "azure", "config", "google", "main", "shared"]);
  assert.deepEqual(refused, []);
});

/** What the script says in an executable made like ours. */
async function saidBy(source: string, assets: Readonly<Record<string, string>> = {}) {
  const directory = await mkdtemp(join(tmpdir(), "probe-"));
  try {
    const script = join(directory, "probe.cjs");
    const probe = join(directory, "probe");
    await writeFile(script, source);
    const make = `
      const { makeExecutable, targetOf } = await import("./scripts/build/executable.mjs");
      const [script, probe, assets] = ${JSON.stringify([script, probe, assets])};
      await makeExecutable(script, probe, targetOf(undefined, () => {}), assets);`;
    execFileSync(process.execPath, ["--input-type=module", "--eval", make], { cwd: ROOT, stdio: "ignore" });
    const { stdout, stderr } = await run({
      command: [probe],
      env: { NODE_OPTIONS: "--max-old-space-size=4096 --disable-proto=throw" },
    });
    assert.equal(stderr, "");
    return JSON.parse(stdout);
  } finally {
    await rm(directory, { recursive: true });
  }
}
