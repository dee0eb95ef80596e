import { type ErrorCode, getErrorDefinitions, type Stage } from "./codes.ts";

export type { ErrorCode, Stage };

/** What is known about a failure. The error line shows every value, so none may hold a secret or text of a response body. */
export interface ErrorFacts {
  /** The stage of the service that was called, for codes whose stage is `remote`. */
  readonly stage?: Stage | undefined;
  /** The particular case in a few words: a name, a path, a value. */
  readonly detail?: string | undefined;
  /** The identity that was used, or the credential sources that were tried with the reason why each was not used. */
  readonly identity?: string | undefined;
  /** The rule that applies to the image, such as `rules[3]`. */
  readonly rule?: string | undefined;
  /** Method and URL of the request, without the query. */
  readonly request?: string | undefined;
  readonly attempts?: number | undefined;
  readonly status?: number | undefined;
  readonly vendorCode?: string | undefined;
  readonly requestId?: string | undefined;
  /** Replaces the hint of the code if the facts allow a better one. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** An error with a code of `codes.ts` and the known facts. Every module throws only this error. */
export class ProviderError extends Error {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, facts: ErrorFacts = {}) {
    super(facts.detail ? `${code}: ${facts.detail}` : code, { cause: facts.cause });
    this.name = "ProviderError";
    this.code = code;
    this.facts = facts;
  }

  get sentence(): string {
    return getErrorDefinitions()[this.code].sentence;
  }

  get stage(): Stage {
    const { stage } = getErrorDefinitions()[this.code];
    return stage === "remote" ? (this.facts.stage ?? "token") : stage;
  }

  get hint(): string {
    return this.facts.hint ?? getErrorDefinitions()[this.code].hint;
  }

  /** Returns the same error with more facts. Facts that it already has are kept. */
  with(facts: ErrorFacts): ProviderError {
    const known = Object.entries<unknown>({ ...this.facts }).filter(([, value]) => value !== undefined);
    return new ProviderError(this.code, { ...facts, ...Object.fromEntries(known) });
  }
}

/** Returns 2 if the request, the arguments, a file or the environment must be corrected, and 1 for any other error. */
export function getExitStatus(error: ProviderError): 1 | 2 {
  return error.stage === "request" || error.stage === "config" ? 2 : 1;
}

/** Returns any thrown value as a ProviderError. A library's error keeps only its class and code: its message may quote a secret. */
export function ensureProviderError(thrown: unknown): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  return new ProviderError("internal", { detail: describeThrown(thrown), cause: thrown });
}

/** Reports whether a thrown value is an error of Node.js with this code, such as `ENOENT`. */
export function hasErrorCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === code;
}

/** Reports whether a system call failed, such as `open(2)`, as opposed to a bug in this program. */
export function isSystemError(thrown: unknown): thrown is Error {
  return thrown instanceof Error && "syscall" in thrown;
}

/** Reports whether OpenSSL rejected its input, such as a key that it cannot parse. */
export function isOpenSslError(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && String(thrown.code).startsWith("ERR_OSSL_");
}

/** Returns the class and the `code` of a thrown value, which never contain secrets. */
export function describeThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  const code = "code" in thrown && typeof thrown.code === "string" ? ` ${thrown.code}` : "";
  return `${thrown.name}${code}`;
}
