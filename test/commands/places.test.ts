/** The output of `cache list` and `cache clear` for an unusable folder and for a disabled cache. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { EXECUTABLE } from "../support/executable.ts";
import { memoryUnavailable, withMemoryFolder } from "../support/memory-folder.ts";
import { runProvider } from "../support/provider.ts";

const VARIABLE = "REGISTRY_CREDENTIAL_PROVIDER_CACHE";
const able = spawnSync("unshare", ["--mount", "true"]).status === 0;

/** Runs in its own mount namespace, in which `$at` is a private tmpfs. */
const READ_ONLY: readonly (readonly [command: string, steps: string, stdout: RegExp, stderr: RegExp])[] = [
  ["list", "", /^$/, /cache is not used: \S+cache: the file system is read-only\./],
  ["clear", "", /^$/, /cache is not used: \S+cache: the file system is read-only\./],
  [
    "list",
    "key",
    /^\S+cache: not writable, no login\n$/,
    /the cache directory is not writable: cached logins are served/,
  ],
  [
    "clear",
    "key",
    /^$/,
    /no login deleted, and 1 file could not be deleted\. Hint: remount the file system of the directory read-write/,
  ],
  ["clear", "key; login", /^$/, /no login deleted, and 2 files could not be deleted/],
];

const FUNCTIONS = [
  'mkdir -m 700 "$at/mount" && mount -t tmpfs -o mode=700 none "$at/mount" || exit 7',
  'key() { mkdir -m 700 "$at/mount/cache"; ln -s "$digest" "$at/mount/cache/key-$(cat /proc/sys/kernel/random/boot_id)"; }',
  'login() { umask 077; echo x >"$at/mount/cache/$digest.login"; }',
].join("\n");

describe("a read-only file system", {
  skip: able ? memoryUnavailable : "no mounts of our own here",
}, () => {
  for (const [command, steps, stdout, stderr] of READ_ONLY)
    test(`cache ${command} exits with 1 for ${steps || "an empty folder"}`, () =>
      withMemoryFolder(async (at) => {
        const script = `at=$1 digest=$2; shift 2\n${FUNCTIONS}\n${steps || ":"}\nmount -o remount,ro "$at/mount"\nexec "$@"`;
        const words = ["--mount", "sh", "-c", script, "sh", at, "ab".repeat(32), EXECUTABLE];
        const env = { PATH: process.env["PATH"], [VARIABLE]: join(at, "mount/cache") };
        const run = spawnSync("unshare", [...words, "cache", command], { env, encoding: "utf8" });
        assert.equal(run.status, 1, run.stderr);
        assert.match(run.stdout, stdout);
        assert.match(run.stderr, stderr);
      }));
});

for (const command of ["list", "clear"])
  test(
    `cache ${command} names the setting that disabled the cache, and how to clear it`,
    { skip: memoryUnavailable },
    () =>
      withMemoryFolder(async (at) => {
        mkdirSync(join(at, "etc"), { mode: 0o700 });
        const file = join(at, "etc/config.json");
        const text = { apiVersion: "registry-credential-provider/v1", kind: "Config", cache: "off" };
        writeFileSync(file, JSON.stringify(text), { mode: 0o600 });
        for (const [value, by] of [
          ["off", VARIABLE],
          ["", `cache in ${file}`],
        ] as const) {
          const args = ["cache", command, `--config=${file}`];
          const run = await runProvider({ args, env: { [VARIABLE]: value }, stdin: "" });
          assert.equal(run.status, 1);
          const said = `the cache is disabled: turned off by ${by}. Hint: remove that setting, `;
          assert.ok(run.stderr.toString().includes(said), run.stderr.toString());
          assert.match(
            run.stderr.toString(),
            / REGISTRY_CREDENTIAL_PROVIDER_CACHE=\/run\/\S+ \S+ cache clear/,
          );
        }
      }),
  );
