/** What `cache warm` says of each image, and that it fetches just what a run for the image would. */
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

/** A node with registries under `.example`, each of which answers in its own way. */
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
    return runCacheWarm(images, this.setting(), this.now());
  }

  /** The kubelet's run for the image. */
  pull(image: string): Promise<string> {
    const apiVersion = "credentialprovider.kubelet.k8s.io/v1";
    const stdin = Buffer.from(encodeRaw({ apiVersion, image, serviceAccountToken: "" }));
    return provide(stdin, this.setting(), this.now(), () => {});
  }

  now(): World {
    const { machine } = this.world;
    const monotonicNow = () => machine.monotonicNow() + this.later;
    return { ...this.world, now: () => this.world.now() + this.later, machine: { ...machine, monotonicNow } };
  }

  setting(): RunSetup {
    const find = (host: RegistryHost) => (host.name.endsWith(".example") ? this.#registry(host) : undefined);
    const readPolicy = async () => this.policy;
    return { find, loadCustomFamily: async () => undefined, options: {}, readPolicy };
  }

  #registry(host: RegistryHost): Registry {
    const answer = this.answers[host.name] ?? login();
    return {
      family: "ecr",
      host,
      coordinates: { partition: "x", endpoint: `https://${host.name}` },
      login: async ({ rule, pod }, world, logins) => {
        if (rule?.identity === "pod" && pod === undefined) throw new ProviderError("pod-token-missing");
        if (answer === "anonymous") return { kind: "anonymous", because: REFUSED, cacheFor: 0 };
        const given = { kind: "login", username: "u", password: new Secret(CANARY), cacheFor: HOUR } as const;
        if (answer === "static") return given;
        const found = await logins({
          identity: {},
          pod: undefined,
          files: [],
          fetch: () => this.#fetch(host.name, answer, world),
        });
        return { ...given, ...found };
      },
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

test("what was fetched ahead is what the kubelet's run is served, and no hit by itself", () =>
  onNode(async (node) => {
    const { status, stdout, stderr } = await node.warm("a.example/team/app:1");
    assert.deepEqual(
      [status, stdout, stderr],
      [0, "a.example  fetched  given out until 2026-11-22T23:58:00Z\n", ""],
    );
    assert.match(
      (await node.warm("a.example/other")).stdout,
      /^a\.example {2}already there {2}given out until/,
    );
    const hits = () => [...node.store.files].find(([name]) => name.endsWith(".hits"))?.[1];
    assert.equal(hits(), undefined);
    assert.match(await node.pull("a.example/team/app"), /"password":"canary-password"/);
    assert.deepEqual([node.fetched, hits()], [["a.example"], "."]);
  }));

test("images of one registry ask once, and so do two registries side by side", () =>
  onNode(async (node) => {
    const { stdout } = await node.warm("a.example/x", "b.example/x", "a.example/y", "a.example/z");
    assert.deepEqual(node.fetched, ["a.example", "b.example"]);
    assert.deepEqual(
      stdout.split("\n").map((line) => line.split(/ {2,}/).slice(0, 2).join(" ")),
      ["a.example fetched", "b.example fetched", "a.example already there", "a.example already there", ""],
    );
  }));

test("a refusal is asked for once, and told of each image", () =>
  onNode(async (node) => {
    node.answers["a.example"] = REFUSED;
    const { status, stdout, stderr } = await node.warm("a.example/x", "a.example/y", "b.example/x");
    assert.deepEqual([status, node.fetched], [1, ["a.example", "b.example"]]);
    assert.equal(stdout.match(/^a\.example {2}no login {2}.*\[code aws-access-denied\]$/gm)?.length, 2);
    assert.match(stdout, /^b\.example {2}fetched/m);
    assert.match(stderr, /^registry-credential-provider: of 3 images 2 could not be made ready/);
  }));

test("a login that is due is renewed", () =>
  onNode(async (node) => {
    await node.warm("a.example/x");
    node.later = 10 * HOUR;
    node.answers["a.example"] = login(24 * HOUR);
    assert.match((await node.warm("a.example/x")).stdout, / fetched {2}given out until 2026-11-23T09:58:00Z/);
    assert.equal(node.fetched.length, 2);
  }));

test("one that is due and cannot be renewed is a failure that says so", () =>
  onNode(async (node) => {
    await node.warm("a.example/x");
    node.later = 10 * HOUR;
    node.answers["a.example"] = PASSING;
    const { status, stdout } = await node.warm("a.example/x");
    assert.equal(status, 1);
    assert.match(
      stdout,
      /^a\.example {2}not renewed {2}given out until 2026-11-22T23:58:00Z: the service failed \(.*503\)\. Hint: .* \[code cloud-unavailable\]\n/,
    );
    assert.deepEqual(node.world.notes, []);
  }));

test("a login that ends within 2 min is given to no pull, and so not kept", () =>
  onNode(async (node) => {
    node.answers["a.example"] = login(MINUTE);
    const { status, stdout } = await node.warm("a.example/x");
    assert.deepEqual(
      [status, stdout],
      [1, "a.example  not kept  it ends within 2 min: no pull is given it\n"],
    );
  }));

const SAYS: readonly (readonly [image: string, answer: Answer | undefined, status: number, says: RegExp])[] =
  [
    ["a.example/x", "anonymous", 0, /^a\.example {2}anonymous {2}it is pulled without a login$/],
    ["a.example/x", "static", 0, /^a\.example {2}not kept {2}a static login is read for each pull$/],
    ["a.example/x", login(0, Number.NaN), 1, /^a\.example {2}not kept {2}it is over, or was dropped/],
    ["docker.io/library/nginx", undefined, 1, /^docker\.io {2}nobody's {2}.*: it is pulled without a login$/],
    ["nginx", undefined, 1, /^nginx {2}nobody's/],
    ["user@a.example/x", undefined, 1, /^"user@a\.example\/x" {2}nobody's/],
    ["a.example./x", undefined, 1, /^"a\.example\.\/x" {2}nobody's/],
    ["https://a.example/x", undefined, 1, /^"https:\/\/a\.example\/x" {2}nobody's {2}.*leave out .*:\/\/$/],
    ["", undefined, 1, /^"" {2}nobody's {2}the image is empty$/],
  ];
for (const [image, answer, status, says] of SAYS)
  test(`warm ends with ${status} and says ${says.source} of "${image}"`, () =>
    onNode(async (node) => {
      if (answer !== undefined) node.answers["a.example"] = answer;
      const ending = await node.warm(image);
      assert.match(ending.stdout.trimEnd(), says);
      assert.equal(ending.status, status);
    }));

test("a login of which nobody says when it ends is not kept, and that is no failure", () =>
  onNode(async (node) => {
    node.answers["a.example"] = { ...login(), expiresAt: undefined };
    const { status, stdout } = await node.warm("a.example/x");
    assert.deepEqual([status, stdout], [0, "a.example  not kept  nobody says when it ends\n"]);
  }));

for (const image of ["a.example/x\nb.example/x", "a.example/\u202ex", "\u001b[31m", "a.example/ x", ""])
  test(`the hostile image ${JSON.stringify(image)} is one plain line`, () =>
    onNode(async (node) => {
      const { status, stdout } = await node.warm(image);
      assert.match(stdout, /^[\x20-\x7e]+\n$/);
      assert.deepEqual([status, node.fetched], [1, []]);
    }));

test("a rule that wants a pod's token cannot be met ahead", () =>
  onNode(async (node) => {
    node.policy = policyWith([{ match: ["a.example"], identity: "pod" }]);
    const { status, stdout } = await node.warm("a.example/x");
    assert.equal(status, 1);
    assert.equal(
      stdout,
      "a.example  no login  rules[0] wants a pod's token, which only a pull has [code pod-token-missing]\n",
    );
  }));

test("what hangs is given up in time, and the others are told of", () =>
  onNode(async (node) => {
    node.answers["a.example"] = "hangs";
    const { status, stdout } = await node.warm("a.example/x", "b.example/x");
    assert.equal(status, 1);
    assert.match(
      stdout,
      /^a\.example {2}no login {2}.*\[code deadline-exceeded-exceeded\]\nb\.example {2}fetched/,
    );
  }));

test("where nothing can be written, nothing is ready", () =>
  onNode(async (node) => {
    await node.warm("b.example/x");
    node.store.isFull = true;
    const { status, stdout } = await node.warm("a.example/x");
    assert.equal(status, 1);
    assert.match(stdout, /^a\.example {2}not kept {2}.*the cache is not used: full/);
    assert.deepEqual(node.world.notes, []);
  }));

for (const [env, says] of [
  [{ REGISTRY_CREDENTIAL_PROVIDER_CACHE: "off" }, /: it is off by REGISTRY_CREDENTIAL_PROVIDER_CACHE$/],
  [{}, /: no folder is named for it$/],
] as const)
  test(`without a cache there is nothing to warm ${says.source}`, () =>
    onNode(async (node) => {
      const error = await failure(node.warm("a.example/x"));
      assert.deepEqual([error.code, error.stage, node.fetched], ["cache-disabled", "cache", []]);
      assert.match(error.message, says);
    }, env));

test("nothing that is said holds a secret", () =>
  onNode(async (node) => {
    node.answers["b.example"] = "static";
    node.answers["c.example"] = REFUSED;
    const { stdout, stderr } = await node.warm("a.example/x", "b.example/x", "c.example/x");
    assert.doesNotMatch(`${stdout}${stderr}${node.world.notes.join()}`, new RegExp(CANARY));
  }));
