import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { HOUR, MINUTE } from "../../src/core/time.ts";
import type { CloudOptions, Fault } from "../cloud/cloud.ts";
import { execute } from "../kubelet/execute.ts";
import { CachedNode, ECR, type Pull, parseLogin } from "../support/cached-node.ts";
import { memoryUnavailable } from "../support/memory-folder.ts";
import { seeded } from "../support/random.ts";
import { ageEntry } from "../support/real-sealed-store.ts";
import { assertTidy } from "../support/tidy.ts";
import { POD_ROLE } from "../transcripts/answers.ts";

const RUNS = 1500;
const CONCURRENCY = 6;
const random = seeded(20261124);
const POD_COUNT = 20;
const FAULTY = 0.02 * CONCURRENCY;
const KILLED = 0.01;

const formatSubject = (number: number): string => `system:serviceaccount:shop:pod-${number}`;
const CLOUD: CloudOptions = {
  aws: {
    roles: {
      puller: {
        ...POD_ROLE,
        trustedTokens: {
          ...POD_ROLE.trustedTokens,
          subjects: Array.from({ length: POD_COUNT }, (_, number) => formatSubject(number)),
        },
      },
    },
  },
};

const FAULTS: readonly (readonly [where: string, fault: Fault])[] = [
  ["ecr", { kind: "status", status: 500 }],
  ["ecr", { kind: "status", status: 400 }],
  ["ecr", { kind: "html" }],
  ["sts", { kind: "reset" }],
  ["sts", { kind: "html" }],
  ["imds", { kind: "status", status: 503 }],
  ["acr", { kind: "truncated" }],
  ["azure-imds", { kind: "refuse" }],
];

interface Workload {
  /** The identity and registry. No other workload may get its login. */
  readonly name: string;
  readonly pull: Pull;
}

function listWorkloads({ cloud }: CachedNode): readonly Workload[] {
  const annotations = { "eks.amazonaws.com/ecr-role-arn": cloud.roleArn("puller") };
  const createToken = (number: number) =>
    cloud.serviceAccountToken({ audience: "sts.amazonaws.com", subject: formatSubject(number) });
  const pods = Array.from({ length: POD_COUNT }, (_, number): Workload[] => {
    const pull = { token: createToken(number), annotations };
    const east = { name: `pod ${number} in us-east-1`, pull: { ...pull, image: ECR } };
    const west = {
      name: `pod ${number} in eu-west-1`,
      pull: { ...pull, image: ECR.replace("us-east", "eu-west") },
    };
    return [east, west];
  });
  return [
    ...pods.flat(),
    { name: "the node in us-east-1", pull: { image: ECR } },
    { name: "the node in eu-west-1", pull: { image: ECR.replace("us-east", "eu-west") } },
    { name: "the node at ACR", pull: { image: "myregistry.azurecr.io/app", node: "azure" } },
    {
      name: "the node at Artifact Registry",
      pull: { image: "europe-docker.pkg.dev/p/r/app", node: "google" },
    },
  ];
}

const choose = <T>(all: readonly T[], fallback: T): T => all[Math.floor(random() * all.length)] ?? fallback;

class Soak {
  readonly #node: CachedNode;
  readonly #workloads: readonly Workload[];
  /** Password → the workload that got it first. */
  readonly #owners = new Map<string, string>();
  runs = 0;
  killed = 0;
  failed = 0;
  faults = 0;
  mostFiles = 0;

  constructor(node: CachedNode) {
    this.#node = node;
    this.#workloads = listWorkloads(node);
  }

  async batch(): Promise<void> {
    const { cloud } = this.#node;
    const [where, fault] = choose(FAULTS, ["ecr", { kind: "html" }]);
    const isFaulty = random() < FAULTY;
    if (isFaulty) cloud.fault(where, fault, 1);
    this.faults += Number(isFaulty);
    const some = Array.from({ length: 3 }, () => choose(this.#workloads, { name: "", pull: {} }));
    await Promise.all(
      Array.from({ length: CONCURRENCY }, () => this.#run(choose(some, { name: "", pull: {} }), isFaulty)),
    );
    cloud.clearFaults();
    this.mostFiles = Math.max(this.mostFiles, this.#node.listFiles().length);
    for (const name of this.#node.listFiles(".login"))
      if (random() < 0.05) ageEntry(this.#node.path(name), HOUR);
  }

  async #run({ name, pull }: Workload, mayFail: boolean): Promise<void> {
    this.runs += 1;
    const execution = this.#node.buildExecution(pull);
    const isDoomed = random() < KILLED;
    const run = await execute(isDoomed ? { ...execution, timeout: Math.floor(random() * 150) } : execution);
    if (run.signal !== null) {
      assert.ok(isDoomed, String(run.signal));
      this.killed += 1;
      return;
    }
    const line = run.stderr.toString();
    if (run.status !== 0) {
      assert.ok(mayFail, line);
      this.failed += 1;
      return;
    }
    const [username = "", password = ""] = parseLogin(run);
    const { status, detail } = await this.#node.cloud.login(pull.image ?? "", username, password);
    assert.equal(status, 200, `${name}: ${detail}`);
    assert.equal(this.#owners.get(password) ?? name, name, "the login of another workload");
    this.#owners.set(password, name);
    if (!mayFail) assert.equal(line, "");
  }

  get passwords(): readonly string[] {
    return [...this.#owners.keys()];
  }
}

test(
  `${RUNS} runs of the executable with faults and kills get no login of another workload`,
  {
    skip: memoryUnavailable,
    timeout: 10 * MINUTE,
  },
  (context) =>
    CachedNode.use(async (node) => {
      const soak = new Soak(node);
      const descriptors = () => readdirSync("/proc/self/fd").length;
      await soak.batch();
      const before = descriptors();
      while (soak.runs < RUNS) await soak.batch();
      context.diagnostic(
        `${soak.runs} runs: ${soak.killed} killed, ${soak.failed} failed of ${soak.faults} faults; ${soak.passwords.length} logins; at most ${soak.mostFiles} files; ${descriptors() - before} descriptors more`,
      );
      assert.ok(soak.killed > 0 && soak.faults > 0, "there were kills and faults");
      assert.ok(node.listFiles(".login").length <= 44, "one login for each workload");
      assert.ok(soak.mostFiles <= 2 * 44 + 30, `${soak.mostFiles} files`);
      const { password } = await node.pull();
      assertTidy(node, [...soak.passwords, password]);
    }, CLOUD),
);
