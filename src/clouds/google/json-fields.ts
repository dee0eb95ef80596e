import type { ProviderError } from "../../errors/provider-error.ts";
import { quoteValue } from "../../errors/show-value.ts";
import { isJsonObject } from "../../formats/json.ts";

type Content = Readonly<Record<string, unknown>>;

/** The fields of a JSON object in a file of the operator's. What is wrong is told by a field's name, never by its value. */
export class JsonFields {
  readonly #content: Content;
  readonly #refuse: (why: string) => ProviderError;

  constructor(content: Content, refuse: (why: string) => ProviderError) {
    this.#content = content;
    this.#refuse = refuse;
  }

  /** Throws where there is any other field: what is not understood may ask for what must not be done. */
  assertOnly(known: readonly string[], reasons: ReadonlyMap<string, string> = new Map()): void {
    const other = Object.keys(this.#content).find((name) => !known.includes(name));
    if (other === undefined) return;
    throw this.#refuse(`${quoteValue("key", other)}: ${reasons.get(other) ?? "that is not known"}`);
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#content, name) ? this.#content[name] : undefined;
  }

  has(name: string): boolean {
    return this.#value(name) !== undefined;
  }

  text(name: string, shape: RegExp): string {
    const value = this.optional(name, shape);
    if (value !== undefined) return value;
    throw this.#refuse(`${name} is missing`);
  }

  optional(name: string, shape: RegExp): string | undefined {
    const value = this.#value(name);
    if (value === undefined || (typeof value === "string" && shape.test(value))) return value;
    throw this.refusal(name, "has a value that it cannot have");
  }

  number(name: string, least: number, most: number): number | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    throw this.refusal(name, `is not a whole number from ${least} to ${most}`);
  }

  object(name: string): JsonFields {
    const value = this.optionalObject(name);
    if (value !== undefined) return value;
    throw this.#refuse(`${name} is missing`);
  }

  optionalObject(name: string): JsonFields | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (isJsonObject(value)) return new JsonFields({ ...value }, (why) => this.#refuse(`${name}: ${why}`));
    throw this.refusal(name, "is not an object");
  }

  /** A URL of https at one of these hosts, its path of this shape. */
  url(name: string, hosts: readonly string[], path: RegExp): URL {
    const url = this.optionalUrl(name, hosts, path);
    if (url !== undefined) return url;
    throw this.#refuse(`${name} is missing`);
  }

  optionalUrl(name: string, hosts: readonly string[], path: RegExp): URL | undefined {
    const value = this.optional(name, PRINTABLE);
    if (value === undefined) return undefined;
    const url = URL.parse(value);
    if (url?.protocol !== "https:" || !isPlainUrl(url)) throw this.refusal(name, "is not a plain https URL");
    if (!hosts.includes(url.host)) throw this.refusal(name, `leads to another host than ${hosts[0]}`);
    if (!path.test(decoded(url.pathname))) throw this.refusal(name, "has another path than it should");
    return url;
  }

  /** Headers of a request, but for those that say where it ends or whom it is for (RFC 9110 §5.1, §7.2). */
  headers(): Readonly<Record<string, string>> {
    const names = Object.keys(this.#content);
    const wrong = names.find((name) => !HEADER.test(name) || OURS.includes(name.toLowerCase()));
    if (wrong !== undefined) throw this.#refuse("headers has a name that it cannot have");
    const values = names.map((name) => this.#value(name));
    if (!values.every((value) => typeof value === "string" && PRINTABLE.test(value)))
      throw this.#refuse("headers has a value that it cannot have");
    return Object.fromEntries(names.map((name, index) => [name, String(values[index])]));
  }

  refusal(name: string, why: string): ProviderError {
    return this.#refuse(`${name} ${why}`);
  }
}

const HEADER = /^[\w!#$%&'*+.^`|~-]{1,128}$/;
const OURS = ["host", "content-length", "transfer-encoding", "connection", "expect", "upgrade"];
const PRINTABLE = /^[\x20-\x7e]{1,1024}$/;

export const isPlainUrl = ({ username, password, hash }: URL): boolean =>
  username === "" && password === "" && hash === "";

/** An address may come with its `@` escaped. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return "";
  }
}
