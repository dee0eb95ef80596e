import { OVERALL } from "../core/deadline.ts";
import type { Login, PreparedLogin, ServedLogin } from "../core/login.ts";
import { redactSecrets } from "../core/secret.ts";
import { MINUTE, type Milliseconds, SECOND } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { formatError } from "../errors/error-line.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { bestEffort } from "./best-effort.ts";
import type { CachedLogin, FoundLogin } from "./cached-login.ts";
import { evict } from "./eviction.ts";
import { type Lease, tryAcquireLease } from "./lease.ts";
import { appliesToRun, isRecent, isRefusal, type NegativeEntry } from "./negative-entry.ts";

/** Between two looks while another run fetches: short at first, since most take a tenth of a second. */
const FIRST_PAUSE: Milliseconds = 10;
const LONGEST_PAUSE: Milliseconds = 250;
/** Who holds a good login waits no longer for a better one. */
const RENEWAL: Milliseconds = 5 * SECOND;
/** The last part of it is for what was under way to end and say what it failed of. */
const GRACE: Milliseconds = SECOND / 2;
/** The kubelet comes back so soon for a login that could not be renewed. What is due is good for twice as long. */
const STALE_AT_MOST: Milliseconds = MINUTE;

/**
 * One run fetches for all that want the same at the same time. While a good login is renewed, the others are served it at once; where
 * there is none, they wait, if need be to their own deadline: a cloud that is slow or throttles is not asked by all of them.
 *
 * @throws ProviderError as the errand, be it that another run had the failure
 */
export function fetchOnce(errand: PreparedLogin, slot: CachedLogin, world: World): Promise<ServedLogin> {
  return new Flight(errand, slot, world).run();
}

/** One run, from when it has found no fresh login. */
class Flight {
  readonly #errand: PreparedLogin;
  readonly #slot: CachedLogin;
  readonly #world: World;
  /** By the clock that nobody sets. */
  readonly #began: Milliseconds;

  constructor(errand: PreparedLogin, slot: CachedLogin, world: World) {
    this.#errand = errand;
    this.#slot = slot;
    this.#world = world;
    this.#began = world.machine.monotonicNow();
  }

  async run(): Promise<ServedLogin> {
    const { sealedStore, cacheKey } = this.#slot;
    for (let pause = 0; ; pause = Math.min(Math.max(FIRST_PAUSE, pause * 1.3), LONGEST_PAUSE)) {
      await this.#wait(pause);
      const lease =
        bestEffort(() => tryAcquireLease(cacheKey, sealedStore.store, this.#world.machine), this.#world) ??
        "none";
      if (lease === "none") return this.#fetch();
      const served = lease === "led" ? this.#whileLed() : await this.#lead(lease, pause > 0);
      if (served !== undefined) return served;
    }
  }

  async #wait(pause: Milliseconds): Promise<void> {
    if (pause === 0) return;
    this.#world.setStep("waiting for another run that fetches the same login");
    await this.#world.sleep(pause * (0.5 + this.#world.random()));
  }

  /** Undefined: nothing yet. */
  #whileLed(): Login | undefined {
    const found = this.#slot.findLogin();
    if (found !== undefined && (this.#isFresh(found) || found.state === "stale")) return this.#given(found);
    const failure = this.#slot.findFailure();
    if (failure !== undefined && this.#isShared(failure)) throw failure.error;
    return undefined;
  }

  /** @param hasWaited whom it waited for kept nothing, so this one will not either: it lets go, or all would ask one by one */
  async #lead(lease: Lease, hasWaited: boolean): Promise<ServedLogin> {
    const release = () => bestEffort(lease.release, this.#world);
    try {
      return await this.#fetch(hasWaited && lease.deadHolders === 0 ? release : undefined);
    } finally {
      release();
    }
  }

  /**
   * Somebody may have fetched or failed just before: that is looked at first.
   *
   * @param beforehand called where there is nothing of the kind, so that this run asks
   */
  async #fetch(beforehand?: () => void): Promise<ServedLogin> {
    const found = this.#slot.findLogin();
    if (found !== undefined && this.#isFresh(found)) return this.#given(found);
    const before = this.#slot.findFailure();
    if (before !== undefined && this.#isAnswer(before, found)) return this.#instead(before.error, found);
    beforehand?.();
    const asked = this.#world.machine.monotonicNow();
    try {
      const login = await (found?.state === "stale" ? this.#renewed() : this.#errand.fetch(this.#world));
      if (!this.#wasRefusedSince(asked)) this.#slot.storeLogin(login);
      return login;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.#remember(error);
      return this.#instead(error, found);
    } finally {
      bestEffort(() => evict(this.#slot.sealedStore, this.#world), this.#world);
    }
  }

  /** What was fetched for those who waited is theirs, however short its life is. */
  #isFresh({ state, fetchedAtMonotonic }: FoundLogin): boolean {
    return state === "fresh" || fetchedAtMonotonic >= this.#began;
  }

  #isShared(failure: NegativeEntry): boolean {
    return appliesToRun(failure, this.#began, this.#world.machine.monotonicNow());
  }

  #isAnswer(before: NegativeEntry, found: FoundLogin | undefined): boolean {
    const isHeld = found?.state === "stale" && isRecent(before, this.#world.machine.monotonicNow());
    return isHeld || this.#isShared(before);
  }

  /** Of a run that was passed over: what it comes with was granted before it was withdrawn. */
  #wasRefusedSince(asked: Milliseconds): boolean {
    const failure = this.#slot.findFailure();
    return failure !== undefined && failure.failedAtMonotonic >= asked && isRefusal(failure.error);
  }

  #given({ login }: FoundLogin): Login {
    this.#slot.countHit();
    return login;
  }

  /** The good login that there is, where nobody has refused a new one. */
  #instead(error: ProviderError, found: FoundLogin | undefined): ServedLogin {
    if (found?.state !== "stale" || isRefusal(error)) throw error;
    const left = `${Math.floor(found.remaining / SECOND)} s`;
    this.#world.note(
      `the login could not be renewed, and the one that is there is good for ${left}: ${formatError(error, redactSecrets)}`,
    );
    return { ...this.#given(found), cacheAtMost: STALE_AT_MOST };
  }

  /** Only where somebody was asked: what is wrong on the node itself costs nobody anything. */
  #remember(error: ProviderError): void {
    if (isRefusal(error)) this.#slot.deleteLogin();
    if (error.facts.request !== undefined) this.#slot.storeFailure(error);
  }

  /** By a deadline of its own, so that what then fails is what was under way. What does not go by it is not waited for. */
  #renewed(): Promise<Login> {
    const world = this.#world;
    const gone = OVERALL - world.elapsed() - (RENEWAL - GRACE);
    const late = world.sleep(RENEWAL).then(() => {
      throw new ProviderError("response-timeout", { request: this.#slot.metadata.registry });
    });
    const renewed = this.#errand.fetch({ ...world, elapsed: () => world.elapsed() + gone });
    return Promise.race([renewed, late]);
  }
}
