import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSubjectTokenSource } from "../../src/identities/subject-token.ts";
import { thrown } from "../support/world.ts";

test("returns no source on the node for request, or without a value", () => {
  for (const text of [undefined, "request"]) assert.equal(parseSubjectTokenSource(text, ["a"]), undefined);
});

test("parses a file with all accepted audiences", () => {
  const found = parseSubjectTokenSource("file:/var/run/file:x", ["a", "b"]);
  assert.deepEqual(found, {
    kind: "file",
    path: "/var/run/file:x",
    setting: "subjectToken",
    audiences: ["a", "b"],
  });
});

test("a cloud issues the token for the first audience", () => {
  for (const kind of ["google", "aws", "aws-signed", "azure"] as const)
    assert.deepEqual(parseSubjectTokenSource(kind, ["a", "b"]), { kind, audience: "a" });
});

test("any other value is an internal error, because the schema excludes it", () => {
  for (const text of ["", "pod", "AWS", "aws-signed ", "toString", "https://x.io", "File:/x"])
    assert.equal(thrown(() => parseSubjectTokenSource(text, ["a"])).code, "internal", text);
});
