import assert from "node:assert/strict";
import { test } from "node:test";
import { HOUR, MINUTE, type Milliseconds, SECOND } from "../../src/core/time.ts";
import { ProviderError } from "../../src/errors/provider-error.ts";
import { acrCacheDuration } from "../../src/registries/acr.ts";
import { googleCacheDuration } from "../../src/registries/artifact-registry.ts";
import { ecrCacheDuration } from "../../src/registries/ecr-login.ts";

const now = Date.UTC(2026, 8, 1);

/** Remaining lifetime and the resulting cache duration. */
const HALF: readonly (readonly [life: Milliseconds, kept: Milliseconds])[] = [
  [12 * HOUR, 6 * HOUR],
  [13 * HOUR, 6 * HOUR],
  [1000 * HOUR, 6 * HOUR],
  [HOUR, 30 * MINUTE],
  [2 * MINUTE, MINUTE],
  [2 * MINUTE - 1, 0],
  [SECOND, 0],
  [1, 0],
  [2 * HOUR + 1, HOUR],
];
const MARGIN: readonly (readonly [life: Milliseconds, kept: Milliseconds])[] = [
  [HOUR, 54 * MINUTE],
  [3599 * SECOND, 3239.1 * SECOND],
  [12 * HOUR, 10.8 * HOUR],
  [50 * MINUTE, 45 * MINUTE],
  [10 * MINUTE, 5 * MINUTE],
  [6 * MINUTE, MINUTE],
  [6 * MINUTE - 1, 0],
  [5 * MINUTE, 0],
  [2 * MINUTE, 0],
  [1, 0],
];

const HOUR_OR_MARGIN: readonly (readonly [life: Milliseconds, kept: Milliseconds])[] = [
  [3 * HOUR, HOUR],
  [65 * MINUTE, HOUR],
  [64 * MINUTE, 59 * MINUTE],
  [6 * MINUTE, MINUTE],
  [6 * MINUTE - 1, 0],
  [MINUTE, 0],
  [1, 0],
];

for (const [life, kept] of HOUR_OR_MARGIN) {
  test(`ACR: a lifetime of ${life} ms is cached for ${kept} ms`, () =>
    assert.equal(acrCacheDuration(now + life, now), kept));
}

for (const [life, kept] of HALF) {
  test(`ECR: a lifetime of ${life} ms is cached for ${kept} ms`, () =>
    assert.equal(ecrCacheDuration(now + life, now), kept));
}

for (const [life, kept] of MARGIN) {
  test(`Google: a lifetime of ${life} ms is cached for ${kept} ms`, () =>
    assert.equal(googleCacheDuration(now + life, now), kept));
}

for (const rule of [ecrCacheDuration, acrCacheDuration, googleCacheDuration]) {
  test(`${rule.name}: a login without a known expiry is not cached`, () => {
    for (const unknown of [undefined, Number.NaN, Number.POSITIVE_INFINITY])
      assert.equal(rule(unknown, now), 0);
  });

  test(`${rule.name}: an expired token is an error`, () => {
    for (const expiresAt of [now, now - 1, 0, -1]) {
      assert.throws(
        () => rule(expiresAt, now),
        (error) => error instanceof ProviderError && error.code === "token-expired",
      );
    }
  });
}
