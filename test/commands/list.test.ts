/** The lines of `cache list`, where no cloud is needed for them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Entry, encodeEntry } from "../../src/cache/entry.ts";
import { MOST_LOGINS } from "../../src/cache/eviction.ts";
import { encodeFailure } from "../../src/cache/negative-entry.ts";
import { openVault, type Vault } from "../../src/cache/sealed-store.ts";
import { list } from "../../src/cli/cache-list.ts";
import { NO_POLICY } from "../../src/config/policy.ts";
import { Secret } from "../../src/core/secret.ts";
import { HOUR } from "../../src/core/time.ts";
import type { World } from "../../src/core/world.ts";
import { ProviderError } from "../../src/errors/provider-error.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { inWorld, NOW } from "../support/world.ts";

const env = { REGISTRY_CREDENTIAL_PROVIDER_CACHE: "/run/x" };
const about = { registry: "a.example", identity: "the node by rules[0]" };

function entry({ machine }: World): Entry {
  const login = { username: "u", password: new Secret("canary"), expiresAt: NOW + HOUR };
  return { login, about, fetchedAt: NOW, fetchedSince: machine.sinceBoot(), keptUntil: NOW + HOUR };
}

/** Its lines, of what is put there. */
function listed(put: (vault: Vault, world: World) => void): Promise<readonly string[]> {
  return inWorld({ store: new MemoryStore(() => NOW), env }, async (world) => {
    put(openVault("/run/x", world), world);
    const readPolicy = async () => NO_POLICY;
    const setting = {
      find: () => undefined,
      loadCustomFamily: async () => undefined,
      options: {},
      readPolicy,
    };
    const { stdout } = await list(setting, world);
    return stdout.split("\n");
  });
}

for (const [count, says] of [
  [0, "no login"],
  [1, "1 login"],
  [MOST_LOGINS - 1, `${MOST_LOGINS - 1} logins`],
  [MOST_LOGINS, `${MOST_LOGINS} logins (the most there may be)`],
] as const)
  test(`the first line of ${count} logins says that the place is usable, and ${says}`, async () => {
    const [first] = await listed((vault, world) => {
      for (let at = 0; at < count; at += 1)
        vault.write(`${at.toString(16).padStart(64, "0")}.login`, encodeEntry(entry(world)));
    });
    assert.equal(first, `/run/x: usable, ${says}`);
  });

test("a failure has its registry and whose login it was", async () => {
  const error = new ProviderError("aws-access-denied", { asked: "POST https://a.example/", status: 400 });
  const lines = await listed((vault, { machine }) => {
    const failure = { error, since: machine.sinceBoot(), about };
    vault.write(`${"ab".repeat(32)}.failure`, encodeFailure(failure));
  });
  assert.deepEqual(
    lines.slice(2, 4).map((line) => line.split(/ {2,}/)),
    [
      ["FAILURE", "AGE", "REGISTRY", "ASKED", "IDENTITY"],
      ["aws-access-denied", "0s", "a.example", "POST https://a.example/", "the node by rules[0]"],
    ],
  );
});
