import type { Login, PreparedLogin } from "../core/login.ts";
import { HOUR, type Milliseconds } from "../core/time.ts";
import type { World } from "../core/world.ts";
import type { ProviderError } from "../errors/provider-error.ts";
import { unlessUnusable } from "./best-effort.ts";
import { type CacheScope, listCacheKeyParts } from "./cache-key.ts";
import {
  type About,
  type Entry,
  encodeEntry,
  lifeLeft,
  parseEntry,
  type State,
  shareOf,
  stateOf,
} from "./entry.ts";
import { fileName } from "./names.ts";
import { encodeFailure, type Failure, parseFailure } from "./negative-entry.ts";
import type { Vault } from "./sealed-store.ts";

/** So long a login is kept at most: those of ECR last no longer. */
const KEPT_AT_MOST: Milliseconds = 12 * HOUR;

export interface Found {
  readonly login: Login;
  readonly state: State;
  readonly left: Milliseconds;
  /** By the clock that nobody sets. */
  readonly fetchedSince: Milliseconds;
}

/** The place of one login in the cache. Whatever is wrong with the cache, nothing is thrown: then nothing is there. */
export class Slot {
  readonly vault: Vault;
  readonly about: About;
  readonly #keptUntil: Milliseconds;
  readonly #world: World;
  readonly name: string;

  constructor(vault: Vault, purpose: CacheScope, errand: PreparedLogin, world: World) {
    this.vault = vault;
    this.#world = world;
    this.name = vault.nameOf(listCacheKeyParts(purpose, errand, world));
    this.about = { registry: purpose.host, identity: identityOf(errand, purpose.ruleName) };
    this.#keptUntil = errand.pod?.expiresAt ?? Number.POSITIVE_INFINITY;
  }

  find(): Found | undefined {
    const content = unlessUnusable(() => this.vault.read(this.#file("login")), this.#world);
    const entry = content && parseEntry(content);
    if (entry === undefined) return undefined;
    const state = stateOf(entry, shareOf(this.name), this.#world);
    if (state === "over") return undefined;
    const { login, fetchedSince } = entry;
    return { login, state, left: lifeLeft(entry, this.#world), fetchedSince };
  }

  countHit(): void {
    this.vault.store.count(this.#file("hits"));
  }

  /** Where nobody says when it ends, it is not kept. */
  keep(login: Login): void {
    const { now, machine } = this.#world;
    const { expiresAt } = login;
    if (expiresAt === undefined || !(expiresAt > now())) return;
    const times = { fetchedAt: now(), fetchedSince: machine.sinceBoot() };
    const keptUntil = Math.min(expiresAt, this.#keptUntil, times.fetchedAt + KEPT_AT_MOST);
    const entry: Entry = { login, about: this.about, ...times, keptUntil };
    unlessUnusable(() => this.vault.write(this.#file("login"), encodeEntry(entry)), this.#world);
    this.vault.store.remove(this.#file("hits"));
  }

  drop(): void {
    this.vault.store.remove(this.#file("login"));
  }

  failure(): Failure | undefined {
    const content = unlessUnusable(() => this.vault.read(this.#file("failure")), this.#world);
    return content && parseFailure(content);
  }

  keepFailure(error: ProviderError): void {
    const failure = { error, since: this.#world.machine.sinceBoot(), about: this.about };
    unlessUnusable(() => this.vault.write(this.#file("failure"), encodeFailure(failure)), this.#world);
  }

  #file(kind: "login" | "failure" | "hits"): string {
    return fileName(this.name, kind);
  }
}

function identityOf({ pod }: PreparedLogin, ruleName: string | undefined): string {
  const who = pod === undefined ? "the node" : `ServiceAccount ${pod.namespace}/${pod.serviceAccount}`;
  return ruleName === undefined ? who : `${who} by ${ruleName}`;
}
