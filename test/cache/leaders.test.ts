import assert from "node:assert/strict";
import { mkdirSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { describe, test } from "node:test";
import { type Milliseconds, SECOND } from "../../src/core/time.ts";
import { realMachine } from "../../src/system/machine.ts";
import { execute, type Run } from "../kubelet/execute.ts";
import { CachedNode } from "../support/cached-node.ts";
import { leaders, parentOf, stateOf, until } from "../support/leaders.ts";
import { memoryUnavailable } from "../support/memory-folder.ts";

const skip = memoryUnavailable;
const timeout = 60 * SECOND;
/** The duration of a response. A run that sends its request earlier did not wait for another run. */
const DELAY: Milliseconds = SECOND;

/** Kills the leader after this number of ECR requests, and returns its process id. */
async function killLeader(node: CachedNode, calls: number): Promise<number> {
  await until(() => node.countCalls("ecr") >= calls);
  const [leader] = leaders(node);
  assert.ok(leader !== undefined, "there is no leader");
  process.kill(leader, "SIGKILL");
  return leader;
}

const isKilled = ({ signal }: Run): boolean => signal === "SIGKILL";

async function assertOneLogin(node: CachedNode, runs: readonly Run[]): Promise<void> {
  const pulled = await Promise.all(runs.map((run) => node.checkRun(run)));
  assert.equal(new Set(pulled.map(({ password }) => password)).size, 1);
  assert.ok(pulled.every(({ password, line }) => password !== undefined && line === ""));
  assert.deepEqual(
    node.listFiles().filter((name) => name.includes(".lease-")),
    [],
    "leases remain",
  );
}

describe("a leader that is killed while it waits for a response", { concurrency: 4, skip, timeout }, () => {
  for (const kills of [1, 3])
    test(`costs one request each (${kills} in a row), and the followers get a login`, (context) =>
      CachedNode.use(async (node) => {
        node.cloud.fault("ecr", { kind: "hang" }, kills);
        const runs = Array.from({ length: 8 }, () => execute(node.buildExecution({})));
        for (let kill = 1; kill <= kills; kill += 1) await killLeader(node, kill);
        const killed = performance.now();
        const ended = await Promise.all(runs);
        context.diagnostic(
          `the followers ended ${Math.round(performance.now() - killed)} ms after the last kill`,
        );
        assert.equal(ended.filter(isKilled).length, kills);
        assert.ok(node.countCalls("ecr") <= 1 + kills, `${node.countCalls("ecr")} calls`);
        await assertOneLogin(
          node,
          ended.filter((run) => !isKilled(run)),
        );
      }));

  test("is dead even if its parent never collects its exit status", (context) =>
    CachedNode.use(async (node) => {
      node.cloud.fault("ecr", { kind: "hang" }, 1);
      // The shell replaces itself with a program that never waits for the child.
      const orphaning = ["sh", "-c", 'exec 3<&0; "$0" <&3 >/dev/null 2>&1 & exec sleep 60'] as const;
      const parent = execute(node.buildExecution({ by: orphaning }));
      const leader = await killLeader(node, 1);
      const shell = parentOf(leader);
      await until(() => stateOf(leader) === "Z");
      const [lease = ""] = node.listFiles(".lease-0");
      const holder = readlinkSync(node.path(lease)).replace(/^\S+ /, "");
      assert.deepEqual([holder.split(" ")[0], realMachine.isRunning(holder)], [`${leader}`, false]);
      const { run, password } = await node.pull();
      assert.ok(password);
      context.diagnostic(`the next one took ${Math.round(run.wall)} ms`);
      assert.equal(stateOf(leader), "Z", "the zombie remained until the end");
      assert.equal(node.countCalls("ecr"), 2);
      process.kill(shell, "SIGKILL");
      await parent;
    }));
});

test("each of 8 runs makes one request if no login can be stored", { skip }, (context) =>
  CachedNode.use(async (node) => {
    await node.pull();
    const file = node.findLoginFile();
    rmSync(file);
    mkdirSync(join(file, "in it"), { recursive: true });
    node.cloud.fault("ecr", { kind: "delay", ms: DELAY });
    for (const { password, line } of await node.pulls(8)) {
      assert.ok(password);
      assert.match(line, /^the cache is not used: /);
    }
    const asked = node.cloud.requests.filter(({ service }) => service === "ecr").map(({ at }) => at);
    context.diagnostic(`asked after ${asked.join(", ")} ms`);
    assert.equal(node.countCalls("ecr"), 9);
  }),
);
