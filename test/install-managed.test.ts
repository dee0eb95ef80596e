/** docs/install-managed.md: its shell is what a shell takes, and the DaemonSet's script leaves no node without a kubelet. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { parse } from "yaml";
import { isJsonObject } from "./kubelet/json-strict.ts";

const PAGE = readFileSync(new URL("../docs/install-managed.md", import.meta.url), "utf8");
const root = mkdtempSync(join(tmpdir(), "install-managed-"));
after(() => rmSync(root, { recursive: true }));

function blocks(language: string): readonly string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, block = ""]) => block,
  );
}

/** What is at the end of these keys. */
function at(value: unknown, ...keys: readonly (string | number)[]): unknown {
  return keys.reduce<unknown>((found, key) => {
    if (typeof key === "number") return Array.isArray(found) ? found[key] : undefined;
    return isJsonObject(found) ? found[key] : undefined;
  }, value);
}

const manifest = blocks("yaml").find((block) => block.includes("kind: DaemonSet")) ?? "";
const SCRIPT = String(at(parse(manifest), "spec", "template", "spec", "initContainers", 0, "args", 0));
const userData = /^#!\/bin\/bash\n[\s\S]*?(?=^--BOUNDARY--$)/m.exec(PAGE)?.[0] ?? "";

test("its shell is what a shell takes", () => {
  assert.ok(userData !== "");
  for (const shell of [...blocks("sh"), userData, SCRIPT]) {
    const { status, stderr } = spawnSync("/bin/sh", ["-n"], {
      input: shell.replace("-o pipefail", ""),
      env: {},
    });
    assert.equal(status, 0, `${stderr.toString()}\n${shell}`);
  }
});

interface Node {
  readonly folder: string;
  readonly read: (path: string) => string;
  /** How often the kubelet was started anew. */
  readonly restarts: () => number;
  readonly install: () => number | null;
}

/** A node with the cloud's own file, and a kubelet that is well under some files only. */
function nodeWith(name: string, isWell: (file: string) => boolean): Node {
  const folder = join(root, name);
  for (const path of ["host/bin", "host/etc", "files", "tools"])
    mkdirSync(join(folder, path), { recursive: true });
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
  write("host/etc/kubelet.yaml", "the cloud's");
  write("files/kubelet.yaml", "ours");
  write("files/config.yaml", "rules");
  write("registry-credential-provider", "executable");
  const well = ["ours", "the cloud's"].filter(isWell).map((text) => `"${text}") exit 0 ;;`);
  const tools = {
    nsenter: `echo "$@" >>"${folder}/restarts"`,
    wget: `case "$(cat "${folder}/host/etc/kubelet.yaml")" in ${well.join(" ")} esac; exit 1`,
    sleep: "exit 0",
    chown: "exit 0",
  };
  for (const [tool, text] of Object.entries(tools)) {
    write(`tools/${tool}`, `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, "tools", tool), 0o755);
  }
  const script = SCRIPT.replaceAll("/host$", `${folder}/host$`)
    .replaceAll("/files/", `${folder}/files/`)
    .replaceAll("put /registry", `put ${folder}/registry`);
  const env = {
    PATH: `${folder}/tools:/usr/bin:/bin`,
    BIN: "/bin",
    KUBELET: "/etc/kubelet.yaml",
    CONFIG: "/home/rcp",
  };
  return {
    folder,
    read: (path) => readFileSync(join(folder, "host", path), "utf8"),
    restarts: () =>
      existsSync(join(folder, "restarts"))
        ? readFileSync(join(folder, "restarts"), "utf8").trimEnd().split("\n").length
        : 0,
    install: () => spawnSync("/bin/sh", ["-euc", script], { env }).status,
  };
}

test("the DaemonSet puts all in place and starts the kubelet anew, once", () => {
  const node = nodeWith("good", () => true);
  assert.equal(node.install(), 0);
  assert.equal(node.read("etc/kubelet.yaml"), "ours");
  assert.equal(node.read("home/rcp/config.yaml"), "rules");
  assert.equal(node.read("home/rcp/kubelet.before.yaml"), "the cloud's");
  assert.equal(statSync(join(node.folder, "host/bin/registry-credential-provider")).mode & 0o777, 0o755);
  assert.equal(node.install(), 0);
  assert.equal(node.restarts(), 1);
});

test("where the kubelet does not get well, the cloud's file is put back", () => {
  const node = nodeWith("bad", (file) => file !== "ours");
  assert.equal(node.install(), 1);
  assert.equal(node.read("etc/kubelet.yaml"), "the cloud's");
  assert.equal(node.restarts(), 2);
});
