import type { EnvironmentName } from "./environment.ts";
import type { Secret } from "./secret.ts";
import type { Milliseconds } from "./time.ts";

/** The environment variables of the process, restricted to the names in `environment.ts`. */
export type Environment = Readonly<Partial<Record<EnvironmentName, string>>>;

/** A single attempt of an HTTP exchange. `egress/` sets every limit. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  readonly connectTimeout: Milliseconds;
  /** From the first byte sent to the last byte received. */
  readonly timeout: Milliseconds;
  /** Bytes; a longer body is an error and is never truncated. */
  readonly bodyLimit: number;
  /** An HTTP proxy, `http://[user:password@]host:port`; undefined for a direct connection. */
  readonly proxy?: URL | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The output of a helper program (`stdout` may hold secrets and is never quoted), or why there is no complete output. */
export type ProcessResult =
  | { readonly status: number; readonly stdout: string }
  /** Follows the program's name in an error: "does not exist". */
  | { readonly problem: string };

/** `unwritable`: only root and this user can change the file; `private`: and only they can read it. */
export type FileSafety = "unwritable" | "private";

/**
 * The directory of the cache. File names consist of letters, digits, `-` and `.`. A method throws `cache-unusable` on an error of the
 * file system, unless its comment says otherwise.
 */
export interface CacheStore {
  /** Returns the text of a file; undefined without the file. Deletes a file that is damaged or not private, and throws. */
  read(name: string): string | undefined;
  /** Reads a file as `read` does, but deletes nothing and never throws. */
  peek(name: string): string | undefined;
  /** Writes a file atomically: a reader sees the old text or the new text, and a killed writer leaves the old one. */
  write(name: string, text: string): void;
  /** Creates a lock with a short text, atomically. Returns false if the lock exists. */
  createExclusive(name: string, text: string): boolean;
  /** Returns the text of a lock; undefined without the lock. */
  readLock(name: string): string | undefined;
  /** Adds one byte to a file. The size of the file is the counter. Never throws. */
  incrementCounter(name: string): void;
  /** Deletes a file or lock if it exists. Never throws. */
  remove(name: string): void;
  list(): readonly StoredFile[];
  /** Reports whether the directory can be written to, even if the file system is full. Never throws. */
  isWritable(): boolean;
}

export interface StoredFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Wall clock. */
  readonly modified: Milliseconds;
}

/** A value that changes whenever the file's content does, obtained without reading the file (inode, size, mtime, ctime). */
export interface FileFingerprint {
  readonly text: string;
  /** Wall clock; 0 if the file cannot be examined. */
  readonly changedAt: Milliseconds;
}

/** The node since its last boot, and the processes on it. */
export interface Machine {
  /** The user id of this process; undefined on a system without user ids. */
  readonly user: number | undefined;
  /** The home directory in this user's passwd entry; undefined without an entry. */
  home(): string | undefined;
  /** Changes with each boot; undefined on a system without one. */
  bootId(): string | undefined;
  /** Monotonic clock that all processes share: milliseconds since boot. */
  monotonicNow(): Milliseconds;
  /** Identifies this process among all processes since boot. */
  processIdentity(): string;
  /** @param identity of `processIdentity` */
  isRunning(identity: string): boolean;
}

export interface Clock {
  /** Wall clock: milliseconds since 1970. For expiry times only. */
  now(): Milliseconds;
  /** Monotonic clock: milliseconds since the start of the process. For timeouts. */
  elapsed(): Milliseconds;
  /** The value of `elapsed` at which every request must have ended: that of the run, or the earlier one of a refresh. */
  readonly deadline: Milliseconds;
  sleep(time: Milliseconds): Promise<void>;
}

export interface Files {
  /**
   * Returns the text of a regular file of at most `limit` bytes; undefined only if the path does not exist. Throws ProviderError
   * for every other failure: a dangling link, or a folder that cannot be read, is not absence.
   */
  readFile(path: string, limit: number, safety?: FileSafety): Promise<string | undefined>;
  /** Reports whether a regular file exists that this user may read, without reading it. Throws ProviderError as `readFile`. */
  hasFile(path: string): Promise<boolean>;
  /** Returns undefined if the path does not exist. */
  fingerprintFile(path: string): FileFingerprint | undefined;
}

export interface CacheStores {
  /** Opens the directory of a cache, and creates it if it is missing. Throws `cache-unusable`, also if other users have access. */
  openStore(directory: string): CacheStore;
  /** Opens the directory of a cache if it exists. Throws `cache-unusable` as `openStore`, also if it could not be created. */
  openExistingStore(directory: string): CacheStore | undefined;
}

export interface Network {
  exchange(request: HttpRequest): Promise<HttpResponse>;
}

export interface Random {
  /** Uniform in [0, 1). */
  random(): number;
  /** Returns 32 random bytes in hexadecimal. Throws `cache-unusable` without the kernel's random device. */
  randomKey(): string;
}

export interface Programs {
  /**
   * Runs a program by its argument list, without a shell, with the provider's variables except those of other clouds. All
   * processes of its group are killed when it ends and at `timeout`. Throws `file-unsafe`.
   */
  run(argv: readonly string[], timeout: Milliseconds): Promise<ProcessResult>;
}

export interface Log {
  /** Sets the step that the error line of the deadline names. */
  setStep(step: string): void;
  /** Writes one line to stderr for debugging. Secrets are redacted. The kubelet drops it if the run succeeds. */
  note(line: string): void;
}

/** All side effects of the program. `system/real-world.ts` has the real ones, and tests have fakes. */
export interface World extends Clock, Files, CacheStores, Network, Random, Programs, Log {
  readonly env: Environment;
  readonly machine: Machine;
  /** Returns any environment variable, also one outside `env`. The configuration file may name one with a secret. */
  readSecretVariable(name: string): Secret | undefined;
}
