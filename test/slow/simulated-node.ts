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

/** A ServiceAccount; undefined: the node itself. */
export type Who = string | undefined;

export type Ending = "killed" | { readonly code: ErrorCode } | { readonly answer: DecodedResponse };

/** A login of the fake cloud, with the identity that received it. */
interface Given {
  readonly who: Who;
  readonly host: string;
  /** The time of the true clock. */
  readonly end: Milliseconds;
}

const ASKED = { request: "POST https://cloud.example/" };
const FAULTS = [
  new ProviderError("cloud-unavailable", { ...ASKED, status: 503 }),
  new ProviderError("throttled", { ...ASKED, status: 400 }),
  new ProviderError("response-timeout", ASKED),
  new ProviderError("aws-access-denied", { ...ASKED, status: 403 }),
];
/** The share of fetches that fail. */
const FAULTY = 0.1;
const KILLED = 0.05;

/** A node in this process: runs with the real store on a machine whose processes are killed and whose clock changes. */
export class SimulatedNode {
  readonly given = new Map<string, Given>();
  readonly #base: FakeWorld;
  readonly #folder: string;
  readonly #random: () => number;
  readonly #running = new Set<string>();
  /** The error of the wall clock. */
  wrongBy: Milliseconds = 0;
  #passed: Milliseconds = 0;
  runs = 0;
  kills = 0;
  faults = 0;

  /** @param base the World with the true clock, which starts at the real time because files get their timestamps from it */
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

  async run(who: Who, host: string): Promise<Ending> {
    this.runs += 1;
    const self = `${this.runs} 1`;
    this.#running.add(self);
    const killed = Promise.withResolvers<"killed">();
    const world = this.#process(self);
    const find = (found: RegistryHost) => this.#registry(found, who, () => killed.resolve("killed"));
    const setting = {
      registries: { find, loadCustomFamily: async () => undefined },
      options: {},
      readPolicy: async () => NO_POLICY,
    };
    const ended = provide(this.#request(who, host), setting, world, () => {}).then(
      (text): Ending => ({ answer: decodeResponse(text, { apiVersion: API_VERSION }) }),
      (thrown): Ending => ({ code: ensureProviderError(thrown).code }),
    );
    const ending = await Promise.race([ended, killed.promise]);
    this.#running.delete(self);
    return ending;
  }

  #request(who: Who, host: string): Uint8Array {
    const exp = Math.floor(this.trueNow() / SECOND) + 3600;
    const [namespace, name] = (who ?? "").split("/");
    const bound = { serviceaccount: { uid: `uid of ${who}` } };
    const claims = {
      sub: `system:serviceaccount:${namespace}:${name}`,
      aud: "x",
      exp,
      "kubernetes.io": bound,
    };
    const token =
      who === undefined ? {} : { serviceAccountToken: tokenSaying(JSON.stringify(claims)).expose() };
    return Buffer.from(encodeRequest({ apiVersion: API_VERSION, image: `${host}/app`, ...token }));
  }

  #process(self: string): World {
    const base = this.#base;
    const began = base.elapsed();
    return {
      ...base,
      env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: this.#folder },
      now: () => this.trueNow() + this.wrongBy,
      elapsed: () => base.elapsed() - began,
      random: this.#random,
      openStore: (directory) => this.#dated(directory, openStore(directory, process.getuid?.())),
      machine: {
        ...base.machine,
        monotonicNow: () => base.machine.monotonicNow() + this.#passed,
        processIdentity: () => self,
        isRunning: (told) => this.#running.has(told),
      },
    };
  }

  /** Files get the time of the node's clock. */
  #dated(directory: string, store: CacheStore): CacheStore {
    const date = <T>(name: string, result: T): T => {
      const now = (this.trueNow() + this.wrongBy) / SECOND;
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

  #registry(host: RegistryHost, who: Who, kill: () => void): Registry {
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
        fetch: (world) => this.#fetch(who, host.name, kill, world),
      }),
      cacheDuration: ecrCacheDuration,
    };
  }

  async #fetch(who: Who, host: string, kill: () => void, world: World) {
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
    const password = `password-${this.given.size}`;
    const end = this.trueNow() + 12 * HOUR;
    this.given.set(password, { who, host, end });
    return { username: "AWS", password: new Secret(password), expiresAt: end };
  }
}
