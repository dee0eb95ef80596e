import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { execute } from "../kubelet/execute.ts";
import { CachedNode } from "../support/cached-node.ts";
import { memoryUnavailable } from "../support/memory-folder.ts";

const strace = spawnSync("strace", ["-V"]).error === undefined;
const skip = memoryUnavailable || (strace ? false : "no strace here");

interface Moment {
  readonly name: string;
  /** The system call that it never comes back from, and the how manieth of it. */
  readonly call: string;
  readonly when: number;
  /** What it leaves. */
  readonly left: readonly string[];
}

/** Each step of a run that fetches and keeps; processors differ in which of two calls they have. */
const MOMENTS: readonly Moment[] = [
  { name: "makes the folder", call: "?mkdir,?mkdirat", when: 1, left: [] },
  { name: "makes this boot's key", call: "?symlink,?symlinkat", when: 1, left: [] },
  { name: "takes the lease", call: "?symlink,?symlinkat", when: 2, left: ["key"] },
  {
    name: "has written the login, but not under its name",
    call: "fsync",
    when: 1,
    left: ["key", "lease", "new"],
  },
  { name: "gives it its name", call: "?rename,?renameat,?renameat2", when: 1, left: ["key", "lease", "new"] },
];

const kindsOf = (node: CachedNode): readonly string[] =>
  node
    .listFiles()
    .map((name) => (name.startsWith("key-") ? "key" : name.replace(/^.*\.|-\d+$/g, "")))
    .sort();

describe("a run that is killed in the very moment in which it", { concurrency: 4, skip }, () => {
  for (const { name, call, when, left } of MOMENTS)
    test(`${name} leaves nothing that the next one is hurt by`, () =>
      CachedNode.use(async (node) => {
        const inject = `inject=${call}:signal=SIGKILL:when=${when}`;
        const by = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", inject] as const;
        const killed = await execute(node.buildExecution({ by }));
        assert.deepEqual([killed.signal, killed.stdout.toString()], ["SIGKILL", ""]);
        const before = node.countCalls("ecr");
        if (left.length > 0) assert.deepEqual(kindsOf(node), left);
        const next = await node.pull();
        assert.ok(next.password);
        assert.deepEqual([next.line, node.countCalls("ecr") - before], ["", 1]);
        assert.equal((await node.pull()).password, next.password);
        assert.equal(node.countCalls("ecr") - before, 1);
        // What was half written is swept away after 2 min.
        assert.deepEqual(
          kindsOf(node).filter((kind) => kind !== "new"),
          ["hits", "key", "login"],
        );
      }));
});
