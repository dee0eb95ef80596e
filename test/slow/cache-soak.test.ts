import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { MAX_LOGINS } from "../../src/cache/eviction.ts";
import { HOUR, MINUTE } from "../../src/core/time.ts";
import { memoryUnavailable, withMemoryFolder } from "../support/memory-folder.ts";
import { seeded } from "../support/random.ts";
import { inWorld } from "../support/world.ts";
import { type Ending, SimulatedNode, type Who } from "./simulated-node.ts";

const RUNS = 8500;
const random = seeded(20261123);
const HOSTS = ["a.example", "b.example", "c.example"];
/** Wrong clocks, as after a battery ran out or a time server lied. */
const WRONG = [0, 0, -5 * HOUR, 13 * HOUR, -13 * HOUR];
/** What a wrong clock makes of a good token. */
const BY_CLOCK = ["token-expired", "pod-token-expired"];
const BY_FAULT = ["cloud-unavailable", "throttled", "response-timeout", "aws-access-denied"];

const anyOf = <T>(all: readonly T[], fallback: T): T => all[Math.floor(random() * all.length)] ?? fallback;
const descriptors = (): number => readdirSync("/proc/self/fd").length;

/** 120 ServiceAccounts, some of which are at it at a time, and the node. */
function anyone(era: number): Who {
  const number = (era * 7 + Math.floor(random() * 30)) % 120;
  return random() < 0.1 ? undefined : `shop-${number % 10}/account-${number}`;
}

function assertRight(node: SimulatedNode, ending: Ending, who: Who, host: string): void {
  if (ending === "killed") return;
  if ("code" in ending) {
    const allowed = node.wrongBy === 0 ? BY_FAULT : [...BY_FAULT, ...BY_CLOCK];
    assert.ok(allowed.includes(ending.code), ending.code);
    return;
  }
  const login = ending.answer.auth.get(host);
  const given = node.given.get(login?.password ?? "");
  assert.ok(given, `a login of nobody's: ${login?.password}`);
  assert.deepEqual([given.who, given.host], [who, host], "another's login");
  const left = given.end - node.trueNow();
  assert.ok(left > 0, `served ${-left} ms after its end`);
  const { cacheDuration = Number.NaN } = ending.answer;
  if (node.wrongBy === 0) assert.ok(cacheDuration <= left, `kept for ${cacheDuration} of ${left} ms`);
}

interface Tally {
  answered: number;
  failed: number;
  mostFiles: number;
  mostLogins: number;
}

async function playBatch(node: SimulatedNode, era: number, tally: Tally): Promise<void> {
  const keys = Array.from({ length: 3 }, () => [anyone(era), anyOf(HOSTS, "")] as const);
  const runs = Array.from({ length: 1 + Math.floor(random() * 12) }, async () => {
    const [who, host] = anyOf(keys, [undefined, ""] as const);
    const ending = await node.run(who, host);
    assertRight(node, ending, who, host);
    if (ending === "killed") return;
    if ("code" in ending) tally.failed += 1;
    else tally.answered += 1;
  });
  await Promise.all(runs);
}

test(
  `${RUNS} runs of a node whose cloud fails, whose runs die and whose clock is set, each have their own login or none`,
  {
    skip: memoryUnavailable,
    timeout: 10 * MINUTE,
  },
  (context) =>
    withMemoryFolder((folder) =>
      inWorld({ now: Date.now(), random }, async (world) => {
        const node = new SimulatedNode(world, folder, random);
        const tally: Tally = { answered: 0, failed: 0, mostFiles: 0, mostLogins: 0 };
        const before = descriptors();
        for (let batch = 0; node.runs < RUNS; batch += 1) {
          if (batch % 40 === 0) node.wrongBy = anyOf(WRONG, 0);
          await playBatch(node, Math.floor(batch / 20), tally);
          // Now and then nobody pulls for hours.
          node.pass(random() * (random() < 0.05 ? 10 * HOUR : 10 * MINUTE));
          const files = readdirSync(folder);
          tally.mostFiles = Math.max(tally.mostFiles, files.length);
          const logins = files.filter((name) => name.endsWith(".login")).length;
          tally.mostLogins = Math.max(tally.mostLogins, logins);
        }
        context.diagnostic(
          `${node.runs} runs: ${tally.answered} answered, ${tally.failed} failed, ${node.kills} killed; ${node.given.size} calls, ${node.faults} of them failed besides; at most ${tally.mostLogins} logins in ${tally.mostFiles} files`,
        );
        assert.equal(descriptors(), before, "descriptors");
        // Each of the batch may have kept one just after another's sweep.
        assert.ok(tally.mostLogins <= MAX_LOGINS + 3, `${tally.mostLogins} logins`);
        assert.ok(tally.mostFiles <= 2 * tally.mostLogins + 50, `${tally.mostFiles} files`);
        assert.ok(node.kills > RUNS / 100 && node.faults > RUNS / 50, "it was rough enough");
      }),
    ),
);
