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

/** What a helper program printed (`stdout` may hold secrets and is never quoted), or why there is no complete result. */
export type ProcessResult =
  | { readonly status: number; readonly stdout: string }
  /** Follows the program's name in an error: "does not exist". */
  | { readonly problem: string };

/** `unwritable`: nobody but root and this user may change the file; `private`: nor read it. */
export type FileSafety = "unwritable" | "private";

/** A small folder on this machine for what is worth keeping between runs. Names are of letters, digits, `-` and `.` */
export interface CacheStore {
  /** The text of a file that is as this program leaves them; undefined where there is none. Throws `cache-unusable`. */
  read(name: string): string | undefined;
  /** The same without a trace: what is not as this program leaves it stays, and counts as not there. Never throws. */
  peek(name: string): string | undefined;
  /** Whole or not at all, in place of what was there. Throws `cache-unusable`. */
  write(name: string, text: string): void;
  /**
   * A name with a short text, made only where there is none yet, and never seen half written.
   *
   * @returns whether it was made. Throws `cache-unusable`
   */
  createExclusive(name: string, text: string): boolean;
  /** Undefined where there is none. */
  readLock(name: string): string | undefined;
  /** One more byte. Never throws: it only counts. */
  incrementCounter(name: string): void;
  /** Whether it is gone or not: never throws. */
  remove(name: string): void;
  list(): readonly StoredFile[];
  /** Whether its file system takes anything, full or not. Never throws. */
  isWritable(): boolean;
}

export interface StoredFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Wall clock. */
  readonly modified: Milliseconds;
}

/** What is another once a file's content is, without reading it. */
export interface FileFingerprint {
  readonly text: string;
  /** Wall clock. */
  readonly changedAt: Milliseconds;
}

/** This machine since it started: how its processes tell each other. */
export interface Machine {
  /** Who runs this process; undefined where the system has no such numbers. */
  readonly user: number | undefined;
  /** The home directory in this user's passwd entry; undefined without an entry. */
  home(): string | undefined;
  /** Another after each start; undefined where the system has none. */
  bootId(): string | undefined;
  /** A clock that all processes share, and nobody sets. */
  monotonicNow(): Milliseconds;
  /** This process, unlike any other before or after it. */
  processIdentity(): string;
  isRunning(told: string): boolean;
}

/** Every side effect of the program. `real-world.ts` makes the real one, tests make theirs. */
export interface World {
  readonly env: Environment;
  /** Wall clock, milliseconds since 1970. For expiry only. */
  now(): Milliseconds;
  /** Monotonic clock, milliseconds since the process began. For deadlines. */
  elapsed(): Milliseconds;
  /** Uniform in [0, 1). */
  random(): number;
  /** 32 random bytes, in hexadecimal letters. Throws `cache-unusable` without the kernel's random device. */
  randomKey(): string;
  sleep(time: Milliseconds): Promise<void>;
  /**
   * Returns the text of a regular file of at most `limit` bytes; undefined only if the path does not exist. Throws ProviderError
   * for every other failure: a dangling link, or a folder that cannot be read, is not absence.
   */
  readFile(path: string, limit: number, safety?: FileSafety): Promise<string | undefined>;
  /** Reports whether a regular file exists that this user may read, without reading it. Throws ProviderError as `readFile`. */
  hasFile(path: string): Promise<boolean>;
  /** Undefined where there is no such file. */
  fingerprintFile(path: string): FileFingerprint | undefined;
  /** The folder for what is kept, made where it is missing. Throws `cache-unusable` where others may come at it. */
  openStore(directory: string): CacheStore;
  /** The same where it is there already: nothing is made. Throws `cache-unusable`, also where none could be made. */
  openExistingStore(directory: string): CacheStore | undefined;
  readonly machine: Machine;
  /** A variable with a secret in it, which the configuration file may name; any that there was. */
  readSecretVariable(name: string): Secret | undefined;
  exchange(request: HttpRequest): Promise<HttpResponse>;
  /**
   * Runs a program by its argument list, without a shell, with the provider's variables except those of other clouds. All
   * processes of its group are killed when it ends and at `timeout`. Throws `file-unsafe`.
   */
  run(argv: readonly string[], timeout: Milliseconds): Promise<ProcessResult>;
  /** What is being done now: the deadline's line names it. */
  setStep(step: string): void;
  /** One line for whoever debugs, on stderr; the kubelet drops it on success. Never a secret. */
  note(line: string): void;
}
