/** The configuration file at its default path: the provider runs without rules only if the path does not exist. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { EXECUTABLE, NO_LOGIN, run } from "./start.ts";

const FOLDER = "/etc/registry-credential-provider";
const FILE = `${FOLDER}/config.yaml`;
const VALID = "apiVersion: registry-credential-provider/v1\\nkind: Config\\n";
const NOBODY = 65534;

interface Case {
  readonly name: string;
  /** Shell commands, run where /etc is an empty tmpfs. */
  readonly steps: string;
  /** The text in the error line; undefined: the run returns a login. */
  readonly refused?: string;
  readonly uid?: number;
}

const CASES: readonly Case[] = [
  { name: "no folder", steps: ":" },
  { name: "an empty folder", steps: `mkdir ${FOLDER}` },
  { name: "a link to an empty folder", steps: `mkdir /etc/other; ln -s other ${FOLDER}` },
  { name: "a valid file", steps: `mkdir ${FOLDER}; printf '${VALID}' > ${FILE}` },
  {
    name: "a link to a valid file",
    steps: `mkdir ${FOLDER}; printf '${VALID}' > /etc/there; ln -s ../there ${FILE}`,
  },
  {
    name: "a dangling link",
    steps: `mkdir ${FOLDER}; ln -s nowhere ${FILE}`,
    refused: `${FILE}: ${FILE} is a dangling link`,
  },
  {
    name: "a link to a dangling link",
    steps: `mkdir ${FOLDER}; ln -s nowhere ${FOLDER}/other; ln -s other ${FILE}`,
    refused: `${FILE}: ${FILE} is a dangling link`,
  },
  {
    name: "a dangling link in place of the folder",
    steps: `ln -s nowhere ${FOLDER}`,
    refused: `${FILE}: ${FOLDER} is a dangling link`,
  },
  {
    name: "a file in place of the folder",
    steps: `printf '${VALID}' > ${FOLDER}`,
    refused: `${FILE}: ${FOLDER} is not a directory`,
  },
  {
    name: "a link to a file in place of the folder",
    steps: `printf '${VALID}' > /etc/there; ln -s there ${FOLDER}`,
    refused: `${FILE}: ${FOLDER} is not a directory`,
  },
  {
    name: "a link to itself",
    steps: `mkdir ${FOLDER}; ln -s config.yaml ${FILE}`,
    refused: `${FILE}: its symbolic links form a loop`,
  },
  {
    name: "a folder in place of the file",
    steps: `mkdir -p ${FILE}`,
    refused: `${FILE}: not a regular file`,
  },
  {
    name: "a link to a folder",
    steps: `mkdir ${FOLDER}; ln -s . ${FILE}`,
    refused: `${FILE}: not a regular file`,
  },
  {
    name: "a folder that this user may not search",
    steps: `mkdir -m 700 ${FOLDER}`,
    refused: `${FILE}: permission denied for it or a directory above it`,
    uid: NOBODY,
  },
  { name: "an empty folder that this user may search", steps: `mkdir ${FOLDER}`, uid: NOBODY },
];

const able = spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/etc"]).status === 0;

describe("at the default path", { skip: able ? false : "only root can mount a tmpfs on /etc" }, () => {
  for (const { name, steps, refused, uid } of CASES)
    test(`${name} ${refused === undefined ? "is accepted" : "is an error"}`, async () => {
      const user = uid === undefined ? "" : `setpriv --reuid=${uid} --regid=${uid} --clear-groups`;
      const script = `umask 022; mount -t tmpfs -o mode=755 none /etc && { ${steps}; } && exec ${user} "$0"`;
      const ended = await run({
        command: ["unshare", "--mount", "sh", "-c", script, EXECUTABLE],
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      });
      if (refused === undefined)
        return assert.deepEqual(ended, { status: 0, signal: null, stdout: NO_LOGIN, stderr: "" });
      assert.deepEqual([ended.status, ended.stdout], [2, ""]);
      const line = `registry-credential-provider: cannot read the configuration file: ${refused}. Hint: `;
      assert.equal(ended.stderr.slice(0, line.length), line);
      assert.match(ended.stderr, /\[code config-unreadable, stage config\]$/);
    });
});
