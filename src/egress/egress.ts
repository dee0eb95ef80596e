import { OVERALL } from "../core/deadline.ts";
import type { Milliseconds } from "../core/time.ts";
import type { HttpRequest, HttpResponse, World } from "../core/world.ts";
import { type ErrorFacts, ProviderError } from "../errors/provider-error.ts";
import { canShow, showValue } from "../errors/show-value.ts";
import { type AttemptOutcome, classifyResponse, unwrapOutcome } from "./attempt.ts";
import type { Destination } from "./destination.ts";
import { computeBackoff, computeThrottlePause, getRetryWindow, LIMITS } from "./retry-policy.ts";

export type EgressRequest = Pick<HttpRequest, "method" | "url" | "headers" | "body">;

/** What was asked last and what came of it: SDKs lose it, the line on stderr needs it. */
export interface LastExchange {
  readonly destination: Destination;
  readonly path: string;
  readonly response: HttpResponse | undefined;
  readonly facts: ErrorFacts;
  /** How far the service's clock is ahead of the node's, by the `Date` header; undefined without one. */
  readonly clockSkew: Milliseconds | undefined;
}

/**
 * The only way out: one HTTP client for all SDKs, which holds their destinations, deadlines, retries, proxy and body
 * sizes, refuses redirects, and remembers what was asked. One is opened for each login.
 */
export class Egress {
  readonly #world: World;
  readonly #destinations: readonly Destination[];
  readonly #ends = new Map<Destination["kind"], Milliseconds>();
  /** The last exchange that had an answer or failed for good. */
  lastExchange: LastExchange | undefined;
  /** What the last request failed of on the wire: it outranks what an SDK makes of it. */
  lastFailure: ProviderError | undefined;

  constructor(world: World, destinations: readonly Destination[]) {
    this.#world = world;
    this.#destinations = destinations;
  }

  /**
   * Sends until an answer is final or time is up.
   *
   * @returns any answer but a redirect or a web page; status codes are the caller's to judge
   * @throws ProviderError with a code of the wire
   */
  async send(request: EgressRequest): Promise<HttpResponse> {
    this.lastFailure = undefined;
    try {
      return await this.#sendUntilFinal(request, this.#destinationOf(request.url));
    } catch (error) {
      if (error instanceof ProviderError) this.lastFailure = error;
      throw error;
    }
  }

  async #sendUntilFinal(request: EgressRequest, destination: Destination): Promise<HttpResponse> {
    let began = this.#world.elapsed();
    for (let tries = 1; ; tries += 1) {
      const outcome = await this.#try(request, destination, tries);
      const patience = getRetryWindow(outcome, destination);
      const isThrottled = patience === "throttled";
      const pause = isThrottled
        ? computeThrottlePause(tries, outcome, this.#world.random(), this.#world.elapsed())
        : this.#pauseWithin(began + patience, tries, outcome, destination);
      if (pause === undefined) return unwrapOutcome(outcome, destination);
      await this.#world.sleep(pause);
      if (isThrottled) began = this.#beginAnew(destination);
    }
  }

  #pauseWithin(
    patience: Milliseconds,
    tries: number,
    outcome: AttemptOutcome,
    { kind }: Destination,
  ): Milliseconds | undefined {
    const pause = computeBackoff(tries, outcome, this.#world.random());
    const isInTime = this.#world.elapsed() + pause < Math.min(this.#endFor(kind), patience);
    return isInTime ? pause : undefined;
  }

  /** Whoever throttles is there and works: the time that it made us wait is none of the patience with a broken one. */
  #beginAnew({ kind }: Destination): Milliseconds {
    this.#ends.delete(kind);
    return this.#world.elapsed();
  }

  async #try(request: EgressRequest, destination: Destination, tries: number): Promise<AttemptOutcome> {
    const asked = `${request.method} ${showUrl(request.url, destination)}`;
    this.#world.doing(`asking ${asked}`);
    const facts = { stage: destination.stage, asked, tries };
    const outcome = await this.#exchange(request, destination);
    this.lastExchange = {
      destination,
      path: request.url.pathname,
      response: outcome.response,
      facts: { ...facts, status: outcome.response?.status },
      clockSkew: this.#clockSkew(outcome.response),
    };
    // Where the configuration is wrong, nothing was asked.
    if (outcome.failure?.stage === "config") return outcome;
    if (outcome.failure !== undefined) return { failure: outcome.failure.with(facts) };
    return classifyResponse(outcome.response, destination, facts);
  }

  #clockSkew(response: HttpResponse | undefined): Milliseconds | undefined {
    const skew = Date.parse(response?.headers["date"] ?? "") - this.#world.now();
    return Number.isNaN(skew) ? undefined : skew;
  }

  async #exchange(request: EgressRequest, { kind }: Destination): Promise<AttemptOutcome> {
    const limits = LIMITS[kind];
    const end = this.#endFor(kind);
    try {
      const response = await this.#world.exchange({
        ...request,
        connectTimeout: limits.connectTimeout,
        timeout: Math.max(1, Math.min(limits.tryTimeout, end - this.#world.elapsed())),
        bodyLimit: limits.bodyLimit,
        proxy: kind === "metadata" ? undefined : await this.#proxyFor(request.url),
      });
      return { response };
    } catch (error) {
      if (error instanceof ProviderError) return { failure: error };
      throw error;
    }
  }

  /** Its module loads Node's sockets, so only a login that reaches a service does. */
  async #proxyFor(url: URL): Promise<URL | undefined> {
    const { proxyFor } = await import("./proxy.ts");
    return proxyFor(url, this.#world.env);
  }

  #destinationOf(url: URL): Destination {
    const destination = this.#destinations.find(({ origin }) => origin === url.origin);
    if (destination !== undefined && url.username === "" && url.password === "") return destination;
    throw new ProviderError("destination-refused", { detail: showValue("host", url.host) });
  }

  /** The budget of a kind begins with its first request, and anew where it was throttled. */
  #endFor(kind: Destination["kind"]): Milliseconds {
    const end = this.#ends.get(kind) ?? Math.min(OVERALL, this.#world.elapsed() + LIMITS[kind].total);
    this.#ends.set(kind, end);
    return end;
  }
}

/** A query is never shown: it may hold tokens. A path may be a capability, and an operator's endpoint may hold a secret by mistake. */
function showUrl({ origin, pathname }: URL, { secretPath = false }: Destination): string {
  const path = !secretPath && canShow("path", pathname) ? pathname : "";
  return `${showValue("url", origin)}${path}`;
}
