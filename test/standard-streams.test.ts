import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { ErrorCode } from "../src/errors/provider-error.ts";
import { readFile } from "../src/system/files.ts";
import { isTerminal } from "../src/system/stdio.ts";
import { failure } from "./support/world.ts";

const folder = mkdtempSync(join(tmpdir(), "streams-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

test("the standard streams of a test are not terminals", async () => {
  assert.deepEqual([await isTerminal(0), await isTerminal(2)], [false, false]);
});

test("reads a whole file up to the limit", async () => {
  assert.equal(await readFile(file("ten", "0123456789"), 10), "0123456789");
  assert.equal(await readFile(file("none", ""), 10), "");
});

test("a missing file is not an error", async () => {
  assert.equal(await readFile(join(folder, "missing"), 10), undefined);
  assert.equal(await readFile("/dev/null/.aws/config", 10), undefined);
});

const UNREADABLE: readonly (readonly [what: string, path: () => string, code: ErrorCode])[] = [
  ["a file over its limit", () => file("eleven", "0123456789a"), "file-unreadable"],
  ["a directory", () => folder, "file-unreadable"],
  ["a device", () => "/dev/zero", "file-unreadable"],
  ["a path with a NUL", () => `${folder}/a\0b`, "file-unreadable"],
];
for (const [what, path, code] of UNREADABLE)
  test(`refuses to read ${what}, and names it`, async () => {
    const error = await failure(readFile(path(), 10));
    assert.equal(error.code, code);
    assert.ok(!error.message.includes("0123456789"));
  });

test("reading a file leaves no descriptor open", async () => {
  const path = file("again", "x");
  const lowest = () => {
    const descriptor = openSync(path, "r");
    closeSync(descriptor);
    return descriptor;
  };
  const before = lowest();
  for (let index = 0; index < 20; index += 1) await readFile(path, 10);
  for (let index = 0; index < 20; index += 1) await failure(readFile(folder, 10));
  assert.equal(lowest(), before);
  assert.equal(readFileSync(path, "utf8"), "x");
});
