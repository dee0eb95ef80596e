import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFileKind } from "../../src/cache/file-names.ts";

const DIGEST = "0123456789abcdef".repeat(4);

test("every name that a run makes is known for what it is", () => {
  const kinds = {
    [`${DIGEST}.login`]: "login",
    [`${DIGEST}.hits`]: "hits",
    [`${DIGEST}.failure`]: "failure",
    [`${DIGEST}.rules`]: "rules",
    [`${DIGEST}.lease-0`]: "lease",
    [`${DIGEST}.lease-63`]: "lease",
    "key-7c1f4b3e-9a43-4c52-8f27-52f6b7a1e0d9": "key",
    "key-unknown": "key",
    [`${DIGEST}.login.new-4711`]: "unfinished",
  };
  for (const [name, kind] of Object.entries(kinds)) assert.equal(parseFileKind(name), kind, name);
});

test("any other name is somebody else's", () => {
  const names = [
    "",
    ".",
    "..",
    "login",
    `${DIGEST}`,
    `${DIGEST}.login.bak`,
    `${DIGEST.slice(1)}.login`,
    `${DIGEST.toUpperCase()}.login`,
    `x${DIGEST}.login`,
    `${DIGEST}.login\n`,
    `${DIGEST}.lease-`,
    `${DIGEST}.lease-0.old`,
    "key-",
    "key-../../etc/passwd",
    "key-\u001b[31m",
    "notes.new-1",
  ];
  for (const name of names) assert.equal(parseFileKind(name), undefined, JSON.stringify(name));
});
