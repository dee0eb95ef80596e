import assert from "node:assert/strict";
import { chmod, chown, copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertUsed, CachedNode } from "../support/cached-node.ts";
import { noMemory } from "../support/memory-folder.ts";

const NOBODY = 65534;
const ROOTS_ONLY = process.getuid?.() === 0 ? noMemory : "only root can give a folder away";

describe("what names the folder", { concurrency: 4 }, () => {
  for (const value of ["run/cache", "./cache", "OFF", "~/cache", " /run/x"])
    test(`a cache of ${JSON.stringify(value)} is the operator's mistake, told before anybody is asked`, () =>
      CachedNode.use(async (node) => {
        const { run, line } = await node.pull({ env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: value } });
        assert.equal(run.status, 2, line);
        assert.match(
          line,
          /REGISTRY_CREDENTIAL_PROVIDER_CACHE=.* is neither an absolute path nor off.*code environment-value/,
        );
        assert.equal(node.asked(), 0);
      }));

  test("off is off: each run asks, and nothing is put anywhere", { skip: noMemory }, () =>
    CachedNode.use(async (node) => {
      const env = { REGISTRY_CREDENTIAL_PROVIDER_CACHE: "off" };
      const both = [await node.pull({ env }), await node.pull({ env })];
      assert.deepEqual(
        both.map(({ line }) => line),
        ["", ""],
      );
      assert.equal(node.calls("ecr"), 2);
      assert.deepEqual(await readdir(node.folder), []);
    }),
  );

  /** Others may go through the test's folder, and read whom to trust. */
  async function openTo(node: CachedNode): Promise<Readonly<Record<string, string>>> {
    await chmod(node.folder, 0o755);
    const authority = join(node.folder, "ca.pem");
    await copyFile(node.cloud.caFile, authority);
    await chmod(authority, 0o644);
    return { NODE_EXTRA_CA_CERTS: authority };
  }

  test("who is not root and names no folder has no cache, and no line about it", { skip: ROOTS_ONLY }, () =>
    CachedNode.use(async (node) => {
      const env = { ...(await openTo(node)), REGISTRY_CREDENTIAL_PROVIDER_CACHE: "" };
      for (let run = 1; run <= 2; run += 1) {
        const { line, password } = await node.pull({ env, uid: NOBODY });
        assert.deepEqual([line, node.calls("ecr")], ["", run]);
        assert.ok(password);
      }
      assert.deepEqual(await readdir(node.folder), ["ca.pem"]);
    }),
  );

  test("who is not root has a cache in a folder of their own, and not in root's", { skip: ROOTS_ONLY }, () =>
    CachedNode.use(async (node) => {
      const own = join(node.folder, "own");
      await mkdir(own);
      await chown(own, NOBODY, NOBODY);
      const env = { ...(await openTo(node)), REGISTRY_CREDENTIAL_PROVIDER_CACHE: join(own, "cache") };
      await assertUsed(node, { env, uid: NOBODY });
      await mkdir(node.cache, { mode: 0o700 });
      const { line } = await node.pull({
        env: { ...env, REGISTRY_CREDENTIAL_PROVIDER_CACHE: node.cache },
        uid: NOBODY,
      });
      assert.match(line, /cache: it belongs to another user$/);
      assert.deepEqual(node.files(), []);
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

  // That nothing is made in root's usual place then is for `mounted-places.test.ts`.
  test("the configuration file says where the cache is", { skip: noMemory }, () =>
    CachedNode.use(async (node) => {
      await assertUsed(node, await configured(node, `{directory: ${node.cache}}`));
      assert.equal(node.files(".login").length, 1);
    }),
  );

  test("the environment wins over the configuration file, either way", { skip: noMemory }, () =>
    CachedNode.use(async (node) => {
      const { args } = await configured(node, `{directory: ${join(node.folder, "other")}}`);
      await node.pull({ args, env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: "off" } });
      assert.deepEqual(await readdir(node.folder), ["config.yaml"]);
      await assertUsed(node, { args: (await configured(node, "off")).args });
      assert.deepEqual(await readdir(node.folder), ["cache", "config.yaml"]);
    }),
  );

  test(
    "a folder of the configuration file that is not good is told as one of the environment is",
    {
      skip: noMemory,
    },
    () =>
      CachedNode.use(async (node) => {
        await mkdir(node.cache);
        await chmod(node.cache, 0o755);
        const { line, password } = await node.pull(await configured(node, `{directory: ${node.cache}}`));
        assert.ok(password);
        assert.match(
          line,
          /^the cache is not used: \S+\/cache: others may come at it: its mode is not 0700$/,
        );
      }),
  );
});
