import assert from "node:assert/strict";
import { test } from "node:test";
import { createPolicyReader, NO_CONFIG_CACHE } from "../../src/config/load.ts";
import { NO_POLICY } from "../../src/config/policy.ts";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import { failure, inWorld } from "../support/world.ts";
import { HEAD } from "./faulty-texts.ts";

const USUAL = "/etc/registry-credential-provider/config.yaml";
const readPolicy = createPolicyReader(async () => [], NO_CONFIG_CACHE);

test("without a file there is no policy, after one look", () =>
  inWorld({}, async (world) => {
    assert.equal(await readPolicy({}, world), NO_POLICY);
    assert.deepEqual(world.filesRead, [USUAL]);
  }));

test("the file at its usual place is read", () =>
  inWorld({ files: { [USUAL]: HEAD } }, async (world) => {
    assert.deepEqual(await readPolicy({}, world), NO_POLICY);
  }));

test("the file that an argument names is read, and no other", () =>
  inWorld({ files: { [USUAL]: "faulty", "/c.json": "{}" } }, async (world) => {
    const error = await failure(readPolicy({ configPath: "/c.json" }, world));
    assert.match(
      error.message,
      /\/c\.json:1:1: the required key "apiVersion" is missing; .*"kind" is missing/,
    );
    assert.deepEqual(world.filesRead, ["/c.json"]);
  }));

test("a file that an argument names must be there", () =>
  inWorld({}, async (world) => {
    const error = await failure(readPolicy({ configPath: "/c.yaml" }, world));
    assert.deepEqual([error.code, error.facts.detail], ["config-unreadable", "/c.yaml does not exist"]);
  }));

const FAILING: readonly (readonly [ErrorCode, ErrorCode])[] = [
  ["file-unreadable", "config-unreadable"],
  ["file-unsafe", "file-unsafe"],
];
for (const [fails, code] of FAILING) {
  test(`a file of which the world says ${fails} is ${code}, at its usual place too`, () =>
    inWorld({ files: { [USUAL]: { fails } } }, async (world) => {
      const error = await failure(readPolicy({}, world));
      assert.deepEqual([error.code, error.facts.detail], [code, USUAL]);
    }));
}
