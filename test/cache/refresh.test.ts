import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { describe, test } from "node:test";
import { HOUR, MINUTE, SECOND } from "../../src/core/time.ts";
import type { Fault } from "../cloud/cloud.ts";
import { CachedNode } from "../support/cached-node.ts";
import { memoryUnavailable } from "../support/memory-folder.ts";
import { ageEntry } from "../support/real-sealed-store.ts";

/** The age at which every login of 12 h is stale, with 2 h left. */
const STALE = 10 * HOUR;
const NOTE = /^could not refresh the login; serving the cached one, valid for 7[12]\d\d s: .*$/;

const denied = (status: number, code = "AccessDeniedException"): Fault => ({
  kind: "status",
  status,
  headers: { "content-type": "application/x-amz-json-1.1" },
  body: JSON.stringify({ __type: code, Message: "not authorized to perform: ecr:GetAuthorizationToken" }),
});
/** A temporary failure that a run does not retry. */
const TEMPORARY: Fault = { kind: "html" };

/** Returns the maximum number of requests since a time, on a machine that may be slow. */
const countIntervals = (began: number): number => 1 + Math.floor((performance.now() - began) / (5 * SECOND));

async function withLogin(
  aged: number,
  use: (node: CachedNode, password: string) => Promise<void>,
): Promise<void> {
  await CachedNode.use(async (node) => {
    const { password = "" } = await node.pull();
    ageEntry(node.findLoginFile(), aged);
    await use(node, password);
  });
}

/** The age of a login, and whether it is served while the cloud fails. */
const AGES: readonly (readonly [name: string, aged: number, served: boolean])[] = [
  ["with 2 h left", STALE, true],
  ["with 3 min left", 12 * HOUR - 3 * MINUTE, true],
  ["with 1 min left", 12 * HOUR - MINUTE, false],
  ["that has just expired", 12 * HOUR, false],
  ["that expired an hour ago", 13 * HOUR, false],
];

// Sequential: in parallel on a busy machine, refreshes take longer than the 5 s that the executable allows.
describe("while the cloud fails,", () => {
  for (const [name, aged, served] of AGES)
    test(
      `a login ${name} is ${served ? "served for a minute at most, with a note" : "not served"}`,
      { skip: memoryUnavailable },
      () =>
        withLogin(aged, async (node, old) => {
          node.cloud.fault("ecr", TEMPORARY);
          const { run, password, line, cacheDuration = 0 } = await node.pull();
          assert.deepEqual([run.status, password], served ? [0, old] : [1, undefined], line);
          if (!served) return assert.match(line, /\[code response-not-json, stage token\]$/);
          assert.match(line, /^could not refresh the login; serving the cached one, valid for \d+ s: /);
          assert.ok(
            cacheDuration <= MINUTE && cacheDuration <= (12 * HOUR - aged) / 2,
            `${cacheDuration} ms`,
          );
          assert.ok(cacheDuration > 30 * SECOND, "long enough for the kubelet to cache it");
        }),
    );

  test("one run in 5 s tries a refresh, which succeeds after the failure", { skip: memoryUnavailable }, () =>
    withLogin(STALE, async (node, old) => {
      node.cloud.fault("ecr", TEMPORARY);
      const began = performance.now();
      for (const pulled of await node.pulls(6)) {
        assert.equal(pulled.password, old);
        assert.match(pulled.line, new RegExp(`^$|${NOTE.source}`));
      }
      assert.ok(node.countCalls("ecr") <= 1 + countIntervals(began), `${node.countCalls("ecr")} calls`);
      const before = node.countCalls("ecr");
      const [failure = ""] = node.listFiles(".failure");
      ageEntry(node.path(failure), 6 * SECOND);
      node.cloud.clearFaults();
      const { password, line } = await node.pull();
      assert.ok(password !== old && password !== undefined);
      assert.deepEqual([line, node.countCalls("ecr")], ["", before + 1]);
    }),
  );
});

test(
  "one of 20 runs refreshes a stale login, and the others are served the stale or the new one",
  { skip: memoryUnavailable },
  () =>
    withLogin(STALE, async (node, old) => {
      node.cloud.fault("ecr", { kind: "delay", ms: 300 });
      const pulled = await node.pulls(20);
      assert.equal(node.countCalls("ecr"), 2);
      const others = new Set(pulled.map(({ password }) => password).filter((password) => password !== old));
      assert.equal(others.size, 1);
      assert.ok(pulled.every(({ line }) => line === ""));
      const [refreshed] = others;
      assert.equal((await node.pull()).password, refreshed);
    }),
);

describe("a refusal", () => {
  for (const [status, code] of [
    [400, "AccessDeniedException"],
    [403, "AccessDeniedException"],
    // Names that every JavaScript object inherits.
    [400, "constructor"],
    [403, "__proto__"],
  ] as const)
    test(
      `with status ${status} and code ${code} fails the run although there is a stale login, which is deleted`,
      { skip: memoryUnavailable },
      () =>
        withLogin(STALE, async (node) => {
          const file = node.findLoginFile();
          node.cloud.fault("ecr", denied(status, code));
          const { run, line } = await node.pull();
          assert.equal(run.status, 1, line);
          assert.ok(!existsSync(file));
          node.cloud.clearFaults();
          node.cloud.fault("ecr", TEMPORARY);
          ageEntry(node.path(node.listFiles(".failure")[0] ?? ""), 6 * SECOND);
          assert.equal((await node.pull()).run.status, 1, "there is no login to serve");
        }),
    );

  test(
    "is requested once by 20 runs, applies to later runs too, and is requested again after 5 s",
    { skip: memoryUnavailable },
    () =>
      CachedNode.use(async (node) => {
        node.cloud.fault("ecr", denied(400));
        const pulled = await node.pulls(20);
        const later = await node.pull();
        for (const { run, line } of [...pulled, later]) {
          assert.equal(run.status, 1);
          assert.match(
            line,
            /^registry-credential-provider: no login for .*\[code aws-access-denied, stage token\]$/,
          );
        }
        assert.equal(node.countCalls("ecr"), 1);
        assert.equal(new Set(pulled.map(({ line }) => line)).size, 1, "all runs report the same error");
        const [failure = ""] = node.listFiles(".failure");
        ageEntry(node.path(failure), 6 * SECOND);
        node.cloud.clearFaults();
        assert.ok((await node.pull()).password);
        assert.equal(node.countCalls("ecr"), 2);
      }),
  );

  test(
    "does not apply after a change of the rule, nor to other identities",
    { skip: memoryUnavailable },
    () =>
      CachedNode.use(async (node) => {
        const path = join(node.folder, "config.yaml");
        const pullWith = (rule: string) => {
          const head = "apiVersion: registry-credential-provider/v1\nkind: Config\nrules:\n";
          writeFileSync(
            path,
            `${head}  - match: ["*.dkr.ecr.*.amazonaws.com"]\n    identity: node\n${rule}`,
            {
              mode: 0o600,
            },
          );
          return node.pull({ args: [`--config=${path}`] });
        };
        node.cloud.fault("ecr", denied(400), 1);
        const began = performance.now();
        assert.equal((await pullWith("")).run.status, 1);
        assert.ok((await pullWith("    aws: { region: us-east-1 }\n")).password);
        assert.equal(node.countCalls("ecr"), 2);
        // It still applies to the first rule, unless the machine is so slow that it has expired.
        const again = await pullWith("");
        const requests = node.countCalls("ecr") - 2;
        assert.deepEqual([again.run.status, requests], requests === 0 ? [1, 0] : [0, 1]);
        assert.ok(requests < countIntervals(began), "it is cached for 5 s");
        assert.ok((await node.pull()).password, "it does not apply without a rule");
      }),
  );
});
