import { lutimesSync } from "node:fs";
import { join } from "node:path";
import { NO_POLICY } from "../../src/config/policy.ts";
import type { RegistryHost } from "../../src/core/image-reference.ts";
import { Secret } from "../../src/core/secret.ts";
import { HOUR, type Milliseconds, SECOND } from "../../src/core/time.ts";
import type { CacheStore, World } from "../../src/core/world.ts";
import { type ErrorCode, ensureProviderError, ProviderError } from "../../src/errors/provider-error.ts";
import { provide } from "../../src/provide.ts";
import { ecrCacheDuration } from "../../src/registries/ecr-login.ts";
import type { Registry } from "../../src/registries/registry.ts";
import { openStore } from "../../src/system/cache-store.ts";
import { type DecodedResponse, decodeResponse } from "../kubelet/decode-response.ts";
import { encodeRequest } from "../kubelet/encode-request.ts";
import { API_VERSION } from "../support/cached-node.ts";
import { tokenSaying } from "../support/token.ts";
import type { FakeWorld } from "../support/world.ts";

/** A ServiceAccount; undefined for the node. */
export type Identity = string | undefined;

export type RunResult = "killed" | { readonly code: ErrorCode } | { readonly answer: DecodedResponse };

/** A login that the cloud issued. */
interface IssuedLogin {
  readonly identity: Identity;
  readonly host: string;
  /** The expiry by the correct clock. */
  readonly end: Milliseconds;
}

const REQUEST = { request: "POST https://cloud.example/" };
const FAULTS = [
  new ProviderError("cloud-unavailable", { ...REQUEST, status: 503 }),
  new ProviderError("throttled", { ...REQUEST, status: 400 }),
  new ProviderError("response-timeout", REQUEST),
  new ProviderError("aws-access-denied", { ...REQUEST, status: 403 }),
];
/** Probabilities of a fault and a kill during a fetch. */
const FAULTY = 0.1;
const KILLED = 0.05;

/** A node in this process: runs of `provide()` with the real cache store, with processes that are killed and a clock that is set. */
export class SimulatedNode {
  readonly issued = new Map<string, IssuedLogin>();
  readonly #base: FakeWorld;
  readonly #folder: string;
  readonly #random: () => number;
  readonly #running = new Set<string>();
  /** The error of the wall clock. */
  clockError: Milliseconds = 0;
  #passed: Milliseconds = 0;
  runs = 0;
  kills = 0;
  faults = 0;

  /** @param base its clock is correct and starts at the real time, which the file system uses */
  constructor(base: FakeWorld, folder: string, random: () => number) {
    this.#base = base;
    this.#folder = folder;
    this.#random = random;
  }

  trueNow(): Milliseconds {
    return this.#base.now() + this.#passed;
  }

  pass(time: Milliseconds): void {
    this.#passed += time;
  }

  async run(identity: Identity, host: string): Promise<RunResult> {
    this.runs += 1;
    const self = `${this.runs} 1`;
    this.#running.add(self);
    const killed = Promise.withResolvers<"killed">();
    const world = this.#process(self);
    const find = (found: RegistryHost) => this.#registry(found, identity, () => killed.resolve("killed"));
    const setting = {
      registries: { find, loadCustomFamily: async () => undefined },
      options: {},
      readPolicy: async () => NO_POLICY,
    };
    const finished = provide(this.#request(identity, host), setting, world, () => {}).then(
      (text): RunResult => ({ answer: decodeResponse(text, { apiVersion: API_VERSION }) }),
      (thrown): RunResult => ({ code: ensureProviderError(thrown).code }),
    );
    const result = await Promise.race([finished, killed.promise]);
    this.#running.delete(self);
    return result;
  }

  #request(identity: Identity, host: string): Uint8Array {
    const exp = Math.floor(this.trueNow() / SECOND) + 3600;
    const [namespace, name] = (identity ?? "").split("/");
    const bound = { serviceaccount: { uid: `uid of ${identity}` } };
    const claims = {
      sub: `system:serviceaccount:${namespace}:${name}`,
      aud: "x",
      exp,
      "kubernetes.io": bound,
    };
    const token =
      identity === undefined ? {} : { serviceAccountToken: tokenSaying(JSON.stringify(claims)).expose() };
    return Buffer.from(encodeRequest({ apiVersion: API_VERSION, image: `${host}/app`, ...token }));
  }

  #process(self: string): World {
    const base = this.#base;
    const began = base.elapsed();
    return {
      ...base,
      env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: this.#folder },
      now: () => this.trueNow() + this.clockError,
      elapsed: () => base.elapsed() - began,
      random: this.#random,
      openStore: (directory) => this.#withNodeClock(directory, openStore(directory, process.getuid?.())),
      machine: {
        ...base.machine,
        monotonicNow: () => base.machine.monotonicNow() + this.#passed,
        processIdentity: () => self,
        isRunning: (processIdentity) => this.#running.has(processIdentity),
      },
    };
  }

  /** Sets the times of written files by the node's wall clock. */
  #withNodeClock(directory: string, store: CacheStore): CacheStore {
    const date = <T>(name: string, result: T): T => {
      const now = (this.trueNow() + this.clockError) / SECOND;
      lutimesSync(join(directory, name), now, now);
      return result;
    };
    return {
      ...store,
      write: (name, text) => date(name, store.write(name, text)),
      createExclusive: (name, text) => store.createExclusive(name, text) && date(name, true),
      incrementCounter: (name) => date(name, store.incrementCounter(name)),
    };
  }

  #registry(host: RegistryHost, identity: Identity, kill: () => void): Registry {
    const coordinates = { partition: "x", endpoint: `https://${host.name}` };
    return {
      family: "ecr",
      section: "aws",
      host,
      coordinates,
      prepareLogin: ({ pod }) => ({
        identity: { pod },
        files: [],
        isCacheable: true,
        fetch: (world) => this.#fetch(identity, host.name, kill, world),
      }),
      cacheDuration: ecrCacheDuration,
    };
  }

  async #fetch(identity: Identity, host: string, kill: () => void, world: World) {
    await world.sleep(50 + 200 * this.#random());
    const chance = this.#random();
    if (chance < KILLED) {
      this.kills += 1;
      this.#running.delete(world.machine.processIdentity());
      kill();
      await new Promise<never>(() => {});
    }
    const fault = FAULTS[Math.floor(this.#random() * FAULTS.length)];
    if (chance < KILLED + FAULTY && fault !== undefined) {
      this.faults += 1;
      throw fault;
    }
    const password = `password-${this.issued.size}`;
    const end = this.trueNow() + 12 * HOUR;
    this.issued.set(password, { identity, host, end });
    return { username: "AWS", password: new Secret(password), expiresAt: end };
  }
}
