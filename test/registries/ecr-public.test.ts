import assert from "node:assert/strict";
import { test } from "node:test";
import { parseImageReference, RegistryHost } from "../../src/core/image-reference.ts";
import { MINUTE } from "../../src/core/time.ts";
import type { World } from "../../src/core/world.ts";
import { getErrorDefinitions } from "../../src/errors/codes.ts";
import { type ErrorCode, ProviderError } from "../../src/errors/provider-error.ts";
import { logIn } from "../../src/provide.ts";
import { findRegistry } from "../../src/registries/index.ts";
import type { Target } from "../../src/registries/resolve-target.ts";
import { failure, inWorld } from "../support/world.ts";

const LASTING: readonly ErrorCode[] = [
  "aws-access-denied",
  "aws-credentials-rejected",
  "aws-instance-has-no-role",
  "aws-metadata-disabled",
  "aws-no-fips-endpoint",
  "aws-partition-mismatch",
  "platform-mismatch",
  "platform-without-metadata",
  "pod-identity-missing",
];

const REGISTRY = findRegistry(RegistryHost.parse("public.ecr.aws") ?? assert.fail());

/** The result of a login that fails, as `provide` logs in. */
function logInFailing(world: World, failure: unknown) {
  const image = parseImageReference("public.ecr.aws/nginx/nginx");
  assert.ok(image && REGISTRY);
  const target: Target = {
    authKey: image.host,
    image,
    aliases: [image],
    registry: REGISTRY,
    rule: undefined,
    ruleName: undefined,
    cacheKeyType: "registry",
  };
  return logIn(target, undefined, {}, { getOrFetch: () => Promise.reject(failure) }, world);
}

test("images of ECR Public are pulled without a login if the node has no AWS identity for them", () =>
  inWorld({}, async (world) => {
    assert.deepEqual([...(REGISTRY?.anonymousFallback?.errorCodes ?? [])].sort(), LASTING);
    for (const code of LASTING)
      assert.deepEqual(await logInFailing(world, new ProviderError(code)), {
        auth: undefined,
        cacheKeyType: "registry",
        cacheDuration: 10 * MINUTE,
      });
  }));

test("any other failure at ECR Public is a failure", () =>
  inWorld({}, async (world) => {
    const codes = Object.keys(getErrorDefinitions()).filter(
      (code): code is ErrorCode => code in getErrorDefinitions(),
    );
    for (const code of codes.filter((known) => !LASTING.includes(known)))
      assert.equal((await failure(logInFailing(world, new ProviderError(code)))).code, code);
    for (const thrown of [
      new Error("x"),
      "aws-instance-has-no-role",
      undefined,
      { code: "aws-instance-has-no-role" },
    ])
      assert.equal((await failure(logInFailing(world, thrown))).code, "internal");
  }));
