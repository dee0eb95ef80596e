import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HOUR, MINUTE, SECOND } from "../../src/core/time.ts";
import type { Fault } from "../cloud/cloud.ts";
import { execute } from "../kubelet/execute.ts";
import { CachedNode, type Pull } from "../support/cached-node.ts";
import { leaders, until } from "../support/leaders.ts";
import { memoryUnavailable } from "../support/memory-folder.ts";
import { ageEntry } from "../support/real-sealed-store.ts";

interface TemporaryFault {
  readonly name: string;
  readonly fault?: readonly [where: string, fault: Fault];
  /** Variables that cause the failure instead of a fault. */
  readonly env?: Readonly<Record<string, string>>;
  /** The error in the note. */
  readonly note: RegExp;
  /** The error code without a stale login; either of two if two timeouts end at the same time. */
  readonly code: string;
}

const throttled: Fault = {
  kind: "status",
  status: 400,
  headers: { "content-type": "application/x-amz-json-1.1" },
  body: '{"__type":"ThrottlingException","message":"Rate exceeded"}',
};
const TIMEOUT = /timed out waiting for the response/;

const FAULTS: readonly TemporaryFault[] = [
  {
    name: "fails with 503",
    fault: ["ecr", { kind: "status", status: 503 }],
    note: /the service is unavailable/,
    code: "cloud-unavailable",
  },
  {
    name: "throttles with 400",
    fault: ["ecr", throttled],
    note: /the service is throttling requests/,
    code: "(throttled|connect-timeout)",
  },
  {
    name: "does not respond",
    fault: ["ecr", { kind: "hang" }],
    note: TIMEOUT,
    code: "(response-timeout|connect-timeout)",
  },
  {
    name: "closes the connection",
    fault: ["ecr", { kind: "reset" }],
    note: /the connection was closed/,
    code: "connection-lost",
  },
  {
    name: "has a metadata service that does not respond",
    fault: ["imds", { kind: "hang" }],
    note: /the instance metadata service did not respond/,
    code: "metadata-timeout",
  },
  {
    name: "is behind a proxy whose name does not resolve",
    env: { HTTPS_PROXY: "http://proxy.invalid:3128" },
    note: /cannot connect to the proxy/,
    code: "proxy-unreachable",
  },
  {
    name: "is behind a proxy that refuses connections",
    env: { HTTPS_PROXY: "http://127.0.0.1:1" },
    note: /cannot connect to the proxy/,
    code: "proxy-unreachable",
  },
];

/** Uses a node with a login of this age and with a fault. */
function whileFailing(
  { fault, env = {} }: TemporaryFault,
  age: number,
  use: (node: CachedNode, old: string, pull: Pull) => Promise<void>,
): Promise<void> {
  return CachedNode.use(async (node) => {
    const { password = "" } = await node.pull();
    ageEntry(node.findLoginFile(), age);
    if (fault !== undefined) node.cloud.fault(...fault);
    await use(node, password, { env });
  });
}

const options = { concurrency: 24, skip: memoryUnavailable, timeout: 2 * MINUTE };

describe("while the cloud", options, () => {
  for (const one of FAULTS) {
    test(`${one.name}, a stale login is served within 5 s, for at most a minute`, (context) =>
      whileFailing(one, 10 * HOUR, async (node, old, pull) => {
        const { password, line, cacheDuration = Number.NaN, run } = await node.pull(pull);
        context.diagnostic(`${Math.round(run.wall)} ms: ${line}`);
        assert.equal(password, old, line);
        assert.match(line, /^could not refresh the login; serving the cached one, valid for 7[12]\d\d s: /);
        assert.match(line, one.note);
        assert.ok(cacheDuration > 0 && cacheDuration <= MINUTE, `${cacheDuration} ms`);
        assert.equal((await node.pull(pull)).password, old, "the next run is served it too");
      }));
    test(`${one.name}, an expired login is not served, and the run fails`, () =>
      whileFailing(one, 12 * HOUR, async (node, _, pull) => {
        const { run, line } = await node.pull(pull);
        assert.equal(run.status, 1, line);
        assert.match(line, new RegExp(`\\[code ${one.code}, stage \\w+\\]$`));
      }));
  }
});

describe("a suspended leader", options, () => {
  test("is succeeded by one follower after 20 s, and returns a valid login when it continues", (context) =>
    CachedNode.use(async (node) => {
      node.cloud.fault("ecr", { kind: "hang" }, 1);
      const runs = Array.from({ length: 8 }, () => execute(node.buildExecution({})));
      await until(() => node.countCalls("ecr") === 1);
      const [leader = 0] = leaders(node);
      process.kill(leader, "SIGSTOP");
      const ended = await Promise.race([Promise.all(runs), awaitFollowers(runs)]);
      context.diagnostic(
        `the followers ended after ${Math.round(Math.max(...ended.map(({ wall }) => wall)))} ms`,
      );
      assert.equal(node.countCalls("ecr"), 2);
      node.cloud.clearFaults();
      process.kill(leader, "SIGCONT");
      for (const run of await Promise.all(runs)) {
        assert.ok(run.wall > 19 * SECOND, "no run ended earlier");
        assert.ok((await node.checkRun(run)).password);
      }
      assert.equal(node.listFiles(".login").length, 1);
      assert.deepEqual(
        node.listFiles().filter((name) => name.includes(".lease-")),
        [],
      );
    }));
});

/** Returns the results of all runs but the suspended one. */
async function awaitFollowers<T>(runs: readonly Promise<T>[]): Promise<readonly T[]> {
  const ended: T[] = [];
  for (const run of runs) void run.then((one) => ended.push(one));
  await until(() => ended.length === runs.length - 1);
  return ended;
}
