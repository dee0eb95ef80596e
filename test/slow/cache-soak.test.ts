import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { MAX_LOGINS } from "../../src/cache/eviction.ts";
import { HOUR, MINUTE } from "../../src/core/time.ts";
import { memoryUnavailable, withMemoryFolder } from "../support/memory-folder.ts";
import { seeded } from "../support/random.ts";
import { inWorld } from "../support/world.ts";
import { type Identity, type RunResult, SimulatedNode } from "./simulated-node.ts";

const RUNS = 8500;
const random = seeded(20261123);
const HOSTS = ["a.example", "b.example", "c.example"];
/** Errors of the wall clock, as after an empty battery or a wrong time server. */
const CLOCK_ERRORS = [0, 0, -5 * HOUR, 13 * HOUR, -13 * HOUR];
/** Error codes of a valid token with a wrong clock. */
const CLOCK_CODES = ["token-expired", "pod-token-expired"];
const FAULT_CODES = ["cloud-unavailable", "throttled", "response-timeout", "aws-access-denied"];

const choose = <T>(all: readonly T[], fallback: T): T => all[Math.floor(random() * all.length)] ?? fallback;
const descriptors = (): number => readdirSync("/proc/self/fd").length;

/** Chooses one of 120 ServiceAccounts, of which 30 are active in an era, or the node. */
function chooseIdentity(era: number): Identity {
  const number = (era * 7 + Math.floor(random() * 30)) % 120;
  return random() < 0.1 ? undefined : `shop-${number % 10}/account-${number}`;
}

function assertValid(node: SimulatedNode, result: RunResult, identity: Identity, host: string): void {
  if (result === "killed") return;
  if ("code" in result) {
    const allowed = node.clockError === 0 ? FAULT_CODES : [...FAULT_CODES, ...CLOCK_CODES];
    assert.ok(allowed.includes(result.code), result.code);
    return;
  }
  const login = result.answer.auth.get(host);
  const issued = node.issued.get(login?.password ?? "");
  assert.ok(issued, `an unknown login: ${login?.password}`);
  assert.deepEqual([issued.identity, issued.host], [identity, host], "the login of another identity");
  const left = issued.end - node.trueNow();
  assert.ok(left > 0, `served ${-left} ms after its expiry`);
  const { cacheDuration = Number.NaN } = result.answer;
  if (node.clockError === 0) assert.ok(cacheDuration <= left, `cached for ${cacheDuration} of ${left} ms`);
}

interface Tally {
  answered: number;
  failed: number;
  mostFiles: number;
  mostLogins: number;
}

async function playBatch(node: SimulatedNode, era: number, tally: Tally): Promise<void> {
  const keys = Array.from({ length: 3 }, () => [chooseIdentity(era), choose(HOSTS, "")] as const);
  const runs = Array.from({ length: 1 + Math.floor(random() * 12) }, async () => {
    const [identity, host] = choose(keys, [undefined, ""] as const);
    const result = await node.run(identity, host);
    assertValid(node, result, identity, host);
    if (result === "killed") return;
    if ("code" in result) tally.failed += 1;
    else tally.answered += 1;
  });
  await Promise.all(runs);
}

test(
  `${RUNS} runs on a node with faults, kills and clock changes get their own login or none`,
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
          if (batch % 40 === 0) node.clockError = choose(CLOCK_ERRORS, 0);
          await playBatch(node, Math.floor(batch / 20), tally);
          // Sometimes there is no pull for hours.
          node.pass(random() * (random() < 0.05 ? 10 * HOUR : 10 * MINUTE));
          const files = readdirSync(folder);
          tally.mostFiles = Math.max(tally.mostFiles, files.length);
          const logins = files.filter((name) => name.endsWith(".login")).length;
          tally.mostLogins = Math.max(tally.mostLogins, logins);
        }
        context.diagnostic(
          `${node.runs} runs: ${tally.answered} answered, ${tally.failed} failed, ${node.kills} killed; ${node.issued.size} calls, ${node.faults} of them failed besides; at most ${tally.mostLogins} logins in ${tally.mostFiles} files`,
        );
        assert.equal(descriptors(), before, "descriptors");
        // Each run of a batch may have stored a login after the eviction of another.
        assert.ok(tally.mostLogins <= MAX_LOGINS + 3, `${tally.mostLogins} logins`);
        assert.ok(tally.mostFiles <= 2 * tally.mostLogins + 50, `${tally.mostFiles} files`);
        assert.ok(node.kills > RUNS / 100 && node.faults > RUNS / 50, "there were kills and faults");
      }),
    ),
);
