import assert from "node:assert/strict";
import { chmod, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertSecondPullCached, CachedNode } from "../support/cached-node.ts";
import { memoryUnavailable } from "../support/memory-folder.ts";
import { assertTidy } from "../support/tidy.ts";

test(
  "a folder that is missing is made, for this user alone, and nothing in it says what it is for",
  {
    skip: memoryUnavailable,
  },
  () =>
    CachedNode.use(async (node) => {
      await assertSecondPullCached(node, {});
      const { password } = await node.pull();
      assertTidy(node, [password]);
      assert.deepEqual(
        node
          .listFiles()
          .map((name) => name.replace(/^.*\.|-.*$/g, ""))
          .sort(),
        ["hits", "key", "login"],
      );
    }),
);

const USED: readonly (readonly [name: string, place: (node: CachedNode) => Promise<string>])[] = [
  ["with slashes at its end", async ({ cache }) => `${cache}//`],
  [
    "behind a link of this user's own",
    async ({ folder }) => {
      await mkdir(join(folder, "real"), { mode: 0o700 });
      await symlink("real", join(folder, "link"));
      return join(folder, "link/cache");
    },
  ],
  [
    "under one that all may write to, where each may remove only what is theirs",
    async ({ folder }) => {
      await mkdir(join(folder, "sticky"));
      await chmod(join(folder, "sticky"), 0o1777);
      return join(folder, "sticky/cache");
    },
  ],
];
describe("a folder that is used", { concurrency: 4 }, () => {
  for (const [name, place] of USED)
    test(`a folder ${name} is used`, { skip: memoryUnavailable }, () =>
      CachedNode.use(async (node) => {
        await assertSecondPullCached(node, {
          env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: await place(node) },
        });
      }),
    );
});
