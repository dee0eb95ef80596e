import assert from "node:assert/strict";
import { Secret } from "../../src/core/secret.ts";
import { type Milliseconds, RUN_TIMEOUT } from "../../src/core/time.ts";
import type {
  CacheStore,
  Environment,
  HttpRequest,
  HttpResponse,
  ProcessResult,
  World,
} from "../../src/core/world.ts";
import { type ErrorCode, type ErrorFacts, ProviderError } from "../../src/errors/provider-error.ts";

/** An expected request and its response. */
export interface Exchange {
  /** `METHOD URL`; with a `*` at the end, a prefix of it. */
  readonly ask: string;
  /** Required headers; `undefined`: the header must be absent. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** The pattern of the body. */
  readonly body?: RegExp;
  readonly answer: Answer | { readonly fails: ErrorCode; readonly facts?: ErrorFacts };
  /** Virtual milliseconds until the answer; default 1. */
  readonly after?: Milliseconds;
  /** The number of requests, default 1; Infinity: any number. */
  readonly times?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An effect of reading a file, in addition to its text. */
export type FakeFile = string | { readonly fails: ErrorCode };

export interface WorldOptions {
  readonly now?: Milliseconds;
  readonly env?: Environment;
  readonly files?: Readonly<Record<string, FakeFile>>;
  readonly exchanges?: readonly Exchange[];
  /** The result of each command line, whose arguments are joined by spaces. */
  readonly programs?: Readonly<Record<string, ProcessResult>>;
  readonly random?: () => number;
  /** A clock that several worlds share; default: a clock of this world. */
  readonly clock?: VirtualClock;
  /** Variables that the configuration file may name. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The cache directory; default: none. */
  readonly store?: CacheStore;
  /** Identities of other running processes. */
  readonly running?: ReadonlySet<string>;
  /** This user's home directory by its passwd entry. */
  readonly home?: string;
}

/** The identity of this process. */
export const SELF = "100 1";

export interface FakeWorld extends World {
  /** `METHOD URL` of each exchange, in order. */
  readonly asked: readonly string[];
  readonly requests: readonly HttpRequest[];
  readonly sleeps: readonly Milliseconds[];
  readonly ran: readonly (readonly string[])[];
  readonly filesRead: readonly string[];
  readonly steps: readonly string[];
  readonly notes: readonly string[];
}

export const NOW: Milliseconds = Date.UTC(2026, 10, 22, 12);

/** Runs a test with a fake world. The test fails on an unexpected exchange, and if an expected one is missing. */
export async function inWorld<T>(options: WorldOptions, use: (world: FakeWorld) => Promise<T>): Promise<T> {
  const made = makeWorld(options);
  const result = await use(made.world);
  made.verify();
  return result;
}

/** Returns the ProviderError with which a promise rejects. */
export async function failure(promise: Promise<unknown>): Promise<ProviderError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof ProviderError) return outcome;
  throw new assert.AssertionError({
    message: outcome === undefined ? "it succeeded" : `it failed otherwise: ${String(outcome)}`,
  });
}

/** Returns the ProviderError that a call throws. */
export function thrown(call: () => unknown): ProviderError {
  try {
    call();
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: "it succeeded" });
}

function makeWorld(options: WorldOptions) {
  const { clock = new VirtualClock() } = options;
  const began = clock.elapsed;
  const script = new Script(options.exchanges ?? []);
  const { env = {}, files = {}, programs = {}, variables = {}, now = NOW, random = () => 0.5 } = options;
  const sleeps: Milliseconds[] = [];
  const ran: (readonly string[])[] = [];
  const filesRead: string[] = [];
  const steps: string[] = [];
  const notes: string[] = [];
  const world: FakeWorld = {
    env,
    now: () => now + clock.elapsed,
    elapsed: () => clock.elapsed - began,
    deadline: RUN_TIMEOUT,
    random,
    randomKey: () => "0f".repeat(32),
    fingerprintFile: (path) =>
      typeof files[path] === "string" ? { text: files[path], changedAt: 0 } : undefined,
    openStore: () => {
      if (options.store !== undefined) return options.store;
      throw new ProviderError("cache-unusable", { detail: "there is none" });
    },
    openExistingStore: () => options.store,
    machine: {
      user: 1000,
      home: () => options.home,
      bootId: () => "boot-1",
      monotonicNow: () => 5_000_000 + clock.elapsed,
      processIdentity: () => SELF,
      isRunning: (told) => told === SELF || (options.running?.has(told) ?? false),
    },
    sleep: (time) => {
      sleeps.push(time);
      return clock.wait(time);
    },
    readFile: async (path, limit) => {
      filesRead.push(path);
      return readFake(files[path], path, limit);
    },
    hasFile: async (path) => {
      filesRead.push(path);
      return readFake(files[path], path, 0) !== undefined;
    },
    readSecretVariable: (name) => (variables[name] === undefined ? undefined : new Secret(variables[name])),
    exchange: async (request) => {
      const found = script.take(request);
      const after = found.after ?? 1;
      await clock.wait(Math.min(after, request.timeout));
      if ("fails" in found.answer) throw new ProviderError(found.answer.fails, found.answer.facts);
      if (after >= request.timeout) throw new ProviderError("response-timeout");
      return { headers: {}, body: "", ...found.answer };
    },
    run: async (argv) => {
      ran.push(argv);
      const result = programs[argv.join(" ")];
      if (result === undefined) script.unexpected.push(`ran ${argv.join(" ")}`);
      return result ?? { problem: "is unexpected" };
    },
    setStep: (step) => void steps.push(step),
    note: (line) => void notes.push(line),
    asked: script.asked,
    requests: script.requests,
    sleeps,
    ran,
    filesRead,
    steps,
    notes,
  };
  return { world, verify: () => script.verify() };
}

function readFake(file: FakeFile | undefined, path: string, limit: number): string | undefined {
  if (file === undefined || typeof file === "string") {
    if (file !== undefined && limit > 0) assert.ok(file.length <= limit, `${path} is larger than its limit`);
    return file;
  }
  throw new ProviderError(file.fails, { detail: path });
}

class Script {
  readonly #left: { readonly exchange: Exchange; times: number }[];
  readonly asked: string[] = [];
  readonly requests: HttpRequest[] = [];
  readonly unexpected: string[] = [];

  constructor(exchanges: readonly Exchange[]) {
    this.#left = exchanges.map((exchange) => ({ exchange, times: exchange.times ?? 1 }));
  }

  take(request: HttpRequest): Exchange {
    const ask = `${request.method} ${request.url.href}`;
    this.asked.push(ask);
    this.requests.push(request);
    const found = this.#left.find(({ exchange, times }) => times > 0 && isAsked(exchange.ask, ask));
    if (found === undefined) {
      this.unexpected.push(ask);
      throw new ProviderError("internal", { detail: `unexpected exchange ${ask}` });
    }
    found.times -= 1;
    this.#check(found.exchange, request);
    return found.exchange;
  }

  /** Records a mismatch instead of throwing, because the code under test could catch the error. */
  #check({ ask, headers = {}, body }: Exchange, request: HttpRequest): void {
    for (const [name, value] of Object.entries(headers)) {
      const sent = Object.entries(request.headers).find(([key]) => key.toLowerCase() === name)?.[1];
      if (sent !== value) this.unexpected.push(`${ask} with ${name}: ${sent}`);
    }
    if (body !== undefined && !body.test(String(request.body)))
      this.unexpected.push(`${ask} with the body ${request.body}`);
  }

  verify(): void {
    assert.deepEqual(this.unexpected, [], "exchanges that were not foreseen");
    const unused = this.#left
      .filter(({ times }) => times > 0 && times < Infinity)
      .map(({ exchange }) => exchange.ask);
    assert.deepEqual(unused, [], "exchanges that did not happen");
  }
}

function isAsked(expected: string, ask: string): boolean {
  return expected.endsWith("*") ? ask.startsWith(expected.slice(0, -1)) : ask === expected;
}

interface Waiting {
  readonly at: Milliseconds;
  readonly resolve: () => void;
}

/** A clock that stands still while code runs, and then jumps to the end of the next wait. */
export class VirtualClock {
  elapsed: Milliseconds = 0;
  readonly #waiting: Waiting[] = [];
  #pumping = false;

  wait(time: Milliseconds): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ at: this.elapsed + time, resolve });
      this.#waiting.sort((one, other) => one.at - other.at);
      if (!this.#pumping) void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    while (this.#waiting.length > 0) {
      await settled();
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.elapsed = Math.max(this.elapsed, next.at);
      next.resolve();
    }
    this.#pumping = false;
  }
}

/** A few turns of the loop: what a resolved promise sets off has then run. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** An answer of JSON. */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(value) };
}

/** An answer of plain text. */
export function text(body: string, status = 200): Answer {
  return { status, headers: { "content-type": "text/plain" }, body };
}

export type { HttpResponse };
