import assert from "node:assert/strict";
import { lutimesSync, rmSync } from "node:fs";
import { test } from "node:test";
import { HOUR, MINUTE, SECOND } from "../../src/core/time.ts";
import { execute, type Run } from "../kubelet/execute.ts";
import { CachedNode, ECR, type Pull, parseLogin } from "../support/cached-node.ts";
import { memoryUnavailable } from "../support/memory-folder.ts";
import { seeded } from "../support/random.ts";
import { ageEntry } from "../support/real-sealed-store.ts";
import { assertTidy } from "../support/tidy.ts";

const KILLS = 1000;
const CONCURRENCY = 6;
/** Maximum delays of a kill in milliseconds: most end in the middle of a run, and a few at its end on a busy machine. */
const SHORT_DELAY = 120;
const LONG_DELAY = 500;
const random = seeded(20261122);

const PULLS: readonly Pull[] = [
  { image: ECR },
  { image: ECR.replace("us-east-1", "eu-west-1") },
  { image: "myregistry.azurecr.io/app", node: "azure" },
];
const CALLS = ["ecr", "acr"];

interface Tally {
  kills: number;
  ended: number;
  /** The maximum number of requests. */
  maxCalls: number;
}

const isKilled = ({ signal }: Run): boolean => signal === "SIGKILL";
const countLoginCalls = (node: CachedNode): number =>
  CALLS.reduce((sum, service) => sum + node.countCalls(service), 0);

/** Deletes some logins and ages others, so that runs without a login, with a fresh one and with a stale one are killed. */
function prepare(node: CachedNode): void {
  for (const name of node.listFiles(".login")) {
    const chance = random();
    if (chance < 0.6) rmSync(node.path(name));
    else if (chance < 0.8) ageEntry(node.path(name), 2 * HOUR);
  }
}

function chooseKillDelay(): number | undefined {
  const chance = random();
  if (chance < 0.1) return undefined;
  return Math.floor(random() * (chance < 0.75 ? SHORT_DELAY : LONG_DELAY));
}

/** Runs a batch, in which some runs are killed. All other runs must return a valid login without a note. */
async function playBatch(node: CachedNode, pull: Pull, tally: Tally): Promise<void> {
  const execution = node.buildExecution(pull);
  const runs = await Promise.all(
    Array.from({ length: CONCURRENCY }, () => {
      const timeout = chooseKillDelay();
      return execute(timeout === undefined ? execution : { ...execution, timeout });
    }),
  );
  const killed = runs.filter(isKilled).length;
  tally.kills += killed;
  // Only a killed run may have made a request without storing its login.
  tally.maxCalls += killed + 1;
  // The last run is not disturbed by others.
  for (const run of [...runs.filter((one) => !isKilled(one)), await execute(execution)]) {
    const [username = "", password = ""] = parseLogin(run);
    assert.deepEqual([run.status, run.stderr.toString()], [0, ""]);
    const { status, detail } = await node.cloud.login(pull.image ?? "", username, password);
    assert.equal(status, 200, detail);
    tally.ended += 1;
  }
}

/** Makes the remaining files a few minutes older. */
function ageRemainingFiles(node: CachedNode): void {
  const then = (Date.now() - 3 * MINUTE) / SECOND;
  for (const name of node.listFiles())
    if (!/^key-|\.(login|hits)$/.test(name)) lutimesSync(node.path(name), then, then);
}

test(
  `${KILLS} runs that are killed at any time do not affect the logins of other runs`,
  {
    skip: memoryUnavailable,
    timeout: 10 * MINUTE,
  },
  (context) =>
    CachedNode.use(async (node) => {
      const tally: Tally = { kills: 0, ended: 0, maxCalls: 0 };
      let batches = 0;
      let maxFiles = 0;
      for (; tally.kills < KILLS; batches += 1) {
        await playBatch(node, PULLS[batches % PULLS.length] ?? {}, tally);
        maxFiles = Math.max(maxFiles, node.listFiles().length);
        prepare(node);
      }
      context.diagnostic(
        `${tally.kills} killed, ${tally.ended} ended; ${countLoginCalls(node)} calls of at most ${tally.maxCalls}; ${maxFiles} files at most`,
      );
      assert.ok(countLoginCalls(node) <= tally.maxCalls);
      ageRemainingFiles(node);
      for (const name of node.listFiles(".login")) rmSync(node.path(name));
      const last = await Promise.all(PULLS.map((pull) => node.pull(pull)));
      assertTidy(
        node,
        last.map(({ password }) => password),
      );
      const kinds = node.listFiles().map((name) => name.replace(/^.*\.|-.*$/g, ""));
      assert.deepEqual(kinds.sort(), ["key", "login", "login", "login"], "other files remain");
    }),
);
