import assert from "node:assert/strict";
import { createLoginCache } from "../../src/cache/login-cache.ts";
import { sealedStoreFor } from "../../src/cache/sealed-store.ts";
import type { Login, PreparedLogin } from "../../src/core/login.ts";
import { Secret } from "../../src/core/secret.ts";
import { HOUR, type Milliseconds } from "../../src/core/time.ts";
import type { World } from "../../src/core/world.ts";
import { ProviderError } from "../../src/errors/provider-error.ts";
import { MemoryStore } from "./memory-store.ts";
import { type FakeWorld, inWorld, NOW } from "./world.ts";

type Pod = PreparedLogin["identity"]["pod"];

const SCOPE = {
  version: "1",
  family: "ecr",
  host: "a.example",
  endpoint: "https://a.example",
  rule: undefined,
  ruleName: undefined,
};
export const REFUSED = new ProviderError("aws-access-denied", {
  request: "POST https://a.example/",
  status: 400,
});
export const TEMPORARY = new ProviderError("cloud-unavailable", {
  request: "POST https://a.example/",
  status: 503,
});
export const LOCAL_FAILURE = new ProviderError("file-unreadable", { detail: "/etc/kubernetes/azure.json" });

/** A node in virtual time. Its runs share a cache and a fake cloud. */
export class VirtualNode {
  readonly store: MemoryStore;
  readonly #world: FakeWorld;
  /** Shifts both clocks. */
  later: Milliseconds = 0;
  /** Shifts only the wall clock. */
  wallClockShift: Milliseconds = 0;
  #runs = 0;
  fetches = 0;
  /** The cloud's response to each fetch; the last one repeats. */
  answers: readonly (Login | ProviderError)[] = [];
  takes: Milliseconds = 100;

  constructor(world: FakeWorld, store: MemoryStore) {
    this.#world = world;
    this.store = store;
  }

  get notes(): readonly string[] {
    return this.#world.notes;
  }

  wait(time: Milliseconds): Promise<void> {
    return this.#world.sleep(time);
  }

  now(): Milliseconds {
    return this.#world.now() + this.later + this.wallClockShift;
  }

  /** The monotonic clock. */
  monotonicNow(): Milliseconds {
    return this.#world.machine.monotonicNow() + this.later;
  }

  login(password: string, life = 12 * HOUR): Login {
    return { username: "AWS", password: new Secret(password), expiresAt: this.now() + life };
  }

  /** Returns or throws the result of one run. */
  run({ identity = {}, pod }: { identity?: object; pod?: Pod } = {}): Promise<Login> {
    const world = this.#process();
    const prepared: PreparedLogin = {
      identity: { pod, ...identity },
      files: [],
      isCacheable: true,
      fetch: () => this.#fetch(world),
    };
    return createLoginCache(() => sealedStoreFor("/run/x", world), SCOPE, world).getOrFetch(prepared);
  }

  #process(): World {
    this.#runs += 1;
    const self = `${this.#runs} 1`;
    const monotonicNow = () => this.monotonicNow();
    const own = { ...this.#world.machine, processIdentity: () => self, isRunning: () => true, monotonicNow };
    return { ...this.#world, now: () => this.now(), machine: own };
  }

  async #fetch(world: World): Promise<Login> {
    const answer = this.answers[Math.min(this.fetches, this.answers.length - 1)];
    this.fetches += 1;
    await world.sleep(this.takes);
    if (answer instanceof ProviderError) throw answer;
    assert.ok(answer);
    return answer;
  }
}

export function onNode(use: (node: VirtualNode) => Promise<void>): Promise<void> {
  let now = () => NOW;
  const store = new MemoryStore(() => now());
  return inWorld({ store }, async (world) => {
    const node = new VirtualNode(world, store);
    now = () => node.now();
    await use(node);
  });
}

export const passwordOf = ({ password }: Login): string => password.expose();
