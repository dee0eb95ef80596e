import assert from "node:assert/strict";
import { test } from "node:test";
import { urlsMatch } from "./urls-match.ts";

/** The cases of TestURLsMatch in Kubernetes (pkg/credentialprovider/keyring_test.go), then undocumented ones. */
const MATCHING: readonly (readonly [glob: string, target: string])[] = [
  ["*.kubernetes.io", "prefix.kubernetes.io"],
  ["prefix.*.io", "prefix.kubernetes.io"],
  ["prefix.kubernetes.*", "prefix.kubernetes.io"],
  ["*-good.kubernetes.io", "prefix-good.kubernetes.io"],
  ["*.kubernetes.io/blah", "prefix.kubernetes.io/blah"],
  ["prefix.*.io/foo", "prefix.kubernetes.io/foo/bar"],
  ["*.kubernetes.io:1111/blah", "prefix.kubernetes.io:1111/blah"],
  ["prefix.*.io:1111/foo", "prefix.kubernetes.io:1111/foo/bar"],
  ["*kubernetes.io", "kubernetes.io"],
  ["*.*.*.kubernetes.io", "a.b.c.kubernetes.io"],
  ["reg.io/foo", "reg.io/foobar/x"],
  ["*.azurecr.io", "MYREG.azurecr.io"],
  ["*", "localhost"],
  ["r[a-e]g.io", "reg.io/x"],
  ["[::1]:5000", "[::1]:5000/x"],
  ["user@reg.io", "reg.io/x"],
  ["reg.io?x", "reg.io/y"],
];

const NOT_MATCHING: readonly (readonly [glob: string, target: string])[] = [
  ["*.kubernetes.io", "kubernetes.io"],
  ["*.*.kubernetes.io", "prefix.kubernetes.io"],
  ["*.*.kubernetes.io", "kubernetes.io"],
  ["*kubernetes.io", "a.kubernetes.io"],
  ["kubernetes.io", "kubernetes.com"],
  ["k*.io", "quay.io"],
  ["*.kubernetes.io:1234/blah", "prefix.kubernetes.io:1111/blah"],
  ["prefix.*.io/foo", "prefix.kubernetes.io:1111/foo/bar"],
  ["reg.io:443", "reg.io/x"],
  ["reg.io/*", "reg.io/x"],
  ["re?.io", "reg.io/x"],
  ["*.azurecr.io", "myreg.AZURECR.io"],
  ["*.azurecr.io", "myreg.azurecr.io.attacker.example"],
  ["reg.io", "reg.io."],
];

const REFUSED = [
  "reg.io:*",
  "[a-z]*.io",
  "reg io",
  "reg.io:80a",
  "a%41.io",
  "reg\n.io",
  "r^g.io",
  "r[^x]g.io",
  "r[eg.io",
  "r\\g.io",
];

for (const [glob, target] of MATCHING) {
  test(`the pattern ${glob} matches ${target}`, () => assert.equal(urlsMatch(glob, target), true));
}

for (const [glob, target] of NOT_MATCHING) {
  test(`the pattern ${glob} does not match ${target}`, () => assert.equal(urlsMatch(glob, target), false));
}

for (const glob of REFUSED) {
  test(`${JSON.stringify(glob)} is not a valid pattern`, () =>
    assert.throws(() => urlsMatch(glob, "reg.io")));
}
