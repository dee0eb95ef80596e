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
const AT_ONCE = 6;
/** Milliseconds from the start: most end in the middle of a run, a few at its end where the machine is busy. */
const SOON = 120;
const LATE = 500;
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
  /** Calls that may have been made at most. */
  most: number;
}

const isKilled = ({ signal }: Run): boolean => signal === "SIGKILL";
const callsOf = (node: CachedNode): number =>
  CALLS.reduce((sum, service) => sum + node.countCalls(service), 0);

/** Nothing, a login that is good, or one that is due: so that each kind of run is hit. */
function prepare(node: CachedNode): void {
  for (const name of node.listFiles(".login")) {
    const chance = random();
    if (chance < 0.6) rmSync(node.path(name));
    else if (chance < 0.8) ageEntry(node.path(name), 2 * HOUR);
  }
}

function delayOf(): number | undefined {
  const chance = random();
  if (chance < 0.1) return undefined;
  return Math.floor(random() * (chance < 0.75 ? SOON : LATE));
}

/** Some are killed; what the others answer is a login that its own registry takes, and they have nothing to say. */
async function playBatch(node: CachedNode, pull: Pull, tally: Tally): Promise<void> {
  const execution = node.buildExecution(pull);
  const runs = await Promise.all(
    Array.from({ length: AT_ONCE }, () => {
      const timeout = delayOf();
      return execute(timeout === undefined ? execution : { ...execution, timeout });
    }),
  );
  const killed = runs.filter(isKilled).length;
  tally.kills += killed;
  // Each call but one was of a run that did not live to keep the login.
  tally.most += killed + 1;
  // And one that nobody disturbs.
  for (const run of [...runs.filter((one) => !isKilled(one)), await execute(execution)]) {
    const [username = "", password = ""] = parseLogin(run);
    assert.deepEqual([run.status, run.stderr.toString()], [0, ""]);
    const { status, detail } = await node.cloud.login(pull.image ?? "", username, password);
    assert.equal(status, 200, detail);
    tally.ended += 1;
  }
}

/** As if what was left were of a few minutes ago. */
function ageWhatIsLeft(node: CachedNode): void {
  const then = (Date.now() - 3 * MINUTE) / SECOND;
  for (const name of node.listFiles())
    if (!/^key-|\.(login|hits)$/.test(name)) lutimesSync(node.path(name), then, then);
}

test(
  `${KILLS} runs that are killed at whatever moment cost nobody else their login`,
  {
    skip: memoryUnavailable,
    timeout: 10 * MINUTE,
  },
  (context) =>
    CachedNode.use(async (node) => {
      const tally: Tally = { kills: 0, ended: 0, most: 0 };
      let batches = 0;
      let left = 0;
      for (; tally.kills < KILLS; batches += 1) {
        await playBatch(node, PULLS[batches % PULLS.length] ?? {}, tally);
        left = Math.max(left, node.listFiles().length);
        prepare(node);
      }
      context.diagnostic(
        `${tally.kills} killed, ${tally.ended} ended; ${callsOf(node)} calls of at most ${tally.most}; ${left} files at most`,
      );
      assert.ok(callsOf(node) <= tally.most);
      ageWhatIsLeft(node);
      for (const name of node.listFiles(".login")) rmSync(node.path(name));
      const last = await Promise.all(PULLS.map((pull) => node.pull(pull)));
      assertTidy(
        node,
        last.map(({ password }) => password),
      );
      const kinds = node.listFiles().map((name) => name.replace(/^.*\.|-.*$/g, ""));
      assert.deepEqual(kinds.sort(), ["key", "login", "login", "login"], "something is left");
    }),
);
