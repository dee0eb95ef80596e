/**
 * `Headers`, `Response` and `FormData` for Google's libraries. They behave like Node's own as far as a login needs them:
 * text in, text out. scripts/build/contents.mjs checks that no other part of the bundle contains them.
 *
 * perf: Node's own types load undici, which takes half as long as a bare start (Node.js 24).
 */

type Pairs = Iterable<readonly [string, string]> | Readonly<Record<string, string>>;

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[^\0\r\n\u0100-\uffff]*$/;
const WHITESPACE = "\t\n\r ";

export class Headers {
  readonly #values = new Map<string, string>();
  #cookies: string[] = [];

  constructor(init?: Pairs) {
    if (init === undefined) return;
    if (init === null || typeof init !== "object") throw new TypeError("not a valid init value for headers");
    for (const pair of Symbol.iterator in init ? init : Object.entries(init)) {
      const [name, value, ...more] = pair;
      if (name === undefined || value === undefined || more.length > 0)
        throw new TypeError("not a pair of name and value");
      this.append(name, value);
    }
  }

  append(name: string, value: string): void {
    const key = normalizeName(name);
    const text = normalizeValue(value);
    const previous = this.#values.get(key);
    if (key === "set-cookie") this.#cookies.push(text);
    else this.#values.set(key, previous === undefined ? text : `${previous}, ${text}`);
  }

  set(name: string, value: string): void {
    const key = normalizeName(name);
    const text = normalizeValue(value);
    if (key === "set-cookie") this.#cookies = [text];
    else this.#values.set(key, text);
  }

  delete(name: string): void {
    const key = normalizeName(name);
    if (key === "set-cookie") this.#cookies = [];
    else this.#values.delete(key);
  }

  get(name: string): string | null {
    const key = normalizeName(name);
    if (key === "set-cookie") return this.#cookies.length > 0 ? this.#cookies.join(", ") : null;
    return this.#values.get(key) ?? null;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  getSetCookie(): string[] {
    return [...this.#cookies];
  }

  forEach(visit: (value: string, name: string, headers: Headers) => void): void {
    for (const [name, value] of this) visit(value, name, this);
  }

  *entries(): Generator<[string, string]> {
    const cookies = this.#cookies.map((cookie): [string, string] => ["set-cookie", cookie]);
    yield* [...this.#values, ...cookies].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  }

  *keys(): Generator<string> {
    for (const [name] of this) yield name;
  }

  *values(): Generator<string> {
    for (const [, value] of this) yield value;
  }

  [Symbol.iterator](): Generator<[string, string]> {
    return this.entries();
  }
}

function normalizeName(name: string): string {
  const text = String(name);
  if (!NAME.test(text)) throw new TypeError("invalid header name");
  return text.toLowerCase();
}

function normalizeValue(value: string): string {
  const text = trimWhitespace(String(value));
  if (!VALUE.test(text)) throw new TypeError("invalid header value");
  return text;
}

/** Not a regular expression, which would be quadratic in the whitespace; not `trim()`, which removes other characters. */
function trimWhitespace(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && WHITESPACE.includes(text.charAt(from))) from++;
  while (to > from && WHITESPACE.includes(text.charAt(to - 1))) to--;
  return text.slice(from, to);
}

const STATUS_WITHOUT_BODY = [101, 103, 204, 205, 304];

/** A response with a known text; its body can be read once. */
export class Response {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly #text: string | null;
  #used = false;
  #stream: ReadableStream<Uint8Array> | undefined;

  constructor(body?: string | null, init: ResponseOptions = {}) {
    const { status = 200, statusText = "", headers } = init;
    if (!(status >= 200 && status <= 599)) throw new RangeError("invalid status");
    const text = body ?? null;
    if (text !== null && STATUS_WITHOUT_BODY.includes(status))
      throw new TypeError("a response with this status has no body");
    this.status = status;
    this.statusText = statusText;
    this.headers = new Headers(headers);
    this.#text = text === null ? null : String(text).toWellFormed();
    if (text !== null && !this.headers.has("content-type"))
      this.headers.set("content-type", "text/plain;charset=UTF-8");
  }

  get ok(): boolean {
    return this.status <= 299;
  }

  get bodyUsed(): boolean {
    return this.#used;
  }

  get body(): ReadableStream<Uint8Array> | null {
    if (this.#text === null) return null;
    this.#stream ??= new ReadableStream(
      {
        pull: (controller) => {
          controller.enqueue(this.#bytes());
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    return this.#stream;
  }

  async text(): Promise<string> {
    return this.#take().replace(/^\ufeff/, "");
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#bytes().buffer;
  }

  async blob(): Promise<Blob> {
    return new Blob([this.#bytes()], { type: this.headers.get("content-type") ?? "" });
  }

  #bytes(): Uint8Array<ArrayBuffer> {
    return new TextEncoder().encode(this.#take());
  }

  #take(): string {
    if (this.#used) throw new TypeError("the body has already been read");
    this.#used = this.#text !== null;
    return this.#text ?? "";
  }
}

interface ResponseOptions {
  readonly status?: number;
  readonly statusText?: string;
  readonly headers?: Pairs;
}

/** Only for `instanceof` checks of the libraries; never constructed. */
export class FormData {}
/** Replaces `ReadableStream` in such checks. perf: accessing Node's takes 0.5 ms (Node.js 24). */
export class Upload {}
