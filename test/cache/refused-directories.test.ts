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
const ROOTS_ONLY = isRoot ? memoryUnavailable : "only root can change the owner of a directory";

/** A directory that the program refuses, so that each run fetches. */
interface RefusedCase {
  readonly name: string;
  /** Creates the directory and returns its path. */
  readonly create: (node: CachedNode) => Promise<string>;
  /** The end of the note. */
  readonly reason: RegExp;
  /** The directory that must stay empty; default: the created one. */
  readonly untouched?: (node: CachedNode) => string;
  readonly skip?: string | false;
}

const createWith =
  (mode: number, owner?: number) =>
  async ({ cache }: CachedNode): Promise<string> => {
    await mkdir(cache);
    await chmod(cache, mode);
    if (owner !== undefined) await chown(cache, owner, owner);
    return cache;
  };

const OPEN = [0o777, 0o750, 0o1701].map(
  (mode): RefusedCase => ({
    name: `with mode 0${mode.toString(8)}`,
    create: createWith(mode),
    reason: /cache: other users have access to it: its mode is not 0700$/,
  }),
);

const REFUSED: readonly RefusedCase[] = [
  ...OPEN,
  {
    name: "that is a symbolic link to a valid one",
    create: async ({ folder, cache }) => {
      await mkdir(join(folder, "good"), { mode: 0o700 });
      await symlink("good", cache);
      return cache;
    },
    reason: /cache: it is a symbolic link$/,
    untouched: ({ folder }) => join(folder, "good"),
  },
  {
    name: "that is a dangling link",
    create: async ({ folder, cache }) => {
      await symlink("nowhere", cache);
      return `${folder}/cache`;
    },
    reason: /cache: it is a symbolic link$/,
    untouched: ({ folder }) => join(folder, "nowhere"),
  },
  {
    name: "that is owned by another user",
    create: createWith(0o700, NOBODY),
    reason: /cache: it is owned by another user$/,
    skip: ROOTS_ONLY,
  },
  {
    name: "that is a regular file",
    create: async ({ cache }) => {
      await writeFile(cache, "mine", { mode: 0o600 });
      return cache;
    },
    reason: /cache: it is not a directory$/,
  },
  {
    name: "below a file",
    create: async ({ cache }) => {
      await writeFile(cache, "mine", { mode: 0o600 });
      return join(cache, "below");
    },
    reason: /below: the path above it is not a directory$/,
    untouched: ({ cache }) => cache,
  },
  {
    name: "whose parent is missing too",
    create: async ({ cache }) => join(cache, "below"),
    reason: /below: it, or a directory above it, does not exist$/,
  },
  ...([true, false] as const).map(
    (exists): RefusedCase => ({
      name: `below a world-writable directory, ${exists ? "existing" : "missing"}`,
      create: async ({ folder }) => {
        const open = join(folder, "open");
        await mkdir(exists ? join(open, "cache") : open, { recursive: true, mode: 0o700 });
        await chmod(open, 0o777);
        return join(open, "cache");
      },
      reason: /open\/cache: the directory \S+open: its group and others may write to it$/,
      untouched: ({ folder }) => join(folder, exists ? "open/cache" : "open"),
    }),
  ),
  {
    name: "below a directory of another user",
    create: async ({ folder }) => {
      await mkdir(join(folder, "theirs/cache"), { recursive: true, mode: 0o700 });
      await chown(join(folder, "theirs"), NOBODY, NOBODY);
      return join(folder, "theirs/cache");
    },
    reason: /cache: the directory \S+theirs is owned by another user$/,
    untouched: ({ folder }) => join(folder, "theirs/cache"),
    skip: ROOTS_ONLY,
  },
];

async function isEmpty(path: string): Promise<boolean> {
  return !existsSync(path) || !(await readdir(path).catch(() => [])).length;
}

/** Runs a command, which fails, and returns the reason that it reports. */
async function reportedBy(command: string, directory: string): Promise<string | undefined> {
  const env = { REGISTRY_CREDENTIAL_PROVIDER_CACHE: directory };
  const { status, stderr } = await runProvider({ args: ["cache", command], env, stdin: "" });
  assert.equal(status, 1);
  return /^registry-credential-provider: (.*?)\. Hint: /.exec(stderr.toString())?.[1];
}

describe("refused directories", { concurrency: 4 }, () => {
  for (const { name, create, reason, untouched, skip = memoryUnavailable } of REFUSED) {
    test(
      `a directory ${name}: the pull succeeds without the cache, nothing is written there, and a note has the reason`,
      {
        skip,
      },
      () =>
        CachedNode.use(async (node) => {
          const directory = await create(node);
          const { line, password } = await node.pull({
            env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: directory },
          });
          assert.ok(password);
          assert.equal(line.split("the cache is not used: ").length, 2, line);
          assert.match(line, reason);
          for (const command of ["list", "clear"]) assert.equal(await reportedBy(command, directory), line);
          assert.ok(await isEmpty(untouched?.(node) ?? directory), "something was written there");
        }),
    );
  }
});

const temporary = await realpath(tmpdir());
for (const exists of [true, false])
  test(
    `a directory on a disk is not used and not created (${exists ? "existing" : "missing"})`,
    {
      skip: isInMemory(temporary) ? `${temporary} is in memory here` : memoryUnavailable,
    },
    () =>
      CachedNode.use(async (node) => {
        const folder = await mkdtemp(join(temporary, "cache-on-disk-"));
        try {
          const directory = exists ? folder : join(folder, "cache");
          const env = { REGISTRY_CREDENTIAL_PROVIDER_CACHE: directory };
          const { line, password } = await node.pull({ env });
          assert.ok(password);
          assert.match(line, /^the cache is not used: \S+: it is not on tmpfs$/);
          assert.equal(await reportedBy("list", directory), line);
          assert.deepEqual(await readdir(folder), []);
        } finally {
          await rm(folder, { recursive: true });
        }
      }),
  );
