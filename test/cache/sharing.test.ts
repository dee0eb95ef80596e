import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { HOUR, MINUTE, SECOND } from "../../src/core/time.ts";
import { CachedNode, ECR, type PullResult } from "../support/cached-node.ts";
import { memoryUnavailable } from "../support/memory-folder.ts";
import { ageEntry, openSealedStoreIn, rewriteEntry } from "../support/real-sealed-store.ts";
import { assertTidy } from "../support/tidy.ts";
import { POD_ROLE } from "../transcripts/answers.ts";

const CHAIN = ["imds/token", "imds/partition", "imds/role", "imds/credentials", "ecr/GetAuthorizationToken"];
const MANY = 20;

function assertEqual(pulled: readonly PullResult[]): void {
  assert.equal(new Set(pulled.map(({ password }) => password)).size, 1, "one login");
  assert.deepEqual(
    pulled.filter(({ password, line }) => password === undefined || line !== "").map(({ line }) => line),
    [],
  );
}

test(
  "one of 20 simultaneous runs makes each request once, and all get its login",
  { skip: memoryUnavailable },
  (context) =>
    CachedNode.use(async (node) => {
      const pulled = await node.pulls(MANY);
      assertEqual(pulled);
      assert.deepEqual(
        CHAIN.map((step) => [step, node.countCalls(step)]),
        CHAIN.map((step) => [step, 1]),
      );
      assert.equal(node.countRequests(), CHAIN.length);
      assertTidy(node, [pulled[0]?.password]);
      assert.deepEqual(
        node.listFiles().filter((name) => name.includes("lease")),
        [],
        "leases remain",
      );
      context.diagnostic(
        `the last run ended after ${Math.round(Math.max(...pulled.map(({ run }) => run.wall)))} ms`,
      );
    }),
);

test(
  "12 runs for four registries make one login request for each, and none gets the login of another",
  { skip: memoryUnavailable },
  () =>
    CachedNode.use(async (node) => {
      const images = [
        ECR,
        ECR.replace("us-east-1", "eu-west-1"),
        "myregistry.azurecr.io/app",
        "gcr.io/shop-1/app",
      ];
      const nodes = ["aws", "aws", "azure", "google"] as const;
      const pulled = await Promise.all(
        Array.from({ length: 12 }, (_, at) => at % 4).map((at) =>
          node.pull({ image: images[at] ?? ECR, node: nodes[at] ?? "aws" }),
        ),
      );
      for (const at of [0, 1, 2, 3]) assertEqual(pulled.filter((_, run) => run % 4 === at));
      assert.equal(new Set(pulled.map(({ password }) => password)).size, 4);
      assert.deepEqual(
        [node.countCalls("ecr"), node.countCalls("acr"), node.countCalls("gce/token")],
        [2, 1, 1],
      );
      assert.equal(node.listFiles(".login").length, 4);
    }),
);

const strace = spawnSync("strace", ["-V"]).error === undefined;
test(
  "a login from the cache opens no socket and resolves no name",
  {
    skip: memoryUnavailable || (strace ? false : "strace is not installed"),
  },
  () =>
    CachedNode.use(async (node) => {
      const traced = async (file: string): Promise<string> => {
        const path = join(node.folder, file);
        await node.pull({ by: ["strace", "-f", "-o", path, "-e", "trace=%network,execve"] });
        return readFileSync(path, "utf8");
      };
      assert.match(await traced("cold"), /\bconnect\(/, "the trace shows connections");
      const hit = await traced("hit");
      assert.match(hit, /execve\(/);
      assert.doesNotMatch(hit, /\b(socket|connect|sendto|sendmsg)\(/);
    }),
);

interface LifetimeCase {
  readonly image: string;
  readonly cloud: "aws" | "azure" | "google";
  readonly life: number;
  /** Times since the fetch. */
  readonly ages: readonly number[];
}
const LIFETIMES: readonly LifetimeCase[] = [
  { image: ECR, cloud: "aws", life: 12 * HOUR, ages: [0, HOUR, 5 * HOUR] },
  { image: "myregistry.azurecr.io/app", cloud: "azure", life: 3 * HOUR, ages: [0, HOUR, 80 * MINUTE] },
  {
    image: "europe-docker.pkg.dev/p/r/app",
    cloud: "google",
    life: HOUR,
    ages: [0, 10 * MINUTE, 25 * MINUTE],
  },
];

describe("the cache duration of the kubelet ends before the login expires:", { concurrency: 3 }, () => {
  for (const { image, cloud, life, ages } of LIFETIMES)
    test(`${cloud}`, { skip: memoryUnavailable }, () =>
      CachedNode.use(async (node) => {
        await node.pull({ image, node: cloud });
        const requests = node.countRequests();
        let before = 0;
        for (const now of ages) {
          ageEntry(node.findLoginFile(), now - before);
          before = now;
          const { cacheDuration = Number.NaN } = await node.pull({ image, node: cloud });
          assert.ok(
            cacheDuration > MINUTE && cacheDuration < life - now,
            `${cacheDuration} of ${life - now} ms`,
          );
        }
        assert.equal(node.countRequests(), requests, "all but the first login were from the cache");
      }),
    );
});

const ROLES = {
  aws: {
    roles: { puller: POD_ROLE },
  },
} as const;

test(
  "a pod's login is cached until its token expires, and fetched again with the next token",
  {
    skip: memoryUnavailable,
  },
  () =>
    CachedNode.use(async (node) => {
      const annotations = { "eks.amazonaws.com/ecr-role-arn": node.cloud.roleArn("puller") };
      const pull = () =>
        node.pull({
          token: node.cloud.serviceAccountToken({ audience: "sts.amazonaws.com", life: 600 }),
          annotations,
        });
      const first = await pull();
      const name = node.listFiles(".login")[0] ?? "";
      const cached = openSealedStoreIn(node.cache).read(name);
      assert.ok(Number(cached?.["cachedUntil"]) <= Date.now() + 600 * SECOND);
      assert.ok(Number(cached?.["expiresAt"]) > Date.now() + 11 * HOUR, "the login itself lasts longer");
      assert.equal(
        (await pull()).password,
        first.password,
        "a renewed token of the same ServiceAccount gets the same login",
      );
      assert.equal(node.countCalls("sts"), 1);
      rewriteEntry(node.findLoginFile(), (content) => ({
        ...content,
        ...Object.fromEntries(
          ["fetchedAt", "fetchedAtMonotonic", "cachedUntil"].map((time) => [
            time,
            Number(content[time]) - 601 * SECOND,
          ]),
        ),
      }));
      assert.notEqual((await pull()).password, first.password);
      assert.equal(node.countCalls("sts"), 2);
    }, ROLES),
);
