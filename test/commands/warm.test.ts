/** The results of `cache warm`, and that it fetches what a pull of the image would. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runCacheWarm } from "../../src/cli/cache-warm.ts";
import { NO_POLICY, type Policy } from "../../src/config/policy.ts";
import type { RegistryHost } from "../../src/core/image-reference.ts";
import type { Login } from "../../src/core/login.ts";
import { Secret } from "../../src/core/secret.ts";
import { HOUR, MINUTE, type Milliseconds } from "../../src/core/time.ts";
import type { World } from "../../src/core/world.ts";
import { ProviderError } from "../../src/errors/provider-error.ts";
import { provide, type RunSetup } from "../../src/provide.ts";
import type { Registry } from "../../src/registries/registry.ts";
import { encodeRaw } from "../kubelet/encode-request.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { policyWith } from "../support/policy.ts";
import { type FakeWorld, failure, inWorld, NOW } from "../support/world.ts";

const ON = { REGISTRY_CREDENTIAL_PROVIDER_CACHE: "/run/x" };
const REFUSED = new ProviderError("aws-access-denied", { request: "POST https://a.example/", status: 400 });
const PASSING = new ProviderError("cloud-unavailable", { request: "POST https://a.example/", status: 503 });
const CANARY = "canary-password";

type Answer = Login | ProviderError | "anonymous" | "static" | "hangs";

/** A node with registries under `.example`, each with a result of its own. */
class Node {
  readonly world: FakeWorld;
  readonly store: MemoryStore;
  readonly fetched: string[] = [];
  readonly answers: Record<string, Answer> = {};
  policy: Policy = NO_POLICY;
  later: Milliseconds = 0;

  constructor(world: FakeWorld, store: MemoryStore) {
    this.world = world;
    this.store = store;
  }

  warm(...images: readonly string[]) {
    return runCacheWarm(images, this.setup(), this.now());
  }

  /** A run as the kubelet starts it. */
  pull(image: string): Promise<string> {
    const apiVersion = "credentialprovider.kubelet.k8s.io/v1";
    const stdin = Buffer.from(encodeRaw({ apiVersion, image, serviceAccountToken: "" }));
    return provide(stdin, this.setup(), this.now(), () => {});
  }

  now(): World {
    const { machine } = this.world;
    const monotonicNow = () => machine.monotonicNow() + this.later;
    return { ...this.world, now: () => this.world.now() + this.later, machine: { ...machine, monotonicNow } };
  }

  setup(): RunSetup {
    const find = (host: RegistryHost) => (host.name.endsWith(".example") ? this.#registry(host) : undefined);
    const readPolicy = async () => this.policy;
    return { registries: { find, loadCustomFamily: async () => undefined }, options: {}, readPolicy };
  }

  #registry(host: RegistryHost): Registry {
    const answer = this.answers[host.name] ?? login();
    return {
      family: "ecr",
      host,
      coordinates: { partition: "x", endpoint: `https://${host.name}` },
      section: "aws",
      prepareLogin: ({ rule, pod }) => {
        if (rule?.identity === "pod" && pod === undefined) throw new ProviderError("pod-token-missing");
        if (answer === "anonymous") throw REFUSED;
        return {
          identity: { pod: undefined },
          files: [],
          isCacheable: answer !== "static",
          fetch: async (world) => (answer === "static" ? login() : this.#fetch(host.name, answer, world)),
        };
      },
      cacheDuration: () => HOUR,
      ...(answer === "anonymous"
        ? { anonymousFallback: { errorCodes: new Set([REFUSED.code]), cacheDuration: 0 } }
        : {}),
    };
  }

  async #fetch(host: string, answer: Answer, world: World): Promise<Login> {
    this.fetched.push(host);
    await world.sleep(answer === "hangs" ? 10 * MINUTE : 100);
    if (answer instanceof ProviderError) throw answer;
    return typeof answer === "object" ? answer : login();
  }
}

function login(life = 12 * HOUR, expiresAt: Milliseconds | undefined = NOW + life): Login {
  return { username: "u", password: new Secret(CANARY), expiresAt };
}

function onNode(use: (node: Node) => Promise<void>, env: Readonly<Record<string, string>> = ON) {
  const store = new MemoryStore(() => NOW);
  return inWorld({ store, env }, (world) => use(new Node(world, store)));
}

test("a pull is served the warmed login, and warming counts no hit", () =>
  onNode(async (node) => {
    const { status, stdout, stderr } = await node.warm("a.example/team/app:1");
    assert.deepEqual(
      [status, stdout, stderr],
      [0, "a.example  fetched  served until 2026-11-22T23:58:00Z\n", ""],
    );
    assert.match(
      (await node.warm("a.example/other")).stdout,
      /^a\.example {2}already cached {2}served until/,
    );
    const hits = () => [...node.store.files].find(([name]) => name.endsWith(".hits"))?.[1];
    assert.equal(hits(), undefined);
    assert.match(await node.pull("a.example/team/app"), /"password":"canary-password"/);
    assert.deepEqual([node.fetched, hits()], [["a.example"], "."]);
  }));

test("images of one registry cause one fetch, and registries are warmed in parallel", () =>
  onNode(async (node) => {
    const { stdout } = await node.warm("a.example/x", "b.example/x", "a.example/y", "a.example/z");
    assert.deepEqual(node.fetched, ["a.example", "b.example"]);
    assert.deepEqual(
      stdout.split("\n").map((line) => line.split(/ {2,}/).slice(0, 2).join(" ")),
      ["a.example fetched", "b.example fetched", "a.example already cached", "a.example already cached", ""],
    );
  }));

test("a refusal is requested once and reported for each image", () =>
  onNode(async (node) => {
    node.answers["a.example"] = REFUSED;
    const { status, stdout, stderr } = await node.warm("a.example/x", "a.example/y", "b.example/x");
    assert.deepEqual([status, node.fetched], [1, ["a.example", "b.example"]]);
    assert.equal(stdout.match(/^a\.example {2}no login {2}.*\[code aws-access-denied\]$/gm)?.length, 2);
    assert.match(stdout, /^b\.example {2}fetched/m);
    assert.match(stderr, /^registry-credential-provider: cache warm failed for 2 of 3 images/);
  }));

test("refreshes a stale login", () =>
  onNode(async (node) => {
    await node.warm("a.example/x");
    node.later = 10 * HOUR;
    node.answers["a.example"] = login(24 * HOUR);
    assert.match((await node.warm("a.example/x")).stdout, / fetched {2}served until 2026-11-23T09:58:00Z/);
    assert.equal(node.fetched.length, 2);
  }));

test("fails for a stale login that cannot be refreshed, with the reason", () =>
  onNode(async (node) => {
    await node.warm("a.example/x");
    node.later = 10 * HOUR;
    node.answers["a.example"] = PASSING;
    const { status, stdout } = await node.warm("a.example/x");
    assert.equal(status, 1);
    assert.match(
      stdout,
      /^a\.example {2}not refreshed {2}served until 2026-11-22T23:58:00Z: the service is unavailable \(.*503\)\. Hint: .* \[code cloud-unavailable\]\n/,
    );
    assert.deepEqual(node.world.notes, []);
  }));

test("fails for a login that expires within 2 min", () =>
  onNode(async (node) => {
    node.answers["a.example"] = login(MINUTE);
    const { status, stdout } = await node.warm("a.example/x");
    assert.deepEqual(
      [status, stdout],
      [1, "a.example  not cached  it expires within 2 min, too soon to start a pull\n"],
    );
  }));

const RESULTS: readonly (readonly [
  image: string,
  answer: Answer | undefined,
  status: number,
  says: RegExp,
])[] = [
  ["a.example/x", "anonymous", 0, /^a\.example {2}anonymous {2}pulled without a login$/],
  ["a.example/x", "static", 0, /^a\.example {2}not cached {2}a static login is read for each pull$/],
  [
    "a.example/x",
    login(0, Number.NaN),
    1,
    /^a\.example {2}not cached {2}it has expired, or the cache was cleared/,
  ],
  ["docker.io/library/nginx", undefined, 1, /^docker\.io {2}unsupported {2}.*: pulled without a login$/],
  ["nginx", undefined, 1, /^nginx {2}unsupported/],
  ["user@a.example/x", undefined, 1, /^"user@a\.example\/x" {2}unsupported/],
  ["a.example./x", undefined, 1, /^"a\.example\.\/x" {2}unsupported/],
  [
    "https://a.example/x",
    undefined,
    1,
    /^"https:\/\/a\.example\/x" {2}unsupported {2}.*remove everything up to :\/\/$/,
  ],
  ["", undefined, 1, /^"" {2}unsupported {2}the image is empty$/],
];
for (const [image, answer, status, says] of RESULTS)
  test(`exits with ${status} and prints ${says.source} for "${image}"`, () =>
    onNode(async (node) => {
      if (answer !== undefined) node.answers["a.example"] = answer;
      const result = await node.warm(image);
      assert.match(result.stdout.trimEnd(), says);
      assert.equal(result.status, status);
    }));

test("a login without a known expiry is not cached, which is no failure", () =>
  onNode(async (node) => {
    node.answers["a.example"] = { ...login(), expiresAt: undefined };
    const { status, stdout } = await node.warm("a.example/x");
    assert.deepEqual([status, stdout], [0, "a.example  not cached  its expiry is unknown\n"]);
  }));

for (const image of ["a.example/x\nb.example/x", "a.example/\u202ex", "\u001b[31m", "a.example/ x", ""])
  test(`prints the malformed image ${JSON.stringify(image)} on one line of printable ASCII`, () =>
    onNode(async (node) => {
      const { status, stdout } = await node.warm(image);
      assert.match(stdout, /^[\x20-\x7e]+\n$/);
      assert.deepEqual([status, node.fetched], [1, []]);
    }));

test("fails for a rule that requires a pod's token", () =>
  onNode(async (node) => {
    node.policy = policyWith([{ match: ["a.example"], identity: "pod" }]);
    const { status, stdout } = await node.warm("a.example/x");
    assert.equal(status, 1);
    assert.equal(
      stdout,
      "a.example  no login  rules[0] requires a pod's token, which only a pull has [code pod-token-missing]\n",
    );
  }));

test("a fetch that hangs fails before the deadline, and other images succeed", () =>
  onNode(async (node) => {
    node.answers["a.example"] = "hangs";
    const { status, stdout } = await node.warm("a.example/x", "b.example/x");
    assert.equal(status, 1);
    assert.match(stdout, /^a\.example {2}no login {2}.*\[code deadline-exceeded\]\nb\.example {2}fetched/);
  }));

test("fails if the cache cannot be written", () =>
  onNode(async (node) => {
    await node.warm("b.example/x");
    node.store.isFull = true;
    const { status, stdout } = await node.warm("a.example/x");
    assert.equal(status, 1);
    assert.match(stdout, /^a\.example {2}not cached {2}.*the cache is not used: full/);
    assert.deepEqual(node.world.notes, []);
  }));

for (const [env, says] of [
  [{ REGISTRY_CREDENTIAL_PROVIDER_CACHE: "off" }, /: turned off by REGISTRY_CREDENTIAL_PROVIDER_CACHE$/],
  [{}, /: no directory is configured$/],
] as const)
  test(`fails without a cache ${says.source}`, () =>
    onNode(async (node) => {
      const error = await failure(node.warm("a.example/x"));
      assert.deepEqual([error.code, error.stage, node.fetched], ["cache-disabled", "cache", []]);
      assert.match(error.message, says);
    }, env));

test("no output contains a secret", () =>
  onNode(async (node) => {
    node.answers["b.example"] = "static";
    node.answers["c.example"] = REFUSED;
    const { stdout, stderr } = await node.warm("a.example/x", "b.example/x", "c.example/x");
    assert.doesNotMatch(`${stdout}${stderr}${node.world.notes.join()}`, new RegExp(CANARY));
  }));
