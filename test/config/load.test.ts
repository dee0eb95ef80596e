import assert from "node:assert/strict";
import { test } from "node:test";
import { createPolicyReader, NO_CONFIG_CACHE } from "../../src/config/load.ts";
import { NO_POLICY } from "../../src/config/policy.ts";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import { failure, inWorld } from "../support/world.ts";
import { HEAD } from "./invalid-configs.ts";

const DEFAULT_PATH = "/etc/registry-credential-provider/config.yaml";
const readPolicy = createPolicyReader(async () => [], NO_CONFIG_CACHE);

test("returns no policy without a file, after one read", () =>
  inWorld({}, async (world) => {
    assert.equal(await readPolicy({}, world), NO_POLICY);
    assert.deepEqual(world.filesRead, [DEFAULT_PATH]);
  }));

test("reads the file at the default path", () =>
  inWorld({ files: { [DEFAULT_PATH]: HEAD } }, async (world) => {
    assert.deepEqual(await readPolicy({}, world), NO_POLICY);
  }));

test("reads only the file of --config", () =>
  inWorld({ files: { [DEFAULT_PATH]: "faulty", "/c.json": "{}" } }, async (world) => {
    const error = await failure(readPolicy({ configPath: "/c.json" }, world));
    assert.match(
      error.message,
      /\/c\.json:1:1: the required key "apiVersion" is missing; .*"kind" is missing/,
    );
    assert.deepEqual(world.filesRead, ["/c.json"]);
  }));

test("fails if the file of --config does not exist", () =>
  inWorld({}, async (world) => {
    const error = await failure(readPolicy({ configPath: "/c.yaml" }, world));
    assert.deepEqual([error.code, error.facts.detail], ["config-unreadable", "/c.yaml does not exist"]);
  }));

const FAILING: readonly (readonly [ErrorCode, ErrorCode])[] = [
  ["file-unreadable", "config-unreadable"],
  ["file-unsafe", "file-unsafe"],
];
for (const [fails, code] of FAILING) {
  test(`reports ${code} for ${fails} at the default path`, () =>
    inWorld({ files: { [DEFAULT_PATH]: { fails } } }, async (world) => {
      const error = await failure(readPolicy({}, world));
      assert.deepEqual([error.code, error.facts.detail], [code, DEFAULT_PATH]);
    }));
}
