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

/** Of 12 h: so late each login is to be renewed, and is good for 2 h more. */
const DUE = 10 * HOUR;
const NOTE = /^could not refresh the login; serving the cached one, valid for 7[12]\d\d s: .*$/;

const denied = (status: number, code = "AccessDeniedException"): Fault => ({
  kind: "status",
  status,
  headers: { "content-type": "application/x-amz-json-1.1" },
  body: JSON.stringify({ __type: code, Message: "not authorized to perform: ecr:GetAuthorizationToken" }),
});
/** It may pass, and is not tried again by the same run. */
const PASSING: Fault = { kind: "html" };

/** How often may be asked since then, on a machine that may be slow. */
const onceIn5Seconds = (began: number): number => 1 + Math.floor((performance.now() - began) / (5 * SECOND));

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

/** What of a login's end is passed already, and whether it can be served while the cloud fails. */
const AGES: readonly (readonly [name: string, aged: number, served: boolean])[] = [
  ["with 2 h left", DUE, true],
  ["with 3 min left", 12 * HOUR - 3 * MINUTE, true],
  ["with 1 min left", 12 * HOUR - MINUTE, false],
  ["that ended just now", 12 * HOUR, false],
  ["that ended an hour ago", 13 * HOUR, false],
];

// Sequential: in parallel on a busy machine, renewals take longer than the 5 s that the executable allows.
describe("while the cloud fails,", () => {
  for (const [name, aged, served] of AGES)
    test(
      `a login ${name} is ${served ? "served for a minute at most, with a note" : "not served"}`,
      { skip: memoryUnavailable },
      () =>
        withLogin(aged, async (node, old) => {
          node.cloud.fault("ecr", PASSING);
          const { run, password, line, cacheDuration = 0 } = await node.pull();
          assert.deepEqual([run.status, password], served ? [0, old] : [1, undefined], line);
          if (!served) return assert.match(line, /\[code response-not-json, stage token\]$/);
          assert.match(line, /^could not refresh the login; serving the cached one, valid for \d+ s: /);
          assert.ok(
            cacheDuration <= MINUTE && cacheDuration <= (12 * HOUR - aged) / 2,
            `${cacheDuration} ms`,
          );
          assert.ok(cacheDuration > 30 * SECOND, "worth keeping");
        }),
    );

  test("one run in 5 s asks whether it does still, and then it is renewed", { skip: memoryUnavailable }, () =>
    withLogin(DUE, async (node, old) => {
      node.cloud.fault("ecr", PASSING);
      const began = performance.now();
      for (const pulled of await node.pulls(6)) {
        assert.equal(pulled.password, old);
        assert.match(pulled.line, new RegExp(`^$|${NOTE.source}`));
      }
      assert.ok(node.countCalls("ecr") <= 1 + onceIn5Seconds(began), `${node.countCalls("ecr")} calls`);
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
  "a login that is due is renewed by one of 20 runs, and the others have it or the old one",
  { skip: memoryUnavailable },
  () =>
    withLogin(DUE, async (node, old) => {
      node.cloud.fault("ecr", { kind: "delay", ms: 300 });
      const pulled = await node.pulls(20);
      assert.equal(node.countCalls("ecr"), 2);
      const others = new Set(pulled.map(({ password }) => password).filter((password) => password !== old));
      assert.equal(others.size, 1);
      assert.ok(pulled.every(({ line }) => line === ""));
      const [renewed] = others;
      assert.equal((await node.pull()).password, renewed);
    }),
);

describe("a refusal", () => {
  for (const [status, code] of [
    [400, "AccessDeniedException"],
    [403, "AccessDeniedException"],
    // A key that every object inherits.
    [400, "constructor"],
    [403, "__proto__"],
  ] as const)
    test(
      `of ${status} with the code ${code} ends the run, though there is a good login, and takes that away`,
      { skip: memoryUnavailable },
      () =>
        withLogin(DUE, async (node) => {
          const file = node.findLoginFile();
          node.cloud.fault("ecr", denied(status, code));
          const { run, line } = await node.pull();
          assert.equal(run.status, 1, line);
          assert.ok(!existsSync(file));
          node.cloud.clearFaults();
          node.cloud.fault("ecr", PASSING);
          ageEntry(node.path(node.listFiles(".failure")[0] ?? ""), 6 * SECOND);
          assert.equal((await node.pull()).run.status, 1, "nothing is there to be served");
        }),
    );

  test(
    "is asked for once by 20 runs, is that of who comes later too, and asked for again after 5 s",
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
        assert.equal(new Set(pulled.map(({ line }) => line)).size, 1, "all say the same");
        const [failure = ""] = node.listFiles(".failure");
        ageEntry(node.path(failure), 6 * SECOND);
        node.cloud.clearFaults();
        assert.ok((await node.pull()).password);
        assert.equal(node.countCalls("ecr"), 2);
      }),
  );

  test(
    "is no answer any more once the rule is another, and for nobody else either",
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
        // Of the first rule it is still the answer, if the machine is not so slow that it has expired.
        const again = await pullWith("");
        const asked = node.countCalls("ecr") - 2;
        assert.deepEqual([again.run.status, asked], asked === 0 ? [1, 0] : [0, 1]);
        assert.ok(asked < onceIn5Seconds(began), "it is served for 5 s");
        assert.ok((await node.pull()).password, "nor without a rule");
      }),
  );
});
