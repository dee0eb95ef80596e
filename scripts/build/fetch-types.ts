/**
 * `Headers`, `Response` and `FormData` for Google's libraries, in place of Node's, which load all of undici: a third of
 * what a whole login costs. They mean the same, as far as a login goes: text in, text out. scripts/build/contents.mjs
 * sees to it that no other part of the bundle is given them.
 */

type Pairs = Iterable<readonly [string, string]> | Readonly<Record<string, string>>;

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[^\0\r\n\u0100-\uffff]*$/;
const BLANKS = "\t\n\r ";

export class Headers {
  readonly #values = new Map<string, string>();
  #cookies: string[] = [];

  constructor(init?: Pairs) {
    if (init === undefined) return;
    if (init === null || typeof init !== "object") throw new TypeError("no headers");
    for (const pair of Symbol.iterator in init ? init : Object.entries(init)) {
      const [name, value, ...more] = pair;
      if (name === undefined || value === undefined || more.length > 0) throw new TypeError("no pair");
      this.append(name, value);
    }
  }

  append(name: string, value: string): void {
    const key = keyOf(name);
    const text = textOf(value);
    const former = this.#values.get(key);
    if (key === "set-cookie") this.#cookies.push(text);
    else this.#values.set(key, former === undefined ? text : `${former}, ${text}`);
  }

  set(name: string, value: string): void {
    const key = keyOf(name);
    const text = textOf(value);
    if (key === "set-cookie") this.#cookies = [text];
    else this.#values.set(key, text);
  }

  delete(name: string): void {
    const key = keyOf(name);
    if (key === "set-cookie") this.#cookies = [];
    else this.#values.delete(key);
  }

  get(name: string): string | null {
    const key = keyOf(name);
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

function keyOf(name: string): string {
  const text = String(name);
  if (!NAME.test(text)) throw new TypeError("not the name of a header");
  return text.toLowerCase();
}

function textOf(value: string): string {
  const text = withoutBlanksAround(String(value));
  if (!VALUE.test(text)) throw new TypeError("not the value of a header");
  return text;
}

/** By loops: an expression that ends in `$` begins anew at each blank in the middle. `trim()` takes other letters too. */
function withoutBlanksAround(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && BLANKS.includes(text.charAt(from))) from++;
  while (to > from && BLANKS.includes(text.charAt(to - 1))) to--;
  return text.slice(from, to);
}

const WITHOUT_BODY = [101, 103, 204, 205, 304];

/** Of a text that is there already; whoever reads it, reads it once. */
export class Response {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly #text: string | null;
  #used = false;
  #stream: ReadableStream<Uint8Array> | undefined;

  constructor(body?: string | null, init: ResponseSettings = {}) {
    const { status = 200, statusText = "", headers } = init;
    if (!(status >= 200 && status <= 599)) throw new RangeError("not the status of an answer");
    const text = body ?? null;
    if (text !== null && WITHOUT_BODY.includes(status)) throw new TypeError("a body where none may be");
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
    if (this.#used) throw new TypeError("the body has been read");
    this.#used = this.#text !== null;
    return this.#text ?? "";
  }
}

interface ResponseSettings {
  readonly status?: number;
  readonly statusText?: string;
  readonly headers?: Pairs;
}

/** Nothing makes one: libraries ask of what they are given whether it is one. */
export class FormData {}
/** The same for `ReadableStream`, of what is sent: to ask Node's loads half a millisecond. */
export class Upload {}
