import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { findCanaries } from "../kubelet/canaries.ts";
import type { CachedNode } from "./cached-node.ts";
import { answeredBy, canariesOf } from "./secrets.ts";

/** Asserts that only this user can access the directory and its files, and that names and contents reveal nothing but the served logins. */
export function assertTidy({ cloud, cache }: CachedNode, answered: readonly (string | undefined)[]): void {
  assert.equal(statSync(cache).mode & 0o7777, 0o700, "the mode of the directory");
  const canaries = canariesOf(cloud);
  const mayBeKept = new Set(answered.flatMap((password) => answeredBy(password, canaries)));
  const secret = canaries.filter(({ name }) => !mayBeKept.has(name));
  for (const name of readdirSync(cache)) {
    assert.match(name, /^([0-9a-f]{64}\.(login|hits|failure|rules|lease-\d+)|key-[0-9a-f-]+)$/);
    const path = join(cache, name);
    if (name.startsWith("key-")) assert.match(readlinkSync(path), /^[0-9a-f]{64}$/);
    if (name.startsWith("key-") || name.includes(".lease-")) continue;
    assert.equal(statSync(path).mode & 0o7777, 0o600, `${name}'s mode`);
    assert.deepEqual(findCanaries(readFileSync(path, "utf8"), secret), [], `${name} holds a secret`);
  }
}
