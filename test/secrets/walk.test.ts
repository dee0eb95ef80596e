import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startCloud } from "../cloud/cloud.ts";
import { FLAGS } from "./arguments.ts";
import { CANARIES } from "./canary.ts";
import { AWS_KEYS, AZURE_KEYS, createWriter, GOOGLE_KEYS, GOOGLE_SOURCE_KEYS } from "./files.ts";
import { play, playAll } from "./play.ts";
import { PLACES } from "./walk.ts";

test("a secret in a variable, argument or key of a file is neither shown nor looked up", async (context) => {
  const cloud = await startCloud();
  const folder = await mkdtemp(join(tmpdir(), "secrets-"));
  context.after(async () => {
    await cloud.stop();
    await rm(folder, { recursive: true });
  });
  const write = createWriter(folder);
  // Every third place with one shape, and each shape in many places. The slow test covers all places and shapes.
  const rows = PLACES.flatMap((place, index) => {
    const canary = index % 3 === 0 ? CANARIES[(index / 3) % CANARIES.length] : undefined;
    return canary === undefined ? [] : [{ place, canary }];
  });
  await playAll(
    rows,
    ({ place, canary }) => `${place.name} with ${canary.shape}`,
    ({ place, canary }) => play(place.play(canary, cloud, write), canary),
  );
});

const READ: readonly (readonly [what: string, keys: readonly string[], some: readonly string[]])[] = [
  ["flags", FLAGS, ["--config", "-v", "--authFlow", "--registry-mirror"]],
  [
    "azure.json",
    AZURE_KEYS,
    ["aadClientId", "aadClientSecret", "cloud", "tenantId", "userAssignedIdentityID"],
  ],
  [
    "shared files of AWS",
    AWS_KEYS,
    ["aws_access_key_id", "credential_process", "external_id", "region", "role_arn"],
  ],
  ["Google's files", GOOGLE_KEYS, ["private_key", "token_url", "service_account_impersonation_url", "type"]],
  ["Google's sources", GOOGLE_SOURCE_KEYS, ["file", "url", "environment_id"]],
];
for (const [what, keys, some] of READ)
  test(`the keys of ${what} are read from the source`, () => {
    assert.deepEqual(
      some.filter((key) => !keys.includes(key)),
      [],
      keys.join(" "),
    );
  });
