import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { SECOND } from "../../src/core/time.ts";
import { CachedNode, type Pull } from "../support/cached-node.ts";
import { memoryUnavailable } from "../support/memory-folder.ts";

const able = spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/run"]).status === 0;
const skip = able ? memoryUnavailable : "this system does not allow private mounts";

interface MountCase {
  readonly name: string;
  /** Shell commands in a private mount namespace, in which `$at` is a tmpfs of 64 KiB. */
  readonly steps: string;
  /** Shell commands after the last run; their output is appended to its note. */
  readonly after?: string;
  /** The configuration file, which is old enough to be cached. */
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The whole note. */
  readonly line: RegExp;
  /** The number of ECR requests: 2 if the second run found no login. */
  readonly calls: number;
}

/** The run before the last one. */
const RUN = 'printf %s "$request" | "$@" >/dev/null 2>&1 || exit 8;';
const FILL = 'cat /dev/zero >"$at/rest" 2>/dev/null;';
const DEFAULT_DIRECTORY = "/run/registry-credential-provider";
const OWN_RUN = "mount -t tmpfs none /run;";
const SILENT = { REGISTRY_CREDENTIAL_PROVIDER_CACHE: "" };
const NOTE = "the cache is not used: ";

/** Mounts a private /dev, which the commands before `SEAL` fill. The directory of the test stays accessible. */
const OWN_DEV = [
  'mkdir "$at/dev"; mount -t tmpfs -o mode=755 none "$at/dev"; mkdir "$at/dev/shm"',
  'mount --rbind /dev/shm "$at/dev/shm"; mknod -m 666 "$at/dev/null" c 1 3; cd "$at/dev"; ',
].join(";");
const SEAL = "cd /; mount --rbind $at/dev /dev;";
const NO_KEY = new RegExp(`^${NOTE}/dev/urandom: it is not the kernel's random device$`);

/** Replacements of `/dev/urandom`. A key is created only with the kernel's device. */
const RANDOM: readonly MountCase[] = [
  { name: "is the kernel's", make: "mknod -m 644 urandom c 1 9;", line: /^$/, calls: 1 },
  {
    name: "does not exist",
    make: "",
    line: new RegExp(`^${NOTE}/dev/urandom: it, or a directory above it, does not exist$`),
  },
  {
    name: "is a dangling link",
    make: "ln -s nowhere urandom;",
    line: new RegExp(`^${NOTE}/dev/urandom: it, or a directory above it, does not exist$`),
  },
  { name: "is an empty file", make: ": > urandom;", line: NO_KEY },
  { name: "is a regular file that is long enough", make: "printf %064d 0 > urandom;", line: NO_KEY },
  { name: "is a directory", make: "mkdir urandom;", line: NO_KEY },
  { name: "is a pipe that nothing writes to", make: "mkfifo urandom;", line: NO_KEY },
  { name: "is /dev/null", make: "mknod -m 666 urandom c 1 3;", line: NO_KEY },
  { name: "is /dev/zero", make: "mknod -m 666 urandom c 1 5;", line: NO_KEY },
].map(({ name, make, line, calls = 2 }) => ({
  name: `if /dev/urandom ${name}: ${calls === 1 ? "one request" : "a request per run"}`,
  steps: `${OWN_DEV}${make}${SEAL}${RUN}`,
  line,
  calls,
}));

const MOUNTED: readonly MountCase[] = [
  { name: "with free space: one request", steps: RUN, line: /^$/, calls: 1 },
  {
    name: "that is full: a request per run",
    steps: `${RUN} rm $at/cache/*.login; ${FILL}`,
    line: new RegExp(`^${NOTE}\\S+\\.login: the file system is full$`),
    calls: 2,
  },
  {
    name: "that is full from the start: a request per run",
    steps: `${FILL} ${RUN}`,
    line: new RegExp(`^${NOTE}\\S+\\.login: the file system is full$`),
    calls: 2,
  },
  { name: "that is full still serves its login", steps: `${RUN} ${FILL}`, line: /^$/, calls: 1 },
  {
    name: "without free inodes: a request per run",
    steps: `mount -o remount,nr_inodes=1 "$at"; ${RUN}`,
    line: new RegExp(`^${NOTE}\\S+cache: the file system is full$`),
    calls: 2,
  },
  {
    name: "that is read-only and empty: a request per run",
    steps: `mkdir -m 700 "$at/cache"; mount -o remount,ro "$at"; ${RUN}`,
    line: new RegExp(`^${NOTE}\\S+key-\\S+: the file system is read-only$`),
    calls: 2,
  },
  {
    name: "that cannot be created on a read-only file system: a request per run",
    steps: `mount -o remount,ro "$at"; ${RUN}`,
    line: new RegExp(`^${NOTE}\\S+cache: the file system is read-only$`),
    calls: 2,
  },
  {
    name: "that is read-only still serves its login",
    steps: `${RUN} mount -o remount,ro "$at";`,
    line: /^$/,
    calls: 1,
  },
  {
    name: "that is the default for root, with /run in memory: one request",
    steps: `${OWN_RUN} ${RUN} test "$(stat -c %a ${DEFAULT_DIRECTORY})" = 700 || exit 9;`,
    env: SILENT,
    line: /^$/,
    calls: 1,
  },
  {
    name: "that is the default for root, with /run on a disk: not created",
    steps: `mount --bind /sys/kernel /run; ${RUN}`,
    env: SILENT,
    line: new RegExp(`^${NOTE}${DEFAULT_DIRECTORY}: it is not on tmpfs$`),
    calls: 2,
  },
  {
    name: "that is the default for root and exists stays empty if the file turns the cache off",
    steps: `${OWN_RUN} mkdir -m 700 ${DEFAULT_DIRECTORY}; ${RUN}`,
    after: `printf %s "$(ls -mA ${DEFAULT_DIRECTORY})" >&2;`,
    config: "cache: off",
    env: SILENT,
    line: /^$/,
    calls: 2,
  },
  {
    name: "that is the default for root is not created if the file turns the cache off",
    steps: `${OWN_RUN} ${RUN}`,
    after: 'printf %s "$(ls -mA /run)" >&2;',
    config: "cache: off",
    env: SILENT,
    line: /^$/,
    calls: 2,
  },
  {
    name: "that is the default for root and exists stays empty if the file sets another directory",
    steps: `${OWN_RUN} mkdir -m 700 ${DEFAULT_DIRECTORY}; ${RUN}`,
    after: `printf %s "$(ls -mA ${DEFAULT_DIRECTORY})" >&2;`,
    config: "cache: { directory: /run/other }",
    env: SILENT,
    line: /^$/,
    calls: 1,
  },
];

/** Runs the executable in the steps, and once more for the result. */
async function pullWithMounts(
  { steps, after = "", config, env }: MountCase,
  node: CachedNode,
): Promise<Pull> {
  const at = join(node.folder, "mount");
  mkdirSync(at);
  const script = [
    "at=$1 request=$2; shift 2",
    'mount -t tmpfs -o size=64k,mode=700 none "$at" || exit 7',
    `${steps} "$@"; status=$?; ${after} exit $status`,
  ].join("; ");
  const { stdin } = node.buildExecution({});
  return {
    by: ["unshare", "--mount", "sh", "-c", script, "sh", at, stdin],
    args: config === undefined ? [] : [`--config=${await writeSettledConfig(config, node)}`],
    env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: join(at, "cache"), ...env },
  };
}

async function writeSettledConfig(text: string, { folder }: CachedNode): Promise<string> {
  const path = join(folder, "config.yaml");
  const head = "apiVersion: registry-credential-provider/v1\nkind: Config\n";
  writeFileSync(path, `${head}${text}\n`, { mode: 0o600 });
  await setTimeout(SECOND + 100);
  return path;
}

describe("the file system of the cache", { concurrency: 4, skip }, () => {
  for (const one of [...MOUNTED, ...RANDOM])
    test(`a directory ${one.name}`, () =>
      CachedNode.use(async (node) => {
        const { line, password, run } = await node.pull(await pullWithMounts(one, node));
        assert.equal(run.status, 0, line);
        assert.ok(password);
        assert.match(line, one.line);
        assert.equal(node.countCalls("ecr"), one.calls);
      }));
});
