/** The output of `cache list`, without a cloud. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type CacheEntry, encodeEntry } from "../../src/cache/entry.ts";
import { MAX_LOGINS } from "../../src/cache/eviction.ts";
import { encodeNegativeEntry } from "../../src/cache/negative-entry.ts";
import { openSealedStore, type SealedStore } from "../../src/cache/sealed-store.ts";
import { runCacheList } from "../../src/cli/cache-list.ts";
import { NO_POLICY } from "../../src/config/policy.ts";
import { Secret } from "../../src/core/secret.ts";
import { HOUR } from "../../src/core/time.ts";
import type { World } from "../../src/core/world.ts";
import { ProviderError } from "../../src/errors/provider-error.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { inWorld, NOW } from "../support/world.ts";

const env = { REGISTRY_CREDENTIAL_PROVIDER_CACHE: "/run/x" };
const metadata = { registry: "a.example", identity: "the node by rules[0]" };

function entry({ machine }: World): CacheEntry {
  const login = { username: "u", password: new Secret("canary"), expiresAt: NOW + HOUR };
  return {
    login,
    metadata,
    fetchedAt: NOW,
    fetchedAtMonotonic: machine.monotonicNow(),
    cachedUntil: NOW + HOUR,
  };
}

/** Returns the lines of `cache list` for the entries. */
function listed(put: (vault: SealedStore, world: World) => void): Promise<readonly string[]> {
  return inWorld({ store: new MemoryStore(() => NOW), env }, async (world) => {
    put(openSealedStore("/run/x", world), world);
    const readPolicy = async () => NO_POLICY;
    const setting = {
      registries: { find: () => undefined, loadCustomFamily: async () => undefined },
      options: {},
      readPolicy,
    };
    const { stdout } = await runCacheList(setting, world);
    return stdout.split("\n");
  });
}

for (const [count, says] of [
  [0, "no login"],
  [1, "1 login"],
  [MAX_LOGINS - 1, `${MAX_LOGINS - 1} logins`],
  [MAX_LOGINS, `${MAX_LOGINS} logins (the maximum)`],
] as const)
  test(`the first line for ${count} logins is "usable, ${says}"`, async () => {
    const [first] = await listed((vault, world) => {
      for (let at = 0; at < count; at += 1)
        vault.write(`${at.toString(16).padStart(64, "0")}.login`, encodeEntry(entry(world)));
    });
    assert.equal(first, `/run/x: usable, ${says}`);
  });

test("shows the registry and the identity of a failure", async () => {
  const error = new ProviderError("aws-access-denied", { request: "POST https://a.example/", status: 400 });
  const lines = await listed((vault, { machine }) => {
    const failure = { error, failedAtMonotonic: machine.monotonicNow(), metadata };
    vault.write(`${"ab".repeat(32)}.failure`, encodeNegativeEntry(failure));
  });
  assert.deepEqual(
    lines.slice(2, 4).map((line) => line.split(/ {2,}/)),
    [
      ["FAILURE", "AGE", "REGISTRY", "REQUEST", "IDENTITY"],
      ["aws-access-denied", "0s", "a.example", "POST https://a.example/", "the node by rules[0]"],
    ],
  );
});
