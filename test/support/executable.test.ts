import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const MISSING = "dist/registry-credential-provider is missing: run npm run build\n";

for (const [name, isBuilt, expected] of [
  ["is one sentence where nothing is built", false, { status: 1, stdout: "", stderr: MISSING }],
  ["is nothing where it is built", true, { status: 0, stdout: "", stderr: "" }],
] as const) {
  test(`the message of a test that needs the executable, ${name}`, () => {
    const root = mkdtempSync(join(tmpdir(), "checkout-"));
    try {
      const helper = join(root, "test/support/executable.ts");
      cpSync(join(import.meta.dirname, "executable.ts"), helper);
      writeFileSync(join(root, "package.json"), '{"type":"module"}');
      mkdirSync(join(root, "dist"));
      if (isBuilt) writeFileSync(join(root, "dist/registry-credential-provider"), "");
      const { status, stdout, stderr } = spawnSync(process.execPath, [helper], { encoding: "utf8" });
      assert.deepEqual({ status, stdout, stderr }, expected);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
}
