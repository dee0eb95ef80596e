import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSubjectTokenSource } from "../../src/identities/subject-token.ts";
import { thrown } from "../support/world.ts";

test("without a word, and by request, no source on the node is named", () => {
  for (const text of [undefined, "request"]) assert.equal(parseSubjectTokenSource(text, ["a"]), undefined);
});

test("a file is its path, with all audiences that will do", () => {
  const found = parseSubjectTokenSource("file:/var/run/file:x", ["a", "b"]);
  assert.deepEqual(found, {
    kind: "file",
    path: "/var/run/file:x",
    setting: "subjectToken",
    audiences: ["a", "b"],
  });
});

test("a node's own cloud makes the token for the first audience", () => {
  for (const kind of ["google", "aws", "aws-signed", "azure"] as const)
    assert.deepEqual(parseSubjectTokenSource(kind, ["a", "b"]), { kind, audience: "a" });
});

test("any other word is a mistake of ours: the configuration is checked before", () => {
  for (const text of ["", "pod", "AWS", "aws-signed ", "toString", "https://x.io", "File:/x"])
    assert.equal(thrown(() => parseSubjectTokenSource(text, ["a"])).code, "internal", text);
});
