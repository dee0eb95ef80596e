import type { Login, PreparedLogin } from "../core/login.ts";
import { HOUR, type Milliseconds } from "../core/time.ts";
import type { World } from "../core/world.ts";
import type { ProviderError } from "../errors/provider-error.ts";
import { bestEffort } from "./best-effort.ts";
import { type CacheScope, listCacheKeyParts } from "./cache-key.ts";
import {
  type CacheEntry,
  type EntryMetadata,
  encodeEntry,
  type Freshness,
  getFreshness,
  getRemainingLifetime,
  parseEntry,
  refreshJitter,
} from "./entry.ts";
import { entryFileName } from "./names.ts";
import { encodeNegativeEntry, type NegativeEntry, parseNegativeEntry } from "./negative-entry.ts";
import type { SealedStore } from "./sealed-store.ts";

/** So long a login is kept at most: those of ECR last no longer. */
const MAX_CACHE_TIME: Milliseconds = 12 * HOUR;

export interface FoundLogin {
  readonly login: Login;
  readonly state: Freshness;
  readonly remaining: Milliseconds;
  /** By the clock that nobody sets. */
  readonly fetchedAtMonotonic: Milliseconds;
}

/** The place of one login in the cache. Whatever is wrong with the cache, nothing is thrown: then nothing is there. */
export class CachedLogin {
  readonly sealedStore: SealedStore;
  readonly metadata: EntryMetadata;
  readonly #cachedUntil: Milliseconds;
  readonly #world: World;
  readonly cacheKey: string;

  constructor(vault: SealedStore, purpose: CacheScope, errand: PreparedLogin, world: World) {
    this.sealedStore = vault;
    this.#world = world;
    this.cacheKey = vault.hashKey(listCacheKeyParts(purpose, errand, world));
    this.metadata = { registry: purpose.host, identity: identityOf(errand, purpose.ruleName) };
    this.#cachedUntil = errand.pod?.expiresAt ?? Number.POSITIVE_INFINITY;
  }

  findLogin(): FoundLogin | undefined {
    const content = bestEffort(() => this.sealedStore.read(this.#file("login")), this.#world);
    const entry = content && parseEntry(content);
    if (entry === undefined) return undefined;
    const state = getFreshness(entry, refreshJitter(this.cacheKey), this.#world);
    if (state === "expired") return undefined;
    const { login, fetchedAtMonotonic } = entry;
    return { login, state, remaining: getRemainingLifetime(entry, this.#world), fetchedAtMonotonic };
  }

  countHit(): void {
    this.sealedStore.store.incrementCounter(this.#file("hits"));
  }

  /** Where nobody says when it ends, it is not kept. */
  storeLogin(login: Login): void {
    const { now, machine } = this.#world;
    const { expiresAt } = login;
    if (expiresAt === undefined || !(expiresAt > now())) return;
    const times = { fetchedAt: now(), fetchedAtMonotonic: machine.monotonicNow() };
    const cachedUntil = Math.min(expiresAt, this.#cachedUntil, times.fetchedAt + MAX_CACHE_TIME);
    const entry: CacheEntry = { login, metadata: this.metadata, ...times, cachedUntil };
    bestEffort(() => this.sealedStore.write(this.#file("login"), encodeEntry(entry)), this.#world);
    this.sealedStore.store.remove(this.#file("hits"));
  }

  deleteLogin(): void {
    this.sealedStore.store.remove(this.#file("login"));
  }

  findFailure(): NegativeEntry | undefined {
    const content = bestEffort(() => this.sealedStore.read(this.#file("failure")), this.#world);
    return content && parseNegativeEntry(content);
  }

  storeFailure(error: ProviderError): void {
    const failure = { error, failedAtMonotonic: this.#world.machine.monotonicNow(), metadata: this.metadata };
    bestEffort(
      () => this.sealedStore.write(this.#file("failure"), encodeNegativeEntry(failure)),
      this.#world,
    );
  }

  #file(kind: "login" | "failure" | "hits"): string {
    return entryFileName(this.cacheKey, kind);
  }
}

function identityOf({ pod }: PreparedLogin, ruleName: string | undefined): string {
  const who = pod === undefined ? "the node" : `ServiceAccount ${pod.namespace}/${pod.serviceAccount}`;
  return ruleName === undefined ? who : `${who} by ${ruleName}`;
}
