import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { SHARED_MEMORY } from "./memory-folder.ts";

const canMount = spawnSync("unshare", ["--mount", "true"]).status === 0;
const PROBLEM = `${SHARED_MEMORY} is not a tmpfs that this user can write to: mount -t tmpfs -o mode=1777 tmpfs ${SHARED_MEMORY}`;

const PLACES: readonly (readonly [name: string, steps: string, expected: string | false])[] = [
  ["a missing one", "mount -t tmpfs none /dev", PROBLEM],
  ["a read-only one", `mount -t tmpfs -o ro none ${SHARED_MEMORY}`, PROBLEM],
  ["one on disk", `mount --bind / ${SHARED_MEMORY}`, PROBLEM],
  ["a writable tmpfs", `mount -t tmpfs none ${SHARED_MEMORY}`, false],
];
for (const [name, steps, expected] of PLACES) {
  test(`${SHARED_MEMORY}: ${name} ${expected === false ? "is used" : "is reported in one sentence"}`, {
    skip: canMount ? false : "this system does not allow private mounts",
  }, () => {
    const script = `const { memoryUnavailable } = await import(${JSON.stringify(join(import.meta.dirname, "memory-folder.ts"))});
      process.stdout.write(JSON.stringify(memoryUnavailable));`;
    const args = ["--mount", "sh", "-c", `${steps} && exec "$@"`, "sh", process.execPath];
    const run = spawnSync("unshare", [...args, "--input-type=module", "--eval", script], {
      encoding: "utf8",
    });
    assert.deepEqual([run.stderr, JSON.parse(run.stdout)], ["", expected]);
  });
}
