import assert from "node:assert/strict";
import { test } from "node:test";
import { FOREIGN_REQUEST, spawnProvider } from "../support/spawn-provider.ts";

for (const [what, written] of [
  ["nothing", ""],
  ["a whole request", FOREIGN_REQUEST],
] as const)
  test(`stdin on which ${what} comes and that is never closed is given up after 10 s`, {
    timeout: 30_000,
  }, async () => {
    const { status, stdout, stderr } = await spawnProvider((child) => child.stdin?.write(written));
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /\[code request-too-slow, stage request\]$/);
  });
