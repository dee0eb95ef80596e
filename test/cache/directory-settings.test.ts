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
const ROOTS_ONLY =
  process.getuid?.() === 0 ? memoryUnavailable : "only root can change the owner of a directory";

/** A copy of the executable that any user can run, because the checkout may be in root's home. It is too large for the tmpfs of the test. */
const bin = mkdtempSync(join(tmpdir(), "executable-"));
const reachable = join(bin, "registry-credential-provider");
chmodSync(bin, 0o755);
if (ROOTS_ONLY === false) copyFileSync(EXECUTABLE, reachable);
after(() => rmSync(bin, { recursive: true }));

describe("the settings of the directory", { concurrency: 4 }, () => {
  for (const value of ["run/cache", "./cache", "of", "~/cache", " /run/x"])
    test(
      `the value ${JSON.stringify(value)} is a configuration error that is reported before any request`,
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
      `${off} turns the cache off: each run requests a login and stores nothing`,
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

  /** Gives another user access to the directory of the test, and returns the options for a pull of that user. */
  async function grantAccess(node: CachedNode) {
    await chmod(node.folder, 0o755);
    const authority = join(node.folder, "ca.pem");
    await copyFile(node.cloud.caFile, authority);
    await chmod(authority, 0o644);
    return { uid: NOBODY, executable: reachable, env: { NODE_EXTRA_CA_CERTS: authority } };
  }

  test(
    "another user than root without a setting has no cache, and no note about it",
    { skip: ROOTS_ONLY },
    () =>
      CachedNode.use(async (node) => {
        const user = await grantAccess(node);
        const env = { ...user.env, REGISTRY_CREDENTIAL_PROVIDER_CACHE: "" };
        for (let run = 1; run <= 2; run += 1) {
          const { line, password } = await node.pull({ ...user, env });
          assert.deepEqual([line, node.countCalls("ecr")], ["", run]);
          assert.ok(password);
        }
        assert.deepEqual(await readdir(node.folder), ["ca.pem"]);
      }),
  );

  test("another user than root can use its own directory, but not that of root", { skip: ROOTS_ONLY }, () =>
    CachedNode.use(async (node) => {
      const own = join(node.folder, "own");
      await mkdir(own, { mode: 0o700 });
      await chown(own, NOBODY, NOBODY);
      const user = await grantAccess(node);
      const envWith = (cache: string) => ({ ...user.env, REGISTRY_CREDENTIAL_PROVIDER_CACHE: cache });
      await assertSecondPullCached(node, { ...user, env: envWith(join(own, "cache")) });
      await mkdir(node.cache, { mode: 0o700 });
      const { line } = await node.pull({ ...user, env: envWith(node.cache) });
      assert.match(line, /cache: it is owned by another user$/);
      assert.deepEqual(node.listFiles(), []);
      const roots = await node.pull({ env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: join(own, "cache") } });
      assert.match(roots.line, /is owned by another user$/, "root cannot use the directory of another user");
    }),
  );

  /** Returns the options for a pull whose cache only the configuration file sets. */
  async function writeCacheConfig(node: CachedNode, cache: string) {
    const path = join(node.folder, "config.yaml");
    const head = "apiVersion: registry-credential-provider/v1\nkind: Config\n";
    await writeFile(path, `${head}cache: ${cache}\n`, { mode: 0o600 });
    return { args: [`--config=${path}`], env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: "" } };
  }

  // `directory-mounts.test.ts` tests that nothing is created in the default directory then.
  test("the configuration file sets the directory", { skip: memoryUnavailable }, () =>
    CachedNode.use(async (node) => {
      await assertSecondPullCached(node, await writeCacheConfig(node, `{directory: ${node.cache}}`));
      assert.equal(node.listFiles(".login").length, 1);
    }),
  );

  test(
    "the environment takes precedence over the configuration file, on or off",
    { skip: memoryUnavailable },
    () =>
      CachedNode.use(async (node) => {
        const { args } = await writeCacheConfig(node, `{directory: ${join(node.folder, "other")}}`);
        await node.pull({ args, env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: "off" } });
        assert.deepEqual(await readdir(node.folder), ["config.yaml"]);
        await assertSecondPullCached(node, { args: (await writeCacheConfig(node, "off")).args });
        assert.deepEqual(await readdir(node.folder), ["cache", "config.yaml"]);
      }),
  );

  test(
    "an unusable directory of the configuration file gets the same note as one of the environment",
    {
      skip: memoryUnavailable,
    },
    () =>
      CachedNode.use(async (node) => {
        await mkdir(node.cache);
        await chmod(node.cache, 0o755);
        const { line, password } = await node.pull(
          await writeCacheConfig(node, `{directory: ${node.cache}}`),
        );
        assert.ok(password);
        assert.match(
          line,
          /^the cache is not used: \S+\/cache: other users have access to it: its mode is not 0700$/,
        );
      }),
  );
});
