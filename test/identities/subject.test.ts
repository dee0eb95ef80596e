import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceOf } from "../../src/identities/subject.ts";
import { askerOf } from "../support/asker.ts";
import { thrown } from "../support/world.ts";

const { pod } = askerOf("x.io/y", { subject: "system:serviceaccount:shop:web" });

test("without a word, and by request, it is the pod's token, if there is one", () => {
  assert.ok(pod);
  for (const text of [undefined, "request"]) {
    assert.deepEqual(sourceOf(text, pod, ["a"]), { kind: "request", pod });
    assert.equal(sourceOf(text, undefined, ["a"]), undefined);
  }
});

test("a file is its path, with all audiences that will do", () => {
  const found = sourceOf("file:/var/run/file:x", undefined, ["a", "b"]);
  assert.deepEqual(found, { kind: "file", path: "/var/run/file:x", audiences: ["a", "b"] });
});

test("a node's own cloud makes the token for the first audience, whoever asks", () => {
  for (const kind of ["google", "aws", "aws-signed", "azure"] as const) {
    assert.deepEqual(sourceOf(kind, undefined, ["a", "b"]), { kind, audience: "a" });
    assert.deepEqual(sourceOf(kind, pod, ["a", "b"]), { kind, audience: "a" });
  }
});

test("any other word is a mistake of ours: the configuration is checked before", () => {
  for (const text of ["", "pod", "AWS", "aws-signed ", "toString", "https://x.io", "File:/x"])
    assert.equal(thrown(() => sourceOf(text, pod, ["a"])).code, "internal", text);
});
