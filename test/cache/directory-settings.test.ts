import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { chmod, chown, copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assertSecondPullCached, CachedNode } from "../support/cached-node.ts";
import { EXECUTABLE } from "../support/executable.ts";
import { memoryUnavailable } from "../support/memory-folder.ts";

const NOBODY = 65534;
const ROOTS_ONLY = process.getuid?.() === 0 ? memoryUnavailable : "only root can give a folder away";

/** A copy of the executable that any user can run, since the checkout may lie in root's home. Too large for the test's folder. */
const bin = mkdtempSync(join(tmpdir(), "executable-"));
const reachable = join(bin, "registry-credential-provider");
chmodSync(bin, 0o755);
if (ROOTS_ONLY === false) copyFileSync(EXECUTABLE, reachable);
after(() => rmSync(bin, { recursive: true }));

describe("what names the folder", { concurrency: 4 }, () => {
  for (const value of ["run/cache", "./cache", "of", "~/cache", " /run/x"])
    test(
      `a cache of ${JSON.stringify(value)} is the operator's mistake, told before anybody is asked`,
      { skip: memoryUnavailable },
      () =>
        CachedNode.use(async (node) => {
          const { run, line } = await node.pull({ env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: value } });
          assert.equal(run.status, 2, line);
          assert.match(
            line,
            /REGISTRY_CREDENTIAL_PROVIDER_CACHE is neither an absolute path nor off.*code environment-invalid/,
          );
          assert.equal(node.countRequests(), 0);
        }),
    );

  for (const off of ["off", "OFF"])
    test(
      `${off} turns the cache off: each run requests a login, and nothing is stored`,
      { skip: memoryUnavailable },
      () =>
        CachedNode.use(async (node) => {
          const env = { REGISTRY_CREDENTIAL_PROVIDER_CACHE: off };
          const both = [await node.pull({ env }), await node.pull({ env })];
          assert.deepEqual(
            both.map(({ line }) => line),
            ["", ""],
          );
          assert.equal(node.countCalls("ecr"), 2);
          assert.deepEqual(await readdir(node.folder), []);
        }),
    );

  /** Lets another user enter the test's folder, and returns that user's part of a pull. */
  async function openToAnother(node: CachedNode) {
    await chmod(node.folder, 0o755);
    const authority = join(node.folder, "ca.pem");
    await copyFile(node.cloud.caFile, authority);
    await chmod(authority, 0o644);
    return { uid: NOBODY, executable: reachable, env: { NODE_EXTRA_CA_CERTS: authority } };
  }

  test("who is not root and names no folder has no cache, and no line about it", { skip: ROOTS_ONLY }, () =>
    CachedNode.use(async (node) => {
      const user = await openToAnother(node);
      const env = { ...user.env, REGISTRY_CREDENTIAL_PROVIDER_CACHE: "" };
      for (let run = 1; run <= 2; run += 1) {
        const { line, password } = await node.pull({ ...user, env });
        assert.deepEqual([line, node.countCalls("ecr")], ["", run]);
        assert.ok(password);
      }
      assert.deepEqual(await readdir(node.folder), ["ca.pem"]);
    }),
  );

  test("who is not root has a cache in a folder of their own, and not in root's", { skip: ROOTS_ONLY }, () =>
    CachedNode.use(async (node) => {
      const own = join(node.folder, "own");
      await mkdir(own, { mode: 0o700 });
      await chown(own, NOBODY, NOBODY);
      const user = await openToAnother(node);
      const envWith = (cache: string) => ({ ...user.env, REGISTRY_CREDENTIAL_PROVIDER_CACHE: cache });
      await assertSecondPullCached(node, { ...user, env: envWith(join(own, "cache")) });
      await mkdir(node.cache, { mode: 0o700 });
      const { line } = await node.pull({ ...user, env: envWith(node.cache) });
      assert.match(line, /cache: it belongs to another user$/);
      assert.deepEqual(node.listFiles(), []);
      const roots = await node.pull({ env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: join(own, "cache") } });
      assert.match(roots.line, /belongs to another user$/, "nor root in another's");
    }),
  );

  /** With the environment silent about it. */
  async function configured(node: CachedNode, cache: string) {
    const path = join(node.folder, "config.yaml");
    const head = "apiVersion: registry-credential-provider/v1\nkind: Config\n";
    await writeFile(path, `${head}cache: ${cache}\n`, { mode: 0o600 });
    return { args: [`--config=${path}`], env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: "" } };
  }

  // That nothing is made in root's usual place then is for `directory-mounts.test.ts`.
  test("the configuration file says where the cache is", { skip: memoryUnavailable }, () =>
    CachedNode.use(async (node) => {
      await assertSecondPullCached(node, await configured(node, `{directory: ${node.cache}}`));
      assert.equal(node.listFiles(".login").length, 1);
    }),
  );

  test("the environment wins over the configuration file, either way", { skip: memoryUnavailable }, () =>
    CachedNode.use(async (node) => {
      const { args } = await configured(node, `{directory: ${join(node.folder, "other")}}`);
      await node.pull({ args, env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: "off" } });
      assert.deepEqual(await readdir(node.folder), ["config.yaml"]);
      await assertSecondPullCached(node, { args: (await configured(node, "off")).args });
      assert.deepEqual(await readdir(node.folder), ["cache", "config.yaml"]);
    }),
  );

  test(
    "a folder of the configuration file that is not good is told as one of the environment is",
    {
      skip: memoryUnavailable,
    },
    () =>
      CachedNode.use(async (node) => {
        await mkdir(node.cache);
        await chmod(node.cache, 0o755);
        const { line, password } = await node.pull(await configured(node, `{directory: ${node.cache}}`));
        assert.ok(password);
        assert.match(
          line,
          /^the cache is not used: \S+\/cache: other users have access to it: its mode is not 0700$/,
        );
      }),
  );
});
