import assert from "node:assert/strict";
import { test } from "node:test";
import { MINUTE } from "../../src/core/time.ts";
import { ERROR_CODES } from "../../src/errors/codes.ts";
import { type ErrorCode, ProviderError } from "../../src/errors/provider-error.ts";
import { ANONYMOUS_INSTEAD, anonymousInstead } from "../../src/registries/ecr-public.ts";

const LASTING: readonly ErrorCode[] = [
  "aws-access-denied",
  "aws-credentials-rejected",
  "aws-metadata-disabled",
  "aws-no-fips-endpoint",
  "aws-instance-has-no-role",
  "aws-partition-mismatch",
  "platform-without-metadata",
  "platform-mismatch",
  "pod-identity-missing",
];

test("a node that has no AWS identity for it pulls from ECR Public without a login", () => {
  assert.deepEqual([...ANONYMOUS_INSTEAD].sort(), LASTING);
  for (const code of LASTING) {
    const because = new ProviderError(code);
    assert.deepEqual(anonymousInstead(because), {
      kind: "anonymous",
      because,
      cacheFor: 10 * MINUTE,
    });
  }
});

test("any other failure at ECR Public stays one", () => {
  const codes = Object.keys(ERROR_CODES).filter((code): code is ErrorCode => code in ERROR_CODES);
  for (const code of codes.filter((known) => !ANONYMOUS_INSTEAD.has(known))) {
    assert.throws(() => anonymousInstead(new ProviderError(code)), { code });
  }
  for (const thrown of [
    new Error("x"),
    "aws-instance-has-no-role",
    undefined,
    { code: "aws-instance-has-no-role" },
  ])
    assert.throws(
      () => anonymousInstead(thrown),
      (error) => error === thrown || thrown === undefined,
    );
});
