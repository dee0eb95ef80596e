import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { execute } from "../kubelet/execute.ts";
import { CachedNode } from "../support/cached-node.ts";
import { memoryUnavailable } from "../support/memory-folder.ts";

const strace = spawnSync("strace", ["-V"]).error === undefined;
const skip = memoryUnavailable || (strace ? false : "strace is not installed");

interface KillCase {
  readonly name: string;
  /** The system call in which the run is killed, and the number of the call. */
  readonly call: string;
  readonly when: number;
  /** The kinds of files that remain. */
  readonly remaining: readonly string[];
}

/** The steps of a run that fetches and stores a login. Architectures differ in their system calls. */
const KILL_CASES: readonly KillCase[] = [
  { name: "creates the directory", call: "?mkdir,?mkdirat", when: 1, remaining: [] },
  { name: "creates this boot's key", call: "?symlink,?symlinkat", when: 1, remaining: [] },
  { name: "acquires the lease", call: "?symlink,?symlinkat", when: 2, remaining: ["key"] },
  {
    name: "has written the temporary file of the login",
    call: "fsync",
    when: 1,
    remaining: ["key", "lease", "new"],
  },
  {
    name: "renames the temporary file",
    call: "?rename,?renameat,?renameat2",
    when: 1,
    remaining: ["key", "lease", "new"],
  },
];

const listKinds = (node: CachedNode): readonly string[] =>
  node
    .listFiles()
    .map((name) => (name.startsWith("key-") ? "key" : name.replace(/^.*\.|-\d+$/g, "")))
    .sort();

describe("a run that is killed when it", { concurrency: 4, skip }, () => {
  for (const { name, call, when, remaining } of KILL_CASES)
    test(`${name} does not affect the next run`, () =>
      CachedNode.use(async (node) => {
        const inject = `inject=${call}:signal=SIGKILL:when=${when}`;
        const by = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", inject] as const;
        const killed = await execute(node.buildExecution({ by }));
        assert.deepEqual([killed.signal, killed.stdout.toString()], ["SIGKILL", ""]);
        const before = node.countCalls("ecr");
        if (remaining.length > 0) assert.deepEqual(listKinds(node), remaining);
        const next = await node.pull();
        assert.ok(next.password);
        assert.deepEqual([next.line, node.countCalls("ecr") - before], ["", 1]);
        assert.equal((await node.pull()).password, next.password);
        assert.equal(node.countCalls("ecr") - before, 1);
        // Temporary files are deleted after 2 min.
        assert.deepEqual(
          listKinds(node).filter((kind) => kind !== "new"),
          ["hits", "key", "login"],
        );
      }));
});
