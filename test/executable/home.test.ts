/** AWS shared files are read from the home directory, with and without HOME. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { startCloud } from "../cloud/cloud.ts";
import { memoryUnavailable, SHARED_MEMORY } from "../support/memory-folder.ts";
import { EXECUTABLE, requestFor, run } from "./start.ts";

const able = spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/run"]).status === 0;
const skip = able ? memoryUnavailable : "no mounts of our own here";
const user = process.getuid?.();

interface Case {
  readonly name: string;
  /** The text of /etc/passwd, in which `HOME` is replaced by a directory with a key. Undefined: the file does not exist. */
  readonly passwd: string | undefined;
  /** The value of HOME in each successive run; undefined: not set. */
  readonly homes: readonly (string | undefined)[];
  /** The services that the runs request in total, in this order. */
  readonly asked: readonly string[];
}

const MINE = `sys:x:3:3::/nowhere:\nme:x:${user}:0:a comment:HOME:/bin/sh\n`;
const INSTANCE = ["imds", "ecr"];

const CASES: readonly Case[] = [
  { name: "is that of the passwd entry without HOME", passwd: MINE, homes: [undefined], asked: ["ecr"] },
  { name: "is that of the passwd entry with an empty HOME", passwd: MINE, homes: [""], asked: ["ecr"] },
  {
    name: "is HOME rather than that of the passwd entry",
    passwd: MINE,
    homes: ["/nonexistent"],
    asked: INSTANCE,
  },
  {
    name: "is unknown without a passwd entry of this user",
    passwd: "other:x:65534:65534::HOME:\n",
    homes: [undefined],
    asked: INSTANCE,
  },
  {
    name: "is unknown with a malformed passwd file",
    passwd: `\n:\n${user}\nme:x:${user}\n`,
    homes: [undefined],
    asked: INSTANCE,
  },
  {
    name: "is unknown without a passwd file",
    passwd: undefined,
    homes: [undefined],
    asked: INSTANCE,
  },
  {
    name: "is the same in the cache key, whether by HOME or by the passwd entry",
    passwd: MINE,
    homes: [undefined, "HOME"],
    asked: ["ecr"],
  },
  {
    name: "is part of the cache key: another one is a cache miss",
    passwd: MINE,
    homes: [undefined, "/nonexistent"],
    asked: ["ecr", ...INSTANCE],
  },
];

/** Runs in a mount namespace of its own with the case's `/etc/passwd`. */
const SCRIPT =
  'if [ -e "$1" ]; then mount --bind "$1" /etc/passwd; else mount -t tmpfs none /etc; fi; exec "$2"';

async function assertCase({ passwd, homes, asked }: Case): Promise<void> {
  const folder = await mkdtemp(join(SHARED_MEMORY, "home-"));
  const cloud = await startCloud();
  try {
    const home = join(folder, "home");
    const file = join(folder, "passwd");
    const { accessKeyId, secretAccessKey } = cloud.awsUserKey;
    const keys = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
    await mkdir(join(home, ".aws"), { recursive: true, mode: 0o755 });
    await writeFile(join(home, ".aws/credentials"), keys, { mode: 0o600 });
    if (passwd !== undefined) await writeFile(file, passwd.replace("HOME", home));
    const { HOME: _, ...around }: Readonly<Record<string, string>> = cloud.env("aws");
    const cache = join(folder, "cache");
    for (const one of homes) {
      const own = one === undefined ? {} : { HOME: one.replace("HOME", home) };
      const { status, stderr } = await run({
        command: ["unshare", "--mount", "sh", "-c", SCRIPT, "sh", file, EXECUTABLE],
        env: {
          PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
          ...around,
          REGISTRY_CREDENTIAL_PROVIDER_CACHE: cache,
          ...own,
        },
        stdin: requestFor("123456789012.dkr.ecr.us-east-1.amazonaws.com/app"),
      });
      assert.deepEqual([status, stderr], [0, ""]);
    }
    assert.deepEqual(
      cloud.requests.map(({ service }) => service).filter((one, at, all) => one !== all[at - 1]),
      asked,
    );
  } finally {
    await cloud.stop();
    await rm(folder, { recursive: true });
  }
}

describe("the home directory with AWS's shared files", { concurrency: 4, skip }, () => {
  for (const one of CASES) test(one.name, () => assertCase(one));
});
