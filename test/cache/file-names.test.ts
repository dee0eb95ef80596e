import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFileKind } from "../../src/cache/file-names.ts";

const CACHE_KEY = "0123456789abcdef".repeat(4);

test("recognises every name that a run creates", () => {
  const kinds = {
    [`${CACHE_KEY}.login`]: "login",
    [`${CACHE_KEY}.hits`]: "hits",
    [`${CACHE_KEY}.failure`]: "failure",
    [`${CACHE_KEY}.rules`]: "rules",
    [`${CACHE_KEY}.lease-0`]: "lease",
    [`${CACHE_KEY}.lease-63`]: "lease",
    "key-7c1f4b3e-9a43-4c52-8f27-52f6b7a1e0d9": "key",
    "key-unknown": "key",
    [`${CACHE_KEY}.login.new-4711`]: "unfinished",
  };
  for (const [name, kind] of Object.entries(kinds)) assert.equal(parseFileKind(name), kind, name);
});

test("recognises no other name", () => {
  const names = [
    "",
    ".",
    "..",
    "login",
    `${CACHE_KEY}`,
    `${CACHE_KEY}.login.bak`,
    `${CACHE_KEY.slice(1)}.login`,
    `${CACHE_KEY.toUpperCase()}.login`,
    `x${CACHE_KEY}.login`,
    `${CACHE_KEY}.login\n`,
    `${CACHE_KEY}.lease-`,
    `${CACHE_KEY}.lease-0.old`,
    "key-",
    "key-../../etc/passwd",
    "key-\u001b[31m",
    "notes.new-1",
  ];
  for (const name of names) assert.equal(parseFileKind(name), undefined, JSON.stringify(name));
});
