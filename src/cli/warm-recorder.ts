import { CachedLogin, type FoundLogin } from "../cache/cached-login.ts";
import { EXPIRY_MARGIN } from "../cache/freshness.ts";
import { createLoginCache } from "../cache/login-cache.ts";
import type { SealedStore } from "../cache/sealed-store.ts";
import type { Login, LoginCache, PreparedLogin } from "../core/login.ts";
import type { World } from "../core/world.ts";
import { ensureProviderError, type ProviderError } from "../errors/provider-error.ts";
import type { LoginResponse } from "../protocol/response.ts";
import { cacheScopeFor } from "../provide.ts";
import type { Target } from "../registries/resolve-target.ts";
import { formatTime } from "./output.ts";
import { describeError, failed, succeeded, type WarmResult } from "./warm-result.ts";

/** The login cache of one image, which records what happened to the login. */
export class WarmRecorder implements LoginCache {
  readonly #target: Target;
  readonly #store: SealedStore;
  readonly #world: World;
  /** Notes of the cache, for stderr unless the image's result repeats them. */
  readonly #notes: string[] = [];
  #served: Login | undefined;
  #entry: FoundLogin | undefined;
  #wasFetched = false;
  #failure: ProviderError | undefined;

  constructor(target: Target, store: SealedStore, world: World) {
    this.#target = target;
    this.#store = store;
    this.#world = world;
  }

  async getOrFetch(prepared: PreparedLogin): Promise<Login> {
    const world = { ...this.#world, note: (line: string) => void this.#notes.push(line) };
    if (!prepared.isCacheable) return prepared.fetch(world);
    const scope = cacheScopeFor(this.#target);
    const cached = new CachedLogin(this.#store, scope, prepared, world);
    this.#entry = cached.findLogin();
    // Not served through the cache, which would count a hit.
    if (this.#entry?.state === "fresh") return this.#record(this.#entry.login);
    try {
      const cache = createLoginCache(() => this.#store, scope, world);
      const login = await cache.getOrFetch({ ...prepared, fetch: (at) => this.#fetch(prepared, at) });
      this.#entry = cached.findLogin();
      this.#failure ??= cached.findFailure()?.error;
      return this.#record(login);
    } catch (error) {
      this.#forwardNotes();
      throw error;
    }
  }

  async #fetch(prepared: PreparedLogin, world: World) {
    this.#wasFetched = true;
    try {
      return await prepared.fetch(world);
    } catch (error) {
      this.#failure = ensureProviderError(error);
      throw error;
    }
  }

  #record(login: Login): Login {
    this.#served = login;
    return login;
  }

  /** Returns the result of the image's line. */
  result(response: LoginResponse): WarmResult {
    const result = this.#describe(response);
    if (!result.hasFailed) this.#forwardNotes();
    return result;
  }

  #describe({ auth }: LoginResponse): WarmResult {
    if (auth === undefined) return succeeded("anonymous", "pulled without a login");
    if (this.#served === undefined) return succeeded("not cached", "a static login is read for each pull");
    const entry = this.#entry;
    if (entry === undefined || entry.state === "expiring") return this.#describeMissing(this.#served);
    const until = `served until ${formatTime(this.#world.now() + entry.remaining - EXPIRY_MARGIN)}`;
    if (this.#served.maxCacheDuration === undefined)
      return succeeded(this.#wasFetched ? "fetched" : "already cached", until);
    const reason = this.#failure === undefined ? this.#notes.join("; ") : describeError(this.#failure);
    return failed("not refreshed", `${until}: ${reason}`);
  }

  #describeMissing({ expiresAt }: Login): WarmResult {
    if (expiresAt === undefined) return succeeded("not cached", "its expiry is unknown");
    if (this.#entry !== undefined)
      return failed("not cached", "it expires within 2 min, too soon to start a pull");
    return failed("not cached", this.#notes.join("; ") || "it has expired, or the cache was cleared");
  }

  #forwardNotes(): void {
    for (const line of this.#notes) this.#world.note(line);
  }
}
