import type { EnvironmentName } from "./environment.ts";
import type { Secret } from "./secret.ts";
import type { Milliseconds } from "./time.ts";

/** The environment, cut down to the names in `environment.ts`: nothing else can be asked for. */
export type Environment = Readonly<Partial<Record<EnvironmentName, string>>>;

/** One attempt of one HTTP exchange, with every limit already decided by `egress/`. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  readonly connectTimeout: Milliseconds;
  /** From the first byte sent to the last byte received. */
  readonly timeout: Milliseconds;
  /** Bytes; a longer body is an error, never a cut. */
  readonly bodyLimit: number;
  /** An HTTP proxy, `http://[user:password@]host:port`; absent where none may be used. */
  readonly proxy?: URL | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a helper program printed; `stdout` is secret-bearing and never quoted. */
export interface ProcessResult {
  readonly status: number | undefined;
  readonly stdout: string;
}

/** `unwritable`: nobody but root and this user may change the file; `private`: nor read it. */
export type Safety = "unwritable" | "private";

/** Every side effect of the program. `real-world.ts` makes the real one, tests make theirs. */
export interface World {
  readonly env: Environment;
  /** Wall clock, milliseconds since 1970. For expiry only. */
  now(): Milliseconds;
  /** Monotonic clock, milliseconds since the process began. For deadlines. */
  elapsed(): Milliseconds;
  /** Uniform in [0, 1). */
  random(): number;
  sleep(time: Milliseconds): Promise<void>;
  /** The text of a regular file of at most `limit` bytes; undefined where there is none. Throws ProviderError otherwise. */
  readFile(path: string, limit: number, safety?: Safety): Promise<string | undefined>;
  /** A variable with a secret in it, which the configuration file may name; any that there was. */
  variable(name: string): Secret | undefined;
  exchange(request: HttpRequest): Promise<HttpResponse>;
  /** Runs a program by its argument list, without a shell, killed at `timeout`. */
  run(argv: readonly string[], timeout: Milliseconds): Promise<ProcessResult>;
  /** What is being done now: the deadline's line names it. */
  doing(step: string): void;
  /** One line for whoever debugs, on stderr; the kubelet drops it on success. Never a secret. */
  note(line: string): void;
}
