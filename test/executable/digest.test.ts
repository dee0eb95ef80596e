import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { startCloud } from "../cloud/cloud.ts";
import { memoryUnavailable, SHARED_MEMORY } from "../support/memory-folder.ts";
import { requestFor, run } from "./start.ts";

/** The names and seals of the cache use their own HMAC implementation, so this test compares it with node:crypto. */
test("a cached login is sealed with HMAC-SHA-256", { skip: memoryUnavailable }, async () => {
  const root = await mkdtemp(join(SHARED_MEMORY, "digest-"));
  const cloud = await startCloud();
  try {
    const directory = join(root, "kept");
    const env = { ...cloud.env("aws"), REGISTRY_CREDENTIAL_PROVIDER_CACHE: directory };
    const stdin = requestFor("123456789012.dkr.ecr.us-east-1.amazonaws.com/app");
    assert.equal((await run({ env, stdin })).status, 0);
    const names = await readdir(directory);
    const key = await readlink(join(directory, names.find((name) => name.startsWith("key-")) ?? ""));
    const login = names.find((name) => name.endsWith(".login")) ?? "";
    const [seal, text = ""] = (await readFile(join(directory, login), "utf8")).split("\n");
    const sealed = `${login.length}:${login}${Buffer.byteLength(text)}:${text}`;
    assert.equal(seal, createHmac("sha256", key).update(sealed).digest("hex"));
  } finally {
    await cloud.stop();
    await rm(root, { recursive: true });
  }
});
