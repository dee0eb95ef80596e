/** The fetch types that replace those of Node.js in the bundle for Google's libraries behave like the originals. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as stand from "../../scripts/build/fetch-types.ts";

type AnyHeaders = Headers | stand.Headers;
type AnyResponse = Response | stand.Response;
type Init = [string, string][] | Record<string, string>;

/** Tests that both implementations return the same result, or throw errors of the same class. */
function testAlike<Result>(name: string, inits: readonly Init[], ask: (headers: AnyHeaders) => Result): void {
  test(name, () => {
    for (const init of inits) {
      const [own, ours] = [() => ask(new Headers(init)), () => ask(new stand.Headers(init))].map(
        captureOutcome,
      );
      assert.deepEqual(ours, own, JSON.stringify(init));
    }
  });
}

function captureOutcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error instanceof Error ? error.name : error;
  }
}

const INITS: readonly Init[] = [
  {},
  { "Metadata-Flavor": "Google", Accept: "*/*", "x-empty": "" },
  [
    ["b", "2"],
    ["A", "1"],
    ["a", "3"],
    ["Set-Cookie", "x=1"],
    ["set-cookie", "y=2"],
    ["c", " \t4\n "],
  ],
];

testAlike("headers are told in the order of their names, in small letters", INITS, (headers) => [
  [...headers],
  [...headers.entries()],
  [...headers.keys()],
  [...headers.values()],
  Object.fromEntries(headers),
]);

testAlike(
  "blanks around a value are dropped, those in its middle and other white space are not",
  [
    "",
    " ",
    "\t\r\n ",
    " a\tb ",
    "\u00a0a\u00a0",
    "\va\f",
    `a${" ".repeat(100_000)}b`,
    " ".repeat(100_000),
  ].map((value) => ({ a: value })),
  (headers) => headers.get("a"),
);

testAlike("each header is visited once, with its name and its headers", INITS, (headers) => {
  const seen: unknown[] = [];
  headers.forEach((value, name, all) => {
    seen.push([value, name, all === headers]);
  });
  return seen;
});

testAlike("headers are found by their name in any letters", INITS, (headers) =>
  ["A", "a", "METADATA-FLAVOR", "x-empty", "none", "set-COOKIE"].map((name) => [
    headers.get(name),
    headers.has(name),
  ]),
);

testAlike("headers can be set, added to and deleted", INITS, (headers) => {
  headers.set("A", "new");
  headers.append("a", "more");
  headers.append("Accept", "text/plain");
  headers.delete("B");
  headers.delete("none");
  headers.append("set-cookie", "z=3");
  const cookies = headers.getSetCookie();
  headers.set("Set-Cookie", "only");
  const only = headers.getSetCookie();
  headers.delete("SET-cookie");
  return [cookies, only, headers.getSetCookie(), headers.has("set-cookie"), [...headers]];
});

testAlike(
  "invalid headers are refused",
  [{ "a b": "1" }, { "": "1" }, { a: "1\r\nb: 2" }, { a: "\0" }, { a: "€" }, { ä: "1" }, { a: "ä" }],
  (headers) => [...headers],
);

test("headers are created empty or from headers of either kind, and not from other values", () => {
  assert.deepEqual([...new stand.Headers()], []);
  assert.deepEqual([...new stand.Headers(undefined)], []);
  const own = new Headers({ B: "2", A: "1" });
  const expected = [
    ["a", "1"],
    ["b", "2"],
  ];
  assert.deepEqual([...new stand.Headers(own)], expected);
  assert.deepEqual([...new stand.Headers(new stand.Headers(own))], expected);
  for (const none of ["null", '"text"', "1", '[["a"]]', '[["a","b","c"]]']) {
    assert.throws(() => new Headers(JSON.parse(none)), TypeError, none);
    assert.throws(() => new stand.Headers(JSON.parse(none)), TypeError, none);
  }
});

test("changing a copy does not change the original headers", () => {
  const first = new stand.Headers({ a: "1" });
  const copy = new stand.Headers(first);
  copy.set("a", "2");
  assert.equal(first.get("a"), "1");
});

const BODIES = ["", "plain", '{"a":[1,"ä€😀"]}', "\ufeff{}", "\ud800", null, undefined] as const;
const SETTINGS = [
  undefined,
  {},
  { status: 404, statusText: "Not Found", headers: { "Content-Type": "application/json", Via: "x" } },
  ...[199, 204, 304, 599, 600].map((status) => ({ status })),
];
const READERS: readonly ((response: AnyResponse) => Promise<unknown>)[] = [
  (response) => response.text(),
  (response) => response.json(),
  async (response) => new Uint8Array(await response.arrayBuffer()),
  async (response) => {
    const blob = await response.blob();
    return [blob.type, await blob.text()];
  },
  async (response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body ?? []) chunks.push(chunk);
    return Buffer.concat(chunks);
  },
];

async function describeResponse(make: () => AnyResponse, read: (typeof READERS)[number]): Promise<unknown> {
  try {
    const response = make();
    const { status, statusText, ok, headers, bodyUsed } = response;
    const first = await read(response).catch((error: Error) => error.name);
    const again = await response.text().catch((error: Error) => error.name);
    return [status, statusText, ok, [...headers], bodyUsed, first, response.bodyUsed, again];
  } catch (error) {
    return error instanceof Error ? error.name : error;
  }
}

test("a response can be read once, in every way, with the same result as Node's own", async () => {
  for (const body of BODIES)
    for (const settings of SETTINGS)
      for (const read of READERS) {
        const own = await describeResponse(() => new Response(body, settings), read);
        const ours = await describeResponse(() => new stand.Response(body, settings), read);
        assert.deepEqual(ours, own, `${JSON.stringify([body, settings])} ${read}`);
      }
});

test("the body of a response is always the same stream", () => {
  const response = new stand.Response("text");
  assert.ok(response.body instanceof ReadableStream);
  assert.equal(response.body, response.body);
  assert.equal(response.bodyUsed, false);
});
