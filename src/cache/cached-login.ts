import type { Login, PreparedLogin } from "../core/login.ts";
import { HOUR, type Milliseconds } from "../core/time.ts";
import type { World } from "../core/world.ts";
import type { ProviderError } from "../errors/provider-error.ts";
import { formatServiceAccount } from "../identities/pod.ts";
import { bestEffort } from "./best-effort.ts";
import { type CacheScope, listCacheKeyParts } from "./cache-key.ts";
import { type CacheEntry, type EntryMetadata, encodeEntry, parseEntry } from "./entry.ts";
import { entryFileName } from "./file-names.ts";
import { type Freshness, getFreshness, getRemainingLifetime, refreshJitter } from "./freshness.ts";
import { encodeNegativeEntry, type NegativeEntry, parseNegativeEntry } from "./negative-entry.ts";
import type { SealedStore } from "./sealed-store.ts";

/** The maximum time that a login is cached, which is the lifetime of an ECR login. */
const MAX_CACHE_TIME: Milliseconds = 12 * HOUR;

export interface FoundLogin {
  readonly login: Login;
  readonly state: Freshness;
  readonly remaining: Milliseconds;
  readonly fetchedAtMonotonic: Milliseconds;
}

/**
 * The files of one login in the cache: the login, its hits and its last failure, each of which may be absent. If the cache is unusable,
 * the methods that read return undefined, and the others do nothing.
 */
export class CachedLogin {
  readonly sealedStore: SealedStore;
  readonly metadata: EntryMetadata;
  readonly #tokenExpiresAt: Milliseconds;
  readonly #world: World;
  readonly cacheKey: string;

  constructor(sealedStore: SealedStore, scope: CacheScope, prepared: PreparedLogin, world: World) {
    this.sealedStore = sealedStore;
    this.#world = world;
    this.cacheKey = sealedStore.hashKey(listCacheKeyParts(scope, prepared, world));
    this.metadata = { registry: scope.host, identity: describeIdentity(prepared, scope.ruleName) };
    this.#tokenExpiresAt = prepared.identity.pod?.expiresAt ?? Number.POSITIVE_INFINITY;
  }

  findLogin(): FoundLogin | undefined {
    const content = bestEffort(() => this.sealedStore.read(this.#fileName("login")), this.#world);
    const entry = content && parseEntry(content);
    if (entry === undefined) return undefined;
    const state = getFreshness(entry, refreshJitter(this.cacheKey), this.#world);
    if (state === "expired") return undefined;
    const { login, fetchedAtMonotonic } = entry;
    return { login, state, remaining: getRemainingLifetime(entry, this.#world), fetchedAtMonotonic };
  }

  countHit(): void {
    this.sealedStore.store.incrementCounter(this.#fileName("hits"));
  }

  /** Stores nothing if the login's expiry is unknown. */
  storeLogin(login: Login): void {
    const { now, machine } = this.#world;
    const { expiresAt } = login;
    if (expiresAt === undefined || !(expiresAt > now())) return;
    const times = { fetchedAt: now(), fetchedAtMonotonic: machine.monotonicNow() };
    const cachedUntil = Math.min(expiresAt, this.#tokenExpiresAt, times.fetchedAt + MAX_CACHE_TIME);
    const entry: CacheEntry = { login, metadata: this.metadata, ...times, cachedUntil };
    bestEffort(() => this.sealedStore.write(this.#fileName("login"), encodeEntry(entry)), this.#world);
    this.sealedStore.store.remove(this.#fileName("hits"));
  }

  deleteLogin(): void {
    this.sealedStore.store.remove(this.#fileName("login"));
  }

  findFailure(): NegativeEntry | undefined {
    const content = bestEffort(() => this.sealedStore.read(this.#fileName("failure")), this.#world);
    return content && parseNegativeEntry(content);
  }

  storeFailure(error: ProviderError): void {
    const failure = { error, failedAtMonotonic: this.#world.machine.monotonicNow(), metadata: this.metadata };
    bestEffort(
      () => this.sealedStore.write(this.#fileName("failure"), encodeNegativeEntry(failure)),
      this.#world,
    );
  }

  #fileName(kind: "login" | "failure" | "hits"): string {
    return entryFileName(this.cacheKey, kind);
  }
}

function describeIdentity({ identity: { pod } }: PreparedLogin, ruleName: string | undefined): string {
  const identity = pod === undefined ? "the node" : formatServiceAccount(pod);
  return ruleName === undefined ? identity : `${identity} by ${ruleName}`;
}
