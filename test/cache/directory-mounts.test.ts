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
const skip = able ? memoryUnavailable : "no mounts of our own here";

interface Mounted {
  readonly name: string;
  /** In a mount namespace of its own, where `$at` is a mount of 64 KiB that nobody else sees. */
  readonly steps: string;
  /** After the run that is looked at, at the end of its line. */
  readonly after?: string;
  /** What the configuration file says, which was written long enough ago to be remembered. */
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The whole line. */
  readonly line: RegExp;
  /** Calls of ECR: two where the second run found nothing. */
  readonly calls: number;
}

/** One run before the one that is looked at. */
const RUN = 'printf %s "$request" | "$@" >/dev/null 2>&1 || exit 8;';
const FILL = 'cat /dev/zero >"$at/rest" 2>/dev/null;';
const ROOTS = "/run/registry-credential-provider";
const OWN_RUN = "mount -t tmpfs none /run;";
const SILENT = { REGISTRY_CREDENTIAL_PROVIDER_CACHE: "" };
const WHY = "the cache is not used: ";

/** Mounts a /dev of the test's own, which the commands before `SEAL` fill. The test's folder stays in place. */
const OWN_DEV = [
  'mkdir "$at/dev"; mount -t tmpfs -o mode=755 none "$at/dev"; mkdir "$at/dev/shm"',
  'mount --rbind /dev/shm "$at/dev/shm"; mknod -m 666 "$at/dev/null" c 1 3; cd "$at/dev"; ',
].join(";");
const SEAL = "cd /; mount --rbind $at/dev /dev;";
const NO_KEY = new RegExp(`^${WHY}/dev/urandom: it is not the kernel's random device$`);

/** Files in place of `/dev/urandom`. Only with the kernel's device a key is made. */
const RANDOM: readonly Mounted[] = [
  { name: "is the kernel's", make: "mknod -m 644 urandom c 1 9;", line: /^$/, calls: 1 },
  {
    name: "does not exist",
    make: "",
    line: new RegExp(`^${WHY}/dev/urandom: it, or a directory above it, does not exist$`),
  },
  {
    name: "is a dangling link",
    make: "ln -s nowhere urandom;",
    line: new RegExp(`^${WHY}/dev/urandom: it, or a directory above it, does not exist$`),
  },
  { name: "is an empty file", make: ": > urandom;", line: NO_KEY },
  { name: "is a regular file that is long enough", make: "printf %064d 0 > urandom;", line: NO_KEY },
  { name: "is a folder", make: "mkdir urandom;", line: NO_KEY },
  { name: "is a pipe that nothing writes to", make: "mkfifo urandom;", line: NO_KEY },
  { name: "is /dev/null", make: "mknod -m 666 urandom c 1 3;", line: NO_KEY },
  { name: "is /dev/zero", make: "mknod -m 666 urandom c 1 5;", line: NO_KEY },
].map(({ name, make, line, calls = 2 }) => ({
  name: `where /dev/urandom ${name} costs ${calls === 1 ? "one call" : "a call each time"}`,
  steps: `${OWN_DEV}${make}${SEAL}${RUN}`,
  line,
  calls,
}));

const MOUNTED: readonly Mounted[] = [
  { name: "with room is used", steps: RUN, line: /^$/, calls: 1 },
  {
    name: "that is full costs a call each time",
    steps: `${RUN} rm $at/cache/*.login; ${FILL}`,
    line: new RegExp(`^${WHY}\\S+\\.login: the file system is full$`),
    calls: 2,
  },
  {
    name: "that is full from the start costs a call each time",
    steps: `${FILL} ${RUN}`,
    line: new RegExp(`^${WHY}\\S+\\.login: the file system is full$`),
    calls: 2,
  },
  { name: "that is full serves what it has", steps: `${RUN} ${FILL}`, line: /^$/, calls: 1 },
  {
    name: "that has no room for one name more costs a call each time",
    steps: `mount -o remount,nr_inodes=1 "$at"; ${RUN}`,
    line: new RegExp(`^${WHY}\\S+cache: the file system is full$`),
    calls: 2,
  },
  {
    name: "that is read-only, and empty, costs a call each time",
    steps: `mkdir -m 700 "$at/cache"; mount -o remount,ro "$at"; ${RUN}`,
    line: new RegExp(`^${WHY}\\S+key-\\S+: the file system is read-only$`),
    calls: 2,
  },
  {
    name: "that cannot be made on what is read-only costs a call each time",
    steps: `mount -o remount,ro "$at"; ${RUN}`,
    line: new RegExp(`^${WHY}\\S+cache: the file system is read-only$`),
    calls: 2,
  },
  {
    name: "that is read-only serves what it has",
    steps: `${RUN} mount -o remount,ro "$at";`,
    line: /^$/,
    calls: 1,
  },
  {
    name: "of root's, without a word about it, is used where /run is in memory",
    steps: `${OWN_RUN} ${RUN} test "$(stat -c %a ${ROOTS})" = 700 || exit 9;`,
    env: SILENT,
    line: /^$/,
    calls: 1,
  },
  {
    name: "of root's, without a word about it, is not made where /run is not in memory",
    steps: `mount --bind /sys/kernel /run; ${RUN}`,
    env: SILENT,
    line: new RegExp(`^${WHY}${ROOTS}: it is not on tmpfs$`),
    calls: 2,
  },
  {
    name: "of root's, which is there, stays empty where the file turns the cache off",
    steps: `${OWN_RUN} mkdir -m 700 ${ROOTS}; ${RUN}`,
    after: `printf %s "$(ls -mA ${ROOTS})" >&2;`,
    config: "cache: off",
    env: SILENT,
    line: /^$/,
    calls: 2,
  },
  {
    name: "of root's is not made where the file turns the cache off",
    steps: `${OWN_RUN} ${RUN}`,
    after: 'printf %s "$(ls -mA /run)" >&2;',
    config: "cache: off",
    env: SILENT,
    line: /^$/,
    calls: 2,
  },
  {
    name: "of root's, which is there, stays empty where the file names another",
    steps: `${OWN_RUN} mkdir -m 700 ${ROOTS}; ${RUN}`,
    after: `printf %s "$(ls -mA ${ROOTS})" >&2;`,
    config: "cache: { directory: /run/other }",
    env: SILENT,
    line: /^$/,
    calls: 1,
  },
];

/** The executable, started once as a step and once as the run that is looked at. */
async function mountedPull({ steps, after = "", config, env }: Mounted, node: CachedNode): Promise<Pull> {
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
    args: config === undefined ? [] : [`--config=${await settledFile(config, node)}`],
    env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: join(at, "cache"), ...env },
  };
}

async function settledFile(says: string, { folder }: CachedNode): Promise<string> {
  const path = join(folder, "config.yaml");
  const head = "apiVersion: registry-credential-provider/v1\nkind: Config\n";
  writeFileSync(path, `${head}${says}\n`, { mode: 0o600 });
  await setTimeout(SECOND + 100);
  return path;
}

describe("a place in memory", { concurrency: 4, skip }, () => {
  for (const one of [...MOUNTED, ...RANDOM])
    test(`a folder ${one.name}`, () =>
      CachedNode.use(async (node) => {
        const { line, password, run } = await node.pull(await mountedPull(one, node));
        assert.equal(run.status, 0, line);
        assert.ok(password);
        assert.match(line, one.line);
        assert.equal(node.countCalls("ecr"), one.calls);
      }));
});
