import { CachedLogin, type FoundLogin } from "../cache/cached-login.ts";
import { EXPIRY_MARGIN } from "../cache/freshness.ts";
import { createLoginCache } from "../cache/login-cache.ts";
import type { SealedStore } from "../cache/sealed-store.ts";
import type { LoginCache, PreparedLogin } from "../core/login.ts";
import type { Milliseconds } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { ensureProviderError, type ProviderError } from "../errors/provider-error.ts";
import type { LoginOutcome } from "../protocol/response.ts";
import { cacheScopeFor } from "../provide.ts";
import type { Target } from "../registries/resolve-target.ts";
import { formatTime } from "./output.ts";
import { failed, reasonOf, type Verdict, wellEnough } from "./warm-result.ts";

/** The logins of one image, from the cache as in any run, and what was seen of it on the way. */
export class Watch {
  readonly logins: LoginCache;
  readonly #world: World;
  /** Of the cache, for stderr. What the image's own line says is not said there again. */
  readonly #notes: string[] = [];
  #wasAsked = false;
  #wasFetched = false;
  #kept: FoundLogin | undefined;
  #failure: ProviderError | undefined;
  /** Wall clock. */
  #endsAt: Milliseconds | undefined;

  constructor(target: Target, vault: SealedStore, world: World) {
    this.#world = world;
    const noting = { ...world, note: (line: string) => void this.#notes.push(line) };
    const purpose = cacheScopeFor(target);
    const cached = createLoginCache(() => vault, purpose, noting);
    this.logins = async (errand) => {
      const slot = new CachedLogin(vault, purpose, errand, noting);
      this.#wasAsked = true;
      this.#kept = slot.findLogin();
      // Looked at and not served: that is no hit.
      if (this.#kept?.state === "fresh") return this.#kept.login;
      const login = await cached(this.#watched(errand)).catch(this.#givenUp);
      this.#kept = slot.findLogin();
      this.#failure ??= slot.findFailure()?.error;
      this.#endsAt = login.expiresAt;
      return login;
    };
  }

  #watched(errand: PreparedLogin): PreparedLogin {
    const seen = (within: World) => {
      this.#wasFetched = true;
      return errand.fetch(within).catch((thrown: unknown) => {
        this.#failure = ensureProviderError(thrown);
        throw thrown;
      });
    };
    return { ...errand, fetch: seen };
  }

  readonly #givenUp = (thrown: unknown): never => {
    this.#passNotesOn();
    throw thrown;
  };

  /** What is said of it once it is over. */
  verdict(outcome: LoginOutcome): Verdict {
    const verdict = this.#judged(outcome);
    if (!verdict.hasFailed) this.#passNotesOn();
    return verdict;
  }

  #judged(outcome: LoginOutcome): Verdict {
    if (outcome.kind === "anonymous") return wellEnough("anonymous", "it is pulled without a login");
    if (!this.#wasAsked) return wellEnough("not kept", "a static login is read for each pull");
    if (this.#kept === undefined || this.#kept.state === "expiring") return this.#notKept();
    const until = `given out until ${formatTime(this.#world.now() + this.#kept.remaining - EXPIRY_MARGIN)}`;
    if (outcome.cacheAtMost !== undefined) return failed("not renewed", `${until}: ${this.#reason()}`);
    return wellEnough(this.#wasFetched ? "fetched" : "already there", until);
  }

  #reason(): string {
    return this.#failure === undefined ? this.#notes.join("; ") : reasonOf(this.#failure);
  }

  #notKept(): Verdict {
    if (this.#endsAt === undefined) return wellEnough("not kept", "nobody says when it ends");
    if (this.#kept !== undefined) return failed("not kept", "it ends within 2 min: no pull is given it");
    return failed("not kept", this.#notes.join("; ") || "it is over, or was dropped meanwhile");
  }

  #passNotesOn(): void {
    for (const line of this.#notes) this.#world.note(line);
  }
}
