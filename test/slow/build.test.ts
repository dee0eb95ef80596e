import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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
  const directory = await mkdtemp(join(tmpdir(), "probe-"));
  try {
    const script = join(directory, "probe.cjs");
    await writeFile(script, PROBE);
    const make = `
      const { makeExecutable, targetOf } = await import("./scripts/build/executable.mjs");
      await makeExecutable(${JSON.stringify(script)}, ${JSON.stringify(join(directory, "probe"))}, targetOf(undefined, () => {}));`;
    execFileSync(process.execPath, ["--input-type=module", "--eval", make], { cwd: ROOT, stdio: "ignore" });
    const { stdout, stderr } = await run({
      command: [join(directory, "probe")],
      env: { NODE_OPTIONS: "--max-old-space-size=4096 --disable-proto=throw" },
    });
    assert.equal(stderr, "");
    const { execArgv, ...effects } = JSON.parse(stdout);
    assert.deepEqual(effects, { proto: false, addon: "ERR_DLOPEN_DISABLED", heap: 96 << 20 });
    assert.ok(!execArgv.includes("--max-old-space-size=4096"));
  } finally {
    await rm(directory, { recursive: true });
  }
});
