import type { ProviderError } from "../../errors/provider-error.ts";
import { quoteValue } from "../../errors/show-value.ts";
import { isJsonObject, type JsonObject } from "../../formats/json.ts";

/** Reads the fields of a JSON object in an operator's file. Its errors name fields and never quote values. */
export class JsonFields {
  readonly #content: JsonObject;
  readonly #refuse: (problem: string) => ProviderError;

  constructor(content: JsonObject, refuse: (problem: string) => ProviderError) {
    this.#content = content;
    this.#refuse = refuse;
  }

  /** Throws if there is any other field, because an unknown field may change what the file means. */
  assertOnly(known: readonly string[], reasons: ReadonlyMap<string, string> = new Map()): void {
    const unknown = Object.keys(this.#content).find((name) => !known.includes(name));
    if (unknown === undefined) return;
    throw this.#refuse(`${quoteValue("key", unknown)}: ${reasons.get(unknown) ?? "unknown field"}`);
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#content, name) ? this.#content[name] : undefined;
  }

  #require<T>(name: string, value: T | undefined): T {
    if (value !== undefined) return value;
    throw this.refusal(name, "is missing");
  }

  has(name: string): boolean {
    return this.#value(name) !== undefined;
  }

  text(name: string, pattern: RegExp): string {
    return this.#require(name, this.optional(name, pattern));
  }

  optional(name: string, pattern: RegExp): string | undefined {
    const value = this.#value(name);
    if (value === undefined || (typeof value === "string" && pattern.test(value))) return value;
    throw this.refusal(name, "has an invalid value");
  }

  number(name: string, min: number, max: number): number | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
    throw this.refusal(name, `is not a whole number from ${min} to ${max}`);
  }

  object(name: string): JsonFields {
    return this.#require(name, this.optionalObject(name));
  }

  optionalObject(name: string): JsonFields | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (isJsonObject(value)) return new JsonFields(value, (problem) => this.#refuse(`${name}: ${problem}`));
    throw this.refusal(name, "is not an object");
  }

  /** Returns an https URL with one of these hosts and a path that matches the pattern. */
  url(name: string, hosts: readonly string[], path: RegExp): URL {
    return this.#require(name, this.optionalUrl(name, hosts, path));
  }

  optionalUrl(name: string, hosts: readonly string[], path: RegExp): URL | undefined {
    const value = this.optional(name, PRINTABLE_VALUE);
    if (value === undefined) return undefined;
    const url = URL.parse(value);
    if (url?.protocol !== "https:" || !isPlainUrl(url)) throw this.refusal(name, "is not a plain https URL");
    if (!hosts.includes(url.host)) throw this.refusal(name, `has another host than ${hosts[0]}`);
    if (!path.test(decodePath(url.pathname))) throw this.refusal(name, "has an unexpected path");
    return url;
  }

  /** Returns the object as request headers. Headers that frame or route the request are refused (RFC 9110 §5.1, §7.2). */
  headers(): Readonly<Record<string, string>> {
    const names = Object.keys(this.#content);
    if (!names.every((name) => HEADER_NAME.test(name) && !RESERVED_HEADERS.includes(name.toLowerCase())))
      throw this.refusal("headers", "has an invalid name");
    const values = names.map((name) => this.#value(name));
    if (!values.every((value) => typeof value === "string" && PRINTABLE_VALUE.test(value)))
      throw this.refusal("headers", "has an invalid value");
    return Object.fromEntries(names.map((name, index) => [name, String(values[index])]));
  }

  refusal(name: string, problem: string): ProviderError {
    return this.#refuse(`${name} ${problem}`);
  }
}

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,128}$/;
const RESERVED_HEADERS = ["host", "content-length", "transfer-encoding", "connection", "expect", "upgrade"];
const PRINTABLE_VALUE = /^[\x20-\x7e]{1,1024}$/;

/** Reports whether a URL has no user name, password and fragment. */
export const isPlainUrl = ({ username, password, hash }: URL): boolean =>
  username === "" && password === "" && hash === "";

/** An email address in a path may have its `@` escaped. */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return "";
  }
}
