import { ERROR_CODES, type ErrorCode, type Stage } from "./codes.ts";

export type { ErrorCode, Stage };

/** What is known of a failure beside its code. Every value is shown: nothing secret, no text of a remote body. */
export interface ErrorFacts {
  /** Where it happened, for the codes of the wire. */
  readonly stage?: Stage | undefined;
  /** The particular, in a few words: a name, a path, a value. */
  readonly detail?: string | undefined;
  /** Whose identity was used, or which were tried and why they were not. */
  readonly identity?: string | undefined;
  /** The configuration's rule that the image falls under: `rules[3]`. */
  readonly rule?: string | undefined;
  /** What was asked: method and URL without its query. */
  readonly request?: string | undefined;
  readonly attempts?: number | undefined;
  readonly status?: number | undefined;
  readonly vendorCode?: string | undefined;
  readonly requestId?: string | undefined;
  /** In place of the table's, where what to do depends on what is known. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** The only error that leaves a module: a code of the table, with what is known. */
export class ProviderError extends Error {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, facts: ErrorFacts = {}) {
    const { sentence } = ERROR_CODES[code];
    super(facts.detail ? `${sentence}: ${facts.detail}` : sentence, { cause: facts.cause });
    this.name = "ProviderError";
    this.code = code;
    this.facts = facts;
  }

  get sentence(): string {
    return ERROR_CODES[this.code].sentence;
  }

  get stage(): Stage {
    const stage = ERROR_CODES[this.code].stage;
    return stage === "remote" ? (this.facts.stage ?? "token") : stage;
  }

  get hint(): string {
    return this.facts.hint ?? ERROR_CODES[this.code].hint;
  }

  /** The same failure, with more known of it. What was known first stays. */
  with(facts: ErrorFacts): ProviderError {
    const known = Object.entries<unknown>({ ...this.facts }).filter(([, value]) => value !== undefined);
    return new ProviderError(this.code, { ...facts, ...Object.fromEntries(known) });
  }
}

/** 2: the request, the arguments or the environment must be mended; 1: the cloud could not be asked, or said no. */
export function getExitStatus(error: ProviderError): 1 | 2 {
  return error.stage === "request" || error.stage === "config" ? 2 : 1;
}

/** Anything thrown, as one of ours. What a library threw keeps only its class and code: its message may quote a secret. */
export function ensureProviderError(thrown: unknown): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  return new ProviderError("internal", { detail: describeThrown(thrown), cause: thrown });
}

/** Whether it is the system's error of this name, such as `ENOENT`. */
export function hasErrorCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === code;
}

/** Reports whether a system call failed, such as `open(2)`, as opposed to a bug in this program. */
export function isSystemError(thrown: unknown): thrown is Error {
  return thrown instanceof Error && "syscall" in thrown;
}

/** Reports whether OpenSSL refused what it was given, such as a key that it cannot parse. */
export function isOpenSslError(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && String(thrown.code).startsWith("ERR_OSSL_");
}

/** The class of a thrown thing and its `code`, both by construction free of secrets. */
export function describeThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  const code = "code" in thrown && typeof thrown.code === "string" ? ` ${thrown.code}` : "";
  return `${thrown.name}${code}`;
}
