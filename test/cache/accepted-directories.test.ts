import assert from "node:assert/strict";
import { chmod, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertSecondPullCached, CachedNode } from "../support/cached-node.ts";
import { memoryUnavailable } from "../support/memory-folder.ts";
import { assertTidy } from "../support/tidy.ts";

test(
  "creates a missing directory that only this user can access, with file names that reveal nothing",
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

const ACCEPTED: readonly (readonly [name: string, place: (node: CachedNode) => Promise<string>])[] = [
  ["with trailing slashes", async ({ cache }) => `${cache}//`],
  [
    "below a symbolic link of this user",
    async ({ folder }) => {
      await mkdir(join(folder, "real"), { mode: 0o700 });
      await symlink("real", join(folder, "link"));
      return join(folder, "link/cache");
    },
  ],
  [
    "below a world-writable directory with the sticky bit",
    async ({ folder }) => {
      await mkdir(join(folder, "sticky"));
      await chmod(join(folder, "sticky"), 0o1777);
      return join(folder, "sticky/cache");
    },
  ],
];
describe("accepted directories", { concurrency: 4 }, () => {
  for (const [name, place] of ACCEPTED)
    test(`uses a directory ${name}`, { skip: memoryUnavailable }, () =>
      CachedNode.use(async (node) => {
        await assertSecondPullCached(node, {
          env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: await place(node) },
        });
      }),
    );
});
