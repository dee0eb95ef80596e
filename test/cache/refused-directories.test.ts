import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CachedNode } from "../support/cached-node.ts";
import { isInMemory, memoryUnavailable } from "../support/memory-folder.ts";
import { runProvider } from "../support/provider.ts";

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const ROOTS_ONLY = isRoot ? memoryUnavailable : "only root can give a folder away";

/** A folder in which the cache is not used, and each run asks. */
interface Refused {
  readonly name: string;
  /** Makes the place, and says where it is. */
  readonly place: (node: CachedNode) => Promise<string>;
  /** The whole reason. */
  readonly why: RegExp;
  /** Where nothing may have been put, if not in the place. */
  readonly untouched?: (node: CachedNode) => string;
  readonly skip?: string | false;
}

const folderOf =
  (mode: number, owner?: number) =>
  async ({ cache }: CachedNode): Promise<string> => {
    await mkdir(cache);
    await chmod(cache, mode);
    if (owner !== undefined) await chown(cache, owner, owner);
    return cache;
  };

const OPEN = [0o777, 0o750, 0o1701].map(
  (mode): Refused => ({
    name: `of mode 0${mode.toString(8)}`,
    place: folderOf(mode),
    why: /cache: other users have access to it: its mode is not 0700$/,
  }),
);

const REFUSED: readonly Refused[] = [
  ...OPEN,
  {
    name: "that is a link to a good one",
    place: async ({ folder, cache }) => {
      await mkdir(join(folder, "good"), { mode: 0o700 });
      await symlink("good", cache);
      return cache;
    },
    why: /cache: it is a symbolic link$/,
    untouched: ({ folder }) => join(folder, "good"),
  },
  {
    name: "that leads nowhere",
    place: async ({ folder, cache }) => {
      await symlink("nowhere", cache);
      return `${folder}/cache`;
    },
    why: /cache: it is a symbolic link$/,
    untouched: ({ folder }) => join(folder, "nowhere"),
  },
  {
    name: "of another user's",
    place: folderOf(0o700, NOBODY),
    why: /cache: it belongs to another user$/,
    skip: ROOTS_ONLY,
  },
  {
    name: "that is a plain file",
    place: async ({ cache }) => {
      await writeFile(cache, "mine", { mode: 0o600 });
      return cache;
    },
    why: /cache: it is not a directory$/,
  },
  {
    name: "under a file",
    place: async ({ cache }) => {
      await writeFile(cache, "mine", { mode: 0o600 });
      return join(cache, "below");
    },
    why: /below: the path above it is not a directory$/,
    untouched: ({ cache }) => cache,
  },
  {
    name: "two of whose parts are missing",
    place: async ({ cache }) => join(cache, "below"),
    why: /below: it, or a directory above it, does not exist$/,
  },
  ...([true, false] as const).map(
    (isThere): Refused => ({
      name: `under one that others may write to, where it is ${isThere ? "there" : "missing"}`,
      place: async ({ folder }) => {
        const open = join(folder, "open");
        await mkdir(isThere ? join(open, "cache") : open, { recursive: true, mode: 0o700 });
        await chmod(open, 0o777);
        return join(open, "cache");
      },
      why: /open\/cache: the directory \S+open: its group and others may write to it$/,
      untouched: ({ folder }) => join(folder, isThere ? "open/cache" : "open"),
    }),
  ),
  {
    name: "under one of another user's",
    place: async ({ folder }) => {
      await mkdir(join(folder, "theirs/cache"), { recursive: true, mode: 0o700 });
      await chown(join(folder, "theirs"), NOBODY, NOBODY);
      return join(folder, "theirs/cache");
    },
    why: /cache: the directory \S+theirs belongs to another user$/,
    untouched: ({ folder }) => join(folder, "theirs/cache"),
    skip: ROOTS_ONLY,
  },
];

async function isEmpty(path: string): Promise<boolean> {
  return !existsSync(path) || !(await readdir(path).catch(() => [])).length;
}

/** Why one of the commands does without the place; it ends with 1. */
async function saidBy(command: string, directory: string): Promise<string | undefined> {
  const env = { REGISTRY_CREDENTIAL_PROVIDER_CACHE: directory };
  const { status, stderr } = await runProvider({ args: ["cache", command], env, stdin: "" });
  assert.equal(status, 1);
  return /^registry-credential-provider: (.*?)\. Hint: /.exec(stderr.toString())?.[1];
}

describe("a folder that is not used", { concurrency: 4 }, () => {
  for (const { name, place, why, untouched, skip = memoryUnavailable } of REFUSED) {
    test(
      `a folder ${name} is not used: the pull goes on, nothing is put there, and one line says why`,
      {
        skip,
      },
      () =>
        CachedNode.use(async (node) => {
          const directory = await place(node);
          const { line, password } = await node.pull({
            env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: directory },
          });
          assert.ok(password);
          assert.equal(line.split("the cache is not used: ").length, 2, line);
          assert.match(line, why);
          for (const command of ["list", "clear"]) assert.equal(await saidBy(command, directory), line);
          assert.ok(await isEmpty(untouched?.(node) ?? directory), "something was put there");
        }),
    );
  }
});

const temporary = await realpath(tmpdir());
for (const isThere of [true, false])
  test(
    `a folder on a disk is not used, and not made where it is missing (${isThere ? "there" : "missing"})`,
    {
      skip: isInMemory(temporary) ? `${temporary} is in memory here` : memoryUnavailable,
    },
    () =>
      CachedNode.use(async (node) => {
        const folder = await mkdtemp(join(temporary, "cache-on-disk-"));
        try {
          const directory = isThere ? folder : join(folder, "cache");
          const env = { REGISTRY_CREDENTIAL_PROVIDER_CACHE: directory };
          const { line, password } = await node.pull({ env });
          assert.ok(password);
          assert.match(line, /^the cache is not used: \S+: it is not on tmpfs$/);
          assert.equal(await saidBy("list", directory), line);
          assert.deepEqual(await readdir(folder), []);
        } finally {
          await rm(folder, { recursive: true });
        }
      }),
  );
