import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CachedNode, type Pull } from "../support/cached-node.ts";
import { noMemory } from "../support/memory-folder.ts";

const able = spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/run"]).status === 0;
const skip = able ? noMemory : "no mounts of our own here";

interface Mounted {
  readonly name: string;
  /** In a mount namespace of its own, where `run` is one run before, and `$at` a mount of 64 KiB that nobody else sees. */
  readonly steps: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The whole line. */
  readonly line: RegExp;
  /** Calls of ECR: two where the second run found nothing. */
  readonly calls: number;
}

const FILL = 'cat /dev/zero >"$at/rest" 2>/dev/null;';
const WHY = "the cache is not used: ";

const MOUNTED: readonly Mounted[] = [
  { name: "with room is used", steps: "run;", line: /^$/, calls: 1 },
  {
    name: "that is full costs a call each time",
    steps: `run; rm $at/cache/*.login; ${FILL}`,
    line: new RegExp(`^${WHY}\\S+\\.login: the file system is full$`),
    calls: 2,
  },
  {
    name: "that is full from the start costs a call each time",
    steps: `${FILL} run;`,
    line: new RegExp(`^${WHY}\\S+\\.login: the file system is full$`),
    calls: 2,
  },
  { name: "that is full serves what it has", steps: `run; ${FILL}`, line: /^$/, calls: 1 },
  {
    name: "that has no room for one name more costs a call each time",
    steps: 'mount -o remount,nr_inodes=1 "$at"; run;',
    line: new RegExp(`^${WHY}\\S+cache: the file system is full$`),
    calls: 2,
  },
  {
    name: "that is read-only, and empty, costs a call each time",
    steps: 'mkdir -m 700 "$at/cache"; mount -o remount,ro "$at"; run;',
    line: new RegExp(`^${WHY}\\S+key-\\S+: the file system is read-only$`),
    calls: 2,
  },
  {
    name: "that cannot be made on what is read-only costs a call each time",
    steps: 'mount -o remount,ro "$at"; run;',
    line: new RegExp(`^${WHY}\\S+cache: the file system is read-only$`),
    calls: 2,
  },
  {
    name: "that is read-only serves what it has",
    steps: 'run; mount -o remount,ro "$at";',
    line: /^$/,
    calls: 1,
  },
  {
    name: "of root's, without a word about it, is used where /run is in memory",
    steps:
      'mount -t tmpfs none /run; run; test "$(stat -c %a /run/registry-credential-provider)" = 700 || exit 9;',
    env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: "" },
    line: /^$/,
    calls: 1,
  },
  {
    name: "of root's, without a word about it, is not made where /run is not in memory",
    steps: "mount --bind /sys/kernel /run; run;",
    env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: "" },
    line: new RegExp(`^${WHY}/run/registry-credential-provider: it is not on tmpfs$`),
    calls: 2,
  },
];

/** The executable, started once as a step and once as the run that is looked at. */
function mountedPull({ steps, env }: Mounted, node: CachedNode): Pull {
  const at = join(node.folder, "mount");
  mkdirSync(at);
  const script = [
    "at=$1 request=$2 program=$3",
    'run() { printf %s "$request" | "$program" >/dev/null 2>&1 || exit 8; }',
    'mount -t tmpfs -o size=64k,mode=700 none "$at" || exit 7',
    `${steps} exec "$program"`,
  ].join("; ");
  const { stdin } = node.executionOf({});
  return {
    by: ["unshare", "--mount", "sh", "-c", script, "sh", at, stdin],
    env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: join(at, "cache"), ...env },
  };
}

describe("a place in memory", { concurrency: 4, skip }, () => {
  for (const one of MOUNTED)
    test(`a folder ${one.name}`, () =>
      CachedNode.use(async (node) => {
        const { line, password, run } = await node.pull(mountedPull(one, node));
        assert.equal(run.status, 0, line);
        assert.ok(password);
        assert.match(line, one.line);
        assert.equal(node.calls("ecr"), one.calls);
      }));
});
