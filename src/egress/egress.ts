import { type ErrorCode, type ErrorFacts, ProviderError, type Stage } from "../errors.ts";
import { type Milliseconds, SECOND } from "../time.ts";
import type { HttpRequest, HttpResponse, World } from "../world.ts";
import { proxyFor } from "./proxy.ts";

/** The whole run; the kubelet kills at 60 s. */
export const OVERALL: Milliseconds = 45 * SECOND;

interface Limits {
  readonly connectTimeout: Milliseconds;
  readonly tryTimeout: Milliseconds;
  /** For all tries at destinations of this kind together. */
  readonly total: Milliseconds;
  /** Bytes. */
  readonly bodyLimit: number;
  /** How long a refused connection is tried again: at boot a service may come up, but a line is owed within 2 s. */
  readonly refusedPatience: Milliseconds;
  /** How long a failing service (408, 5xx, broken connection) is tried again. */
  readonly failedPatience: Milliseconds;
}

const LIMITS: Readonly<Record<Destination["kind"], Limits>> = {
  metadata: {
    connectTimeout: SECOND,
    tryTimeout: 2 * SECOND,
    total: 15 * SECOND,
    bodyLimit: 64 * 1024,
    refusedPatience: 1.5 * SECOND,
    failedPatience: 15 * SECOND,
  },
  token: {
    connectTimeout: 3 * SECOND,
    tryTimeout: 10 * SECOND,
    total: 30 * SECOND,
    bodyLimit: 256 * 1024,
    refusedPatience: 3 * SECOND,
    failedPatience: 5 * SECOND,
  },
};

/** Full jitter: each pause is uniform in [0, min(cap, base × 2^n)). */
const BACKOFF_BASE: Milliseconds = 200;
const BACKOFF_CAP: Milliseconds = 4 * SECOND;

/** What a failure of the wire means where a metadata service should be. */
const METADATA_CODES: Readonly<Partial<Record<ErrorCode, ErrorCode>>> = {
  "connection-refused": "metadata-refused",
  "network-unreachable": "metadata-refused",
  "connection-silent": "metadata-silent",
  "answer-timeout": "metadata-silent",
  "connection-lost": "metadata-not-ready",
  "redirect-refused": "metadata-foreign",
  "answer-not-json": "metadata-foreign",
};

/** A place that one login may reach. Everything else is refused before a name is looked up. */
export interface Destination {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Metadata is on the node: short limits, plain http allowed, never through a proxy. */
  readonly kind: "metadata" | "token";
  readonly stage: Stage;
  /**
   * How long from the first try this answer may be tried again; 0 takes it as it is. Undefined leaves the common
   * rule: 429 to the end of the budget, 408 and 5xx for `failedPatience`.
   */
  readonly patience?: (response: HttpResponse) => Milliseconds | undefined;
}

export type EgressRequest = Pick<HttpRequest, "method" | "url" | "headers" | "body">;

/** What was asked last and what came of it: SDKs lose it, the line on stderr needs it. */
export interface Asked {
  readonly destination: Destination;
  readonly response: HttpResponse | undefined;
  readonly facts: ErrorFacts;
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
  asked: Asked | undefined;
  /** The last failure of the wire: it outranks what an SDK makes of it. */
  failure: ProviderError | undefined;

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
    try {
      return await this.#sendUntilFinal(request, this.#destinationOf(request.url));
    } catch (error) {
      if (error instanceof ProviderError) this.failure = error;
      throw error;
    }
  }

  async #sendUntilFinal(request: EgressRequest, destination: Destination): Promise<HttpResponse> {
    const began = this.#world.elapsed();
    const end = this.#endFor(destination.kind);
    for (let tries = 1; ; tries += 1) {
      const outcome = await this.#try(request, destination, end, tries);
      const patience = began + patienceFor(outcome, destination);
      const pause = pauseBefore(tries, outcome, this.#world.random());
      if (this.#world.elapsed() + pause >= Math.min(end, patience)) return this.#finish(outcome, destination);
      await this.#world.sleep(pause);
    }
  }

  async #try(
    request: EgressRequest,
    destination: Destination,
    end: Milliseconds,
    tries: number,
  ): Promise<Outcome> {
    const asked = `${request.method} ${withoutQuery(request.url)}`;
    this.#world.doing(`asking ${asked}`);
    const facts = { stage: destination.stage, asked, tries };
    const outcome = await this.#exchange(request, destination, end);
    this.asked = {
      destination,
      response: outcome.response,
      facts: { ...facts, status: outcome.response?.status },
    };
    if (outcome.failure !== undefined) return { failure: outcome.failure.with(facts) };
    return judged(outcome.response, destination, facts);
  }

  async #exchange(request: EgressRequest, { kind }: Destination, end: Milliseconds): Promise<Outcome> {
    const limits = LIMITS[kind];
    try {
      const response = await this.#world.exchange({
        ...request,
        connectTimeout: limits.connectTimeout,
        timeout: Math.max(1, Math.min(limits.tryTimeout, end - this.#world.elapsed())),
        bodyLimit: limits.bodyLimit,
        proxy: kind === "metadata" ? undefined : proxyFor(request.url, this.#world.env),
      });
      return { response };
    } catch (error) {
      if (error instanceof ProviderError) return { failure: error };
      throw error;
    }
  }

  #finish({ response, failure }: Outcome, { kind }: Destination): HttpResponse {
    if (failure === undefined) return response;
    const code = kind === "metadata" ? METADATA_CODES[failure.code] : undefined;
    throw code === undefined ? failure : new ProviderError(code, failure.facts);
  }

  #destinationOf(url: URL): Destination {
    const destination = this.#destinations.find(({ origin }) => origin === url.origin);
    if (destination !== undefined && url.username === "" && url.password === "") return destination;
    throw new ProviderError("destination-refused", { detail: url.host });
  }

  /** The budget of a kind begins with its first request. */
  #endFor(kind: Destination["kind"]): Milliseconds {
    const end = this.#ends.get(kind) ?? Math.min(OVERALL, this.#world.elapsed() + LIMITS[kind].total);
    this.#ends.set(kind, end);
    return end;
  }
}

type Outcome =
  | { readonly response: HttpResponse; readonly failure?: never }
  | { readonly response?: never; readonly failure: ProviderError };

/** Answers that no service of ours gives. Metadata services do say 404 with a page; any service may say 5xx with one. */
function judged(response: HttpResponse, { kind }: Destination, facts: ErrorFacts): Outcome {
  const { status } = response;
  const refuse = (code: ErrorCode) => ({ failure: new ProviderError(code, { ...facts, status }) });
  if (status >= 300 && status < 400) return refuse("redirect-refused");
  if (status < (kind === "metadata" ? 300 : 500) && isWebPage(response)) return refuse("answer-not-json");
  return { response };
}

function isWebPage({ headers, body }: HttpResponse): boolean {
  return /^text\/html\b/i.test(headers["content-type"] ?? "") || /^\s*<(!doctype\s+html|html)\b/i.test(body);
}

function patienceFor({ response, failure }: Outcome, { kind, patience }: Destination): Milliseconds {
  const limits = LIMITS[kind];
  if (failure === undefined) return patience?.(response) ?? patienceForStatus(response.status, limits);
  switch (failure.code) {
    case "connection-refused":
    case "network-unreachable":
    case "dns-failed":
    case "proxy-unreachable":
      return limits.refusedPatience;
    case "connection-lost":
    case "tls-failed":
      return limits.failedPatience;
    case "connection-silent":
    case "answer-timeout":
      return limits.total;
    default:
      return 0;
  }
}

function patienceForStatus(status: number, limits: Limits): Milliseconds {
  if (status === 429) return limits.total;
  return status === 408 || status >= 500 ? limits.failedPatience : 0;
}

function pauseBefore(tries: number, { response }: Outcome, random: number): Milliseconds {
  const backoff = random * Math.min(BACKOFF_CAP, BACKOFF_BASE * 2 ** (tries - 1));
  return Math.max(backoff, retryAfter(response?.headers["retry-after"]));
}

/** Seconds (RFC 9110 §10.2.3); the form with a date is not sent by these services and counts as none. */
function retryAfter(header: string | undefined): Milliseconds {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * SECOND : 0;
}

/** Queries hold tokens and identities; a path holds neither. */
function withoutQuery(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
