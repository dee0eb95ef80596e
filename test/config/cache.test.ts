import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveCacheDirectory } from "../../src/cache/location.ts";
import { inWorld } from "../support/world.ts";
import { HEAD, type InvalidConfig, read, rejects } from "./invalid-configs.ts";

/** The folder in which a non-root run caches logins by this file. */
const directoryBy = (text: string): Promise<string | undefined> =>
  inWorld({}, async (world) => resolveCacheDirectory((await read(`${HEAD}${text}\n`)).cache, world));

const PLACES: readonly (readonly [text: string, directory: string | undefined])[] = [
  ["cache: off", undefined],
  ['cache: "off"', undefined],
  ["cache: false", undefined],
  ["cache: { directory: /run/logins }", "/run/logins"],
  ["cache: { directory: /run/logins/ }", "/run/logins"],
];

for (const [text, directory] of PLACES) {
  test(`${text} caches logins ${directory === undefined ? "nowhere" : `in ${directory}`}`, async () => {
    assert.equal(await directoryBy(text), directory);
  });
}

const FAULTS: readonly InvalidConfig[] = [
  {
    name: "a path instead of the mapping",
    text: "cache: /run/x",
    errors: ["3:8: cache: the value (not shown) is not off or { directory: /a/path }"],
  },
  { name: "a cache that is on", text: "cache: true", errors: ["3:8: cache: true is not false"] },
  { name: "a cache of a list", text: "cache: []", errors: ["3:8: cache: a list is not a mapping"] },
  { name: "a cache of nothing", text: "cache:", errors: ["3:7: cache: cache has no value"] },
  {
    name: "a directory that is not an absolute path",
    text: "cache: { directory: run/x }",
    errors: ["3:21: cache.directory: the value (not shown) is not an absolute path"],
  },
  {
    name: "a cache without a directory",
    text: "cache: {}",
    errors: ['3:8: cache: the required key "directory" is missing'],
  },
  {
    name: "an unknown key of the cache",
    text: "cache: { dir: /run/x }",
    errors: [
      '3:8: cache: the required key "directory" is missing',
      '3:10: cache.dir: unknown key; the closest known key is "directory"',
    ],
  },
];

for (const text of FAULTS) rejects(text);
