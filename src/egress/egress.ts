import type { Milliseconds } from "../core/time.ts";
import type { HttpRequest, HttpResponse, World } from "../core/world.ts";
import { type ErrorFacts, ProviderError } from "../errors/provider-error.ts";
import { canShow, showValue } from "../errors/show-value.ts";
import { type AttemptOutcome, classifyResponse, unwrapOutcome } from "./attempt.ts";
import type { Destination } from "./destination.ts";
import { LIMITS } from "./limits.ts";
import { computeBackoff, computeThrottlePause, getRetryWindow } from "./retry-policy.ts";

export type EgressRequest = Pick<HttpRequest, "method" | "url" | "headers" | "body">;

/** The most recent request and its result, for the error line. The clouds' SDKs do not keep them. */
export interface LastExchange {
  readonly destination: Destination;
  readonly path: string;
  readonly response: HttpResponse | undefined;
  readonly facts: ErrorFacts;
  /** How far the service's clock is ahead of the node's, by the `Date` header; undefined without one. */
  readonly clockSkew: Milliseconds | undefined;
}

/**
 * The only HTTP client, also for the clouds' SDKs; one instance per login. It enforces the destinations, timeouts, retries, proxy
 * and body limits, refuses redirects, and records the last exchange.
 */
export class Egress {
  readonly #world: World;
  readonly #destinations: readonly Destination[];
  /** When the time budget of each kind of destination ends, by the monotonic clock. */
  readonly #budgetEnds = new Map<Destination["kind"], Milliseconds>();
  /** Set after each attempt, whether it had a response or not. */
  lastExchange: LastExchange | undefined;
  /** The error of the last request. It takes precedence over the error that an SDK makes of it. */
  lastFailure: ProviderError | undefined;

  constructor(world: World, destinations: readonly Destination[]) {
    this.#world = world;
    this.#destinations = destinations;
  }

  /**
   * Sends a request, and retries it until the outcome is final or the retry window ends.
   *
   * @returns any response except a redirect or a web page; the caller checks the status
   * @throws ProviderError with a network code, `destination-blocked` or `environment-invalid`
   */
  async send(request: EgressRequest): Promise<HttpResponse> {
    this.lastFailure = undefined;
    try {
      return await this.#sendWithRetries(request, this.#findDestination(request.url));
    } catch (error) {
      if (error instanceof ProviderError) this.lastFailure = error;
      throw error;
    }
  }

  async #sendWithRetries(request: EgressRequest, destination: Destination): Promise<HttpResponse> {
    const { kind } = destination;
    let windowStart = this.#world.elapsed();
    for (let tries = 1; ; tries += 1) {
      const outcome = await this.#attempt(request, destination, tries);
      const retryWindow = getRetryWindow(outcome, destination);
      const random = this.#world.random();
      const now = this.#world.elapsed();
      if (retryWindow === "throttled") {
        const pause = computeThrottlePause(tries, outcome, random, this.#world.deadline - now);
        if (pause === undefined) return unwrapOutcome(outcome, destination);
        await this.#world.sleep(pause);
        // Throttling proves that the service is up, so time spent waiting for it does not count against the retry window.
        this.#budgetEnds.delete(kind);
        windowStart = this.#world.elapsed();
      } else {
        const pause = computeBackoff(tries, outcome, random);
        if (now + pause >= Math.min(this.#getBudgetEnd(kind), windowStart + retryWindow))
          return unwrapOutcome(outcome, destination);
        await this.#world.sleep(pause);
      }
    }
  }

  async #attempt(
    request: EgressRequest,
    destination: Destination,
    attempts: number,
  ): Promise<AttemptOutcome> {
    const shownRequest = `${request.method} ${showUrl(request.url, destination)}`;
    this.#world.setStep(`requesting ${shownRequest}`);
    const { response, failure } = await this.#exchange(request, destination);
    const facts = { stage: destination.stage, request: shownRequest, attempts };
    const skew = Date.parse(response?.headers["date"] ?? "") - this.#world.now();
    this.lastExchange = {
      destination,
      path: request.url.pathname,
      response,
      facts: { ...facts, status: response?.status },
      clockSkew: Number.isNaN(skew) ? undefined : skew,
    };
    if (failure === undefined) return classifyResponse(response, destination, facts);
    // A configuration error, such as that of a proxy variable, comes before any request.
    return { failure: failure.stage === "config" ? failure : failure.with(facts) };
  }

  async #exchange(request: EgressRequest, { kind }: Destination): Promise<AttemptOutcome> {
    const { connectTimeout, attemptTimeout, bodyLimit } = LIMITS[kind];
    const end = this.#getBudgetEnd(kind);
    try {
      const response = await this.#world.exchange({
        ...request,
        connectTimeout,
        timeout: Math.max(1, Math.min(attemptTimeout, end - this.#world.elapsed())),
        bodyLimit,
        proxy: kind === "metadata" ? undefined : await this.#findProxy(request.url),
      });
      return { response };
    } catch (error) {
      if (error instanceof ProviderError) return { failure: error };
      throw error;
    }
  }

  /** Imported late, because proxy.ts loads node:net, which a login from the cache does not need. */
  async #findProxy(url: URL): Promise<URL | undefined> {
    const { findProxy } = await import("./proxy.ts");
    return findProxy(url, this.#world.env);
  }

  #findDestination(url: URL): Destination {
    const destination = this.#destinations.find(({ origin }) => origin === url.origin);
    if (destination !== undefined && url.username === "" && url.password === "") return destination;
    throw new ProviderError("destination-blocked", { detail: showValue("host", url.host) });
  }

  /** The budget of a kind starts with its first request, and again after the service throttled one. */
  #getBudgetEnd(kind: Destination["kind"]): Milliseconds {
    const end =
      this.#budgetEnds.get(kind) ??
      Math.min(this.#world.deadline, this.#world.elapsed() + LIMITS[kind].timeBudget);
    this.#budgetEnds.set(kind, end);
    return end;
  }
}

/** Omits the query, which may hold a token, and a path that is secret or not in a form known to be harmless. */
function showUrl({ origin, pathname }: URL, { secretPath = false }: Destination): string {
  const path = !secretPath && canShow("path", pathname) ? pathname : "";
  return `${showValue("url", origin)}${path}`;
}
