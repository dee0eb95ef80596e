/** docs/install/ and docs/operate/: every procedure is run word for word in a folder that stands for a node's root, with stubs for the node's tools. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { isJsonObject } from "./kubelet/json-strict.ts";

const ROOT = new URL("../", import.meta.url);
const temporary = mkdtempSync(join(tmpdir(), "install-pages-"));
after(() => rmSync(temporary, { recursive: true }));

const PROGRAM = "registry-credential-provider";
const RUNS = "#!/bin/sh\necho 0.1.0\n";
const CRASHES = "#!/bin/sh\nexit 127\n";

function readPage(name: string, folder = "docs/install"): string {
  return readFileSync(new URL(`${folder}/${name}.md`, ROOT), "utf8");
}

function codeBlocks(page: string, language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, block = ""]) => block,
  );
}

/** Returns the shell blocks below a heading. */
function procedure(page: string, heading: string, folder = "docs/install"): readonly string[] {
  const section = readPage(page, folder)
    .split(/^## /m)
    .find((text) => text.startsWith(`${heading}\n`));
  assert.ok(section !== undefined, `${page} has no section "${heading}"`);
  return codeBlocks(section, "sh");
}

/** Returns the value at the end of these keys. */
function valueAt(value: unknown, ...keys: readonly (string | number)[]): unknown {
  return keys.reduce<unknown>((found, key) => {
    if (typeof key === "number") return Array.isArray(found) ? found[key] : undefined;
    return isJsonObject(found) ? found[key] : undefined;
  }, value);
}

const manifest = codeBlocks(readPage("daemonset"), "yaml").find((block) => block.includes("kind: DaemonSet"));
const daemonSet: unknown = parse(manifest ?? "");
const INSTALLER = String(valueAt(daemonSet, "spec", "template", "spec", "initContainers", 0, "args", 0));
const USER_DATA = /^#!\/bin\/bash\n[\s\S]*?(?=^--BOUNDARY--$)/m.exec(readPage("eks"))?.[0] ?? "";

test("a shell accepts every command block and script of the pages", () => {
  const pages = globSync("docs/install/*.md", { cwd: ROOT }).map((path) =>
    readFileSync(new URL(path, ROOT), "utf8"),
  );
  const shell = pages.flatMap((page) => codeBlocks(page, "sh"));
  assert.ok(USER_DATA !== "" && INSTALLER.length > 1000 && shell.length > 15);
  for (const text of [...shell, USER_DATA, INSTALLER]) {
    const { status, stderr } = spawnSync("/bin/sh", ["-n"], {
      input: text.replace("-o pipefail", ""),
      env: {},
    });
    assert.equal(status, 0, `${stderr.toString()}\n${text}`);
  }
});

/** A folder in which absolute paths of the procedures are looked up. */
interface NodeRoot {
  readonly folder: string;
  readonly path: (path: string) => string;
  readonly read: (path: string) => string;
  readonly write: (path: string, text: string, mode?: number) => void;
  /** Runs a shell script with the absolute paths of the node below the folder; the current folder is `work`. */
  readonly run: (
    script: string,
    env?: Readonly<Record<string, string>>,
  ) => { status: number | null; stderr: string };
  /** The command lines that a stub recorded. */
  readonly calls: (tool: string) => readonly string[];
}

/** The folders of a node that the procedures name. */
const NODE_FOLDERS = /(?<![\w./$"}-])\/(?=(?:etc|usr\/local|var|home\/kubernetes)\/)/g;

function createNode(name: string, tools: Readonly<Record<string, string>> = {}): NodeRoot {
  const folder = join(temporary, name);
  const path = (inner: string) => join(folder, inner);
  const write = (inner: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(path(inner)), { recursive: true });
    writeFileSync(path(inner), text);
    chmodSync(path(inner), mode);
  };
  mkdirSync(path("work"), { recursive: true });
  const stubs = { systemctl: "exit 0", sleep: "exit 0", curl: "echo ok", chown: "exit 0", ...tools };
  for (const [tool, body] of Object.entries(stubs))
    write(`tools/${tool}`, `#!/bin/sh\necho "$*" >>"${folder}/calls.${tool}"\n${body}\n`, 0o755);
  return {
    folder,
    path,
    write,
    read: (inner) => readFileSync(path(inner), "utf8"),
    run: (script, env = {}) => {
      const { status, stderr } = spawnSync("/bin/bash", [], {
        input: script
          .replace(NODE_FOLDERS, `${folder}/`)
          .replaceAll(`=/etc`, `=${folder}/etc`)
          .replaceAll(`=/var`, `=${folder}/var`),
        cwd: path("work"),
        env: { PATH: `${folder}/tools:/usr/bin:/bin`, ...env },
      });
      return { status, stderr: stderr.toString() };
    },
    calls: (tool) => {
      const file = path(`calls.${tool}`);
      return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
    },
  };
}

const EKS_FOLDER = "etc/eks/image-credential-provider";

function createEksNode(name: string, executable: string): NodeRoot {
  const node = createNode(name);
  node.write(`${EKS_FOLDER}/ecr-credential-provider`, "EKS's own provider", 0o755);
  node.write(`work/${PROGRAM}`, executable, 0o755);
  return node;
}

const [replaceIt = ""] = procedure("replace-an-upstream-provider", "Replace it");
const [wayBackToUpstream = ""] = procedure("replace-an-upstream-provider", "Way back");

test("an upstream provider is replaced by a link that leads to the executable, and kept once", () => {
  const node = createEksNode("replace", RUNS);
  const link = node.path(`${EKS_FOLDER}/ecr-credential-provider`);
  for (let round = 0; round < 2; round++) {
    assert.equal(node.run(replaceIt).status, 0);
    assert.equal(readlinkSync(link), PROGRAM);
    assert.equal(readFileSync(link, "utf8"), RUNS);
    assert.equal(node.read(`${EKS_FOLDER}/ecr-credential-provider.upstream`), "EKS's own provider");
  }
  assert.equal(statSync(link).mode & 0o777, 0o755);
  assert.deepEqual(readdirSync(node.path(EKS_FOLDER)).toSorted(), [
    "ecr-credential-provider",
    "ecr-credential-provider.upstream",
    PROGRAM,
  ]);
});

test("the way back restores the upstream provider", () => {
  const node = createEksNode("replace-back", RUNS);
  assert.equal(node.run(replaceIt).status, 0);
  assert.equal(node.run(wayBackToUpstream).status, 0);
  const provider = node.path(`${EKS_FOLDER}/ecr-credential-provider`);
  assert.ok(!lstatSync(provider).isSymbolicLink());
  assert.equal(readFileSync(provider, "utf8"), "EKS's own provider");
  assert.equal(statSync(provider).mode & 0o777, 0o755);
});

for (const [name, executable] of [
  ["does not run", CRASHES],
  ["is missing", undefined],
] as const) {
  test(`an upstream provider stays as it is if the executable ${name}`, () => {
    const node = createEksNode(`replace-${name}`, executable ?? "");
    if (executable === undefined) rmSync(node.path(`work/${PROGRAM}`));
    assert.notEqual(node.run(replaceIt).status, 0);
    assert.equal(node.read(`${EKS_FOLDER}/ecr-credential-provider`), "EKS's own provider");
    assert.ok(!existsSync(node.path(`${EKS_FOLDER}/${PROGRAM}`)));
    assert.ok(!existsSync(node.path(`${EKS_FOLDER}/ecr-credential-provider.upstream`)));
  });
}

const KUBELET_DEFAULTS = "etc/default/kubelet";
const NEW_FLAGS = /--image-credential-provider-bin-dir=\S+ --image-credential-provider-config=\S+"$/m;

for (const [name, before, kept] of [
  ["without a file of flags", undefined, ""],
  ["with a flag", 'KUBELET_EXTRA_ARGS="--node-ip=10.0.0.1"\n', "--node-ip=10.0.0.1 "],
  ["with flags without quotes", "KUBELET_EXTRA_ARGS=--v=3 --node-ip=10.0.0.1", "--v=3 --node-ip=10.0.0.1 "],
  ["with several assignments", "KUBELET_EXTRA_ARGS=--v=3\nKUBELET_EXTRA_ARGS='--v=4'\n", "--v=4 "],
] as const) {
  test(`kubeadm, on a node ${name}: the flags are added once, and the way back removes them`, () => {
    const node = createNode(`kubeadm ${name}`.replaceAll(" ", "-"));
    mkdirSync(node.path("etc/default"), { recursive: true });
    if (before !== undefined) node.write(KUBELET_DEFAULTS, before);
    node.write(`work/${PROGRAM}`, RUNS, 0o755);
    node.write("work/kubelet.yaml", "kind: CredentialProviderConfig");
    const steps = [
      ...procedure("kubeadm", "1. Copy the executable and the configuration"),
      ...procedure("kubeadm", "2. Set the kubelet's flags"),
    ];
    for (let round = 0; round < 2; round++) for (const step of steps) assert.equal(node.run(step).status, 0);
    const lines = node.read(KUBELET_DEFAULTS).trimEnd().split("\n");
    assert.equal(lines.filter((line) => NEW_FLAGS.test(line)).length, 1);
    assert.ok(lines.at(-1)?.startsWith(`KUBELET_EXTRA_ARGS="${kept}--image-credential-provider-bin-dir=`));
    assert.equal(node.read("etc/kubernetes/credential-provider.yaml"), "kind: CredentialProviderConfig");

    for (const step of procedure("kubeadm", "3. Restart the kubelet")) assert.equal(node.run(step).status, 0);
    for (const step of procedure("kubeadm", "Way back")) assert.equal(node.run(step).status, 0);
    assert.equal(node.read(KUBELET_DEFAULTS), before ?? "");
    assert.deepEqual(node.calls("systemctl"), ["restart kubelet", "restart kubelet"]);
  });
}

const K3S = "var/lib/rancher/credentialprovider";

test("k3s: an existing configuration is kept once, and the way back restores it", () => {
  const node = createNode("k3s");
  node.write(`${K3S}/config.yaml`, "the operator's");
  node.write(`work/${PROGRAM}`, RUNS, 0o755);
  const [copy = ""] = procedure("k3s-rke2", "1. Copy the files");
  for (const text of ["ours", "ours, corrected"]) {
    node.write("work/kubelet.yaml", text);
    assert.equal(node.run(copy).status, 0);
    assert.equal(node.read(`${K3S}/config.yaml`), text);
    assert.equal(node.read(`${K3S}/config.yaml.original`), "the operator's");
  }
  const [back = ""] = procedure("k3s-rke2", "Way back");
  assert.equal(node.run(back).status, 0);
  assert.equal(node.read(`${K3S}/config.yaml`), "the operator's");
  assert.deepEqual(node.calls("systemctl"), ["restart k3s-agent"]);
});

test("k3s: the configuration stays as it is if the executable does not run", () => {
  const node = createNode("k3s-crashes");
  node.write(`work/${PROGRAM}`, CRASHES, 0o755);
  node.write("work/kubelet.yaml", "ours");
  const [copy = ""] = procedure("k3s-rke2", "1. Copy the files");
  assert.notEqual(node.run(copy).status, 0);
  assert.ok(!existsSync(node.path(`${K3S}/config.yaml`)));
});

test("k3s: the way back removes the configuration of a node that had none", () => {
  const node = createNode("k3s-none");
  node.write(`work/${PROGRAM}`, RUNS, 0o755);
  node.write("work/kubelet.yaml", "ours");
  const [copy = ""] = procedure("k3s-rke2", "1. Copy the files");
  const [back = ""] = procedure("k3s-rke2", "Way back");
  assert.equal(node.run(copy).status, 0);
  assert.equal(node.run(back).status, 0);
  assert.ok(!existsSync(node.path(`${K3S}/config.yaml`)));
});

const PROVIDERS = "usr/local/lib/kubelet-credential-providers";
const [upgrade = ""] = procedure("upgrade", "Replace the executable", "docs/operate");
const [downgrade = ""] = procedure("upgrade", "Way back", "docs/operate");

test("an upgrade replaces the executable by one that runs, and the way back restores the old one", () => {
  const node = createNode("upgrade");
  node.write(`${PROVIDERS}/${PROGRAM}`, "the old version", 0o755);
  node.write(`work/${PROGRAM}`, RUNS, 0o644);
  assert.equal(node.run(upgrade).status, 0);
  assert.equal(node.read(`${PROVIDERS}/${PROGRAM}`), RUNS);
  assert.equal(node.run(downgrade).status, 0);
  assert.equal(node.read(`${PROVIDERS}/${PROGRAM}`), "the old version");
});

test("an upgrade leaves the executable as it is if the new one does not run", () => {
  const node = createNode("upgrade-crashes");
  node.write(`${PROVIDERS}/${PROGRAM}`, "the old version", 0o755);
  node.write(`work/${PROGRAM}`, CRASHES, 0o755);
  assert.notEqual(node.run(upgrade).status, 0);
  assert.equal(node.read(`${PROVIDERS}/${PROGRAM}`), "the old version");
});

const [installWarmUnits = ""] = procedure("cache-warm", "With systemd", "docs/operate");

test("the units of cache warm are installed with their list of images, and started", () => {
  const node = createNode("warm-units", { journalctl: "exit 0" });
  cpSync(fileURLToPath(new URL("config/systemd", ROOT)), node.path("work/config/systemd"), {
    recursive: true,
  });
  mkdirSync(node.path("etc/systemd/system"), { recursive: true });
  assert.equal(node.run(installWarmUnits).status, 0);
  const service = node.read("etc/systemd/system/registry-credential-provider-warm.service");
  const [, environmentFile = ""] = /^EnvironmentFile=\/(.*)$/m.exec(service) ?? [];
  assert.match(node.read(environmentFile), /^IMAGES=/m);
  assert.equal(statSync(node.path(environmentFile)).mode & 0o777, 0o644);
  const units = ["registry-credential-provider-warm.service", "registry-credential-provider-warm.timer"];
  assert.deepEqual(node.calls("systemctl"), ["daemon-reload", `enable --now ${units.join(" ")}`]);
});

const DROP_IN = "etc/systemd/system/kubelet.service.d/50-registry-credential-provider.conf";

function createNodeWithUserData(name: string, executable: string): NodeRoot {
  const node = createNode(name, {
    aws: 'while [ $# -gt 2 ]; do shift; done; case "$1" in */config.yaml) echo rules ;; */kubelet.yaml) echo ours ;; *) cat ../../bucket-executable ;; esac >"$2"',
    sha256sum: "cat >/dev/null",
  });
  node.write("bucket-executable", executable);
  node.write(`${EKS_FOLDER}/config.json`, "nodeadm's");
  return node;
}

test("EKS: the user data keeps nodeadm's file and adds the drop-in, and the way back restores the file", () => {
  const node = createNodeWithUserData("eks", RUNS);
  assert.equal(node.run(USER_DATA).status, 0);
  assert.equal(node.read(`etc/${PROGRAM}/kubelet.original.json`), "nodeadm's");
  assert.equal(statSync(node.path(`${EKS_FOLDER}/${PROGRAM}`)).mode & 0o777, 0o755);
  const [, command = ""] = /^ExecStartPre=-(.*)$/m.exec(node.read(DROP_IN)) ?? [];
  assert.equal(spawnSync("/bin/sh", ["-c", command]).status, 0);
  assert.equal(node.read(`${EKS_FOLDER}/config.json`), "ours\n");

  const [back = ""] = procedure("eks", "Way back");
  assert.equal(node.run(back).status, 0);
  assert.equal(node.read(`${EKS_FOLDER}/config.json`), "nodeadm's");
  assert.ok(!existsSync(node.path(DROP_IN)));
});

test("EKS: a node stays as EKS made it if the executable does not run", () => {
  const node = createNodeWithUserData("eks-crashes", CRASHES);
  assert.notEqual(node.run(USER_DATA).status, 0);
  assert.ok(!existsSync(node.path(DROP_IN)));
  assert.equal(node.read(`${EKS_FOLDER}/config.json`), "nodeadm's");
});

interface ManagedNode extends NodeRoot {
  readonly restarts: () => number;
  readonly install: (
    files?: Readonly<Record<string, string>>,
    env?: Readonly<Record<string, string>>,
  ) => {
    status: number | null;
    stderr: string;
  };
}

/** A node with the cloud's file. Its kubelet is healthy after a start with any of these files. */
function createManagedNode(name: string, healthyWith: readonly string[], executable = RUNS): ManagedNode {
  const folder = join(temporary, name);
  const kubelet = `${folder}/host/etc/kubelet.yaml`;
  const node = createNode(name, {
    nsenter: `shift 4; case "$1" in systemctl) shift; echo "$*" >>"${folder}/restarts"; cp "${kubelet}" "${folder}/loaded" ;; *) exec "${folder}/host$1" "$2" ;; esac`,
    wget: `case "$(cat "${folder}/loaded")" in ${healthyWith.map((text) => `"${text}") exit 0 ;;`).join(" ")} esac; exit 1`,
  });
  node.write("host/etc/kubelet.yaml", "the cloud's", 0o600);
  node.write("loaded", "the cloud's");
  mkdirSync(node.path("host/bin"));
  node.write(PROGRAM, executable);
  const restarts = () =>
    existsSync(node.path("restarts")) ? node.read("restarts").trimEnd().split("\n").length : 0;
  const install: ManagedNode["install"] = (
    files = { "config.yaml": "rules", "kubelet.yaml": "ours" },
    env = {},
  ) => {
    rmSync(node.path("files"), { recursive: true, force: true });
    for (const [file, text] of Object.entries(files)) node.write(`files/${file}`, text);
    const version = createHash("sha256")
      .update(`${files["config.yaml"]}${files["kubelet.yaml"]}`)
      .digest("hex");
    const script = INSTALLER.replaceAll("/host$", `${folder}/host$`)
      .replaceAll('"/host', `"${folder}/host`)
      .replaceAll(`"${folder}${folder}`, `"${folder}`)
      .replaceAll("/files/", `${folder}/files/`)
      .replaceAll("cp /$program", `cp ${folder}/$program`);
    const { status, stderr } = spawnSync("/bin/sh", ["-euc", script], {
      env: {
        PATH: `${folder}/tools:/usr/bin:/bin`,
        BIN: "/bin",
        NAMES: "",
        KUBELET: "/etc/kubelet.yaml",
        CONFIG: "/home/rcp",
        ACTION: "install",
        VERSION: version,
        ...env,
      },
    });
    return { status, stderr: stderr.toString() };
  };
  return { ...node, restarts, install };
}

const CLOUDS_FILE = "the cloud's";
const KUBELET_FILE = "host/etc/kubelet.yaml";
const ORIGINAL = "host/home/rcp/installer/original";
const withKubelet = (text: string) => ({ "config.yaml": "rules", "kubelet.yaml": text });

test("the DaemonSet installs all files, and restarts the kubelet once", () => {
  const node = createManagedNode("good", [CLOUDS_FILE, "ours"]);
  for (let round = 0; round < 3; round++) assert.equal(node.install().status, 0);
  assert.equal(node.read(KUBELET_FILE), "ours");
  assert.equal(node.read("host/home/rcp/config.yaml"), "rules");
  assert.equal(node.read(ORIGINAL), CLOUDS_FILE);
  assert.equal(statSync(node.path(`host/bin/${PROGRAM}`)).mode & 0o777, 0o755);
  assert.equal(node.restarts(), 1);
});

test("the DaemonSet keeps the cloud's file through any number of changes", () => {
  const node = createManagedNode("changes", [CLOUDS_FILE, "first", "second", "third"]);
  for (const text of ["first", "second", "third", "first"]) {
    assert.equal(node.install(withKubelet(text)).status, 0);
    assert.equal(node.read(KUBELET_FILE), text);
    assert.equal(node.read(ORIGINAL), CLOUDS_FILE);
  }
  assert.equal(node.restarts(), 4);
});

test("the DaemonSet tries a file with which the kubelet is not healthy once, and puts the cloud's file back", () => {
  const node = createManagedNode("bad", [CLOUDS_FILE]);
  for (let round = 0; round < 4; round++) assert.equal(node.install().status, 1);
  assert.equal(node.read(KUBELET_FILE), CLOUDS_FILE);
  assert.equal(statSync(node.path(KUBELET_FILE)).mode & 0o777, 0o600);
  assert.equal(node.restarts(), 2);
  assert.match(node.install().stderr, /is not tried again/);
});

test("the DaemonSet goes back to the file before the bad one, and accepts a corrected one", () => {
  const node = createManagedNode("bad-second", [CLOUDS_FILE, "first", "corrected"]);
  assert.equal(node.install(withKubelet("first")).status, 0);
  for (let round = 0; round < 3; round++) assert.equal(node.install(withKubelet("bad")).status, 1);
  assert.equal(node.read(KUBELET_FILE), "first");
  assert.equal(node.restarts(), 3);
  assert.equal(node.install(withKubelet("first")).status, 0);
  assert.equal(node.install(withKubelet("corrected")).status, 0);
  assert.equal(node.read(ORIGINAL), CLOUDS_FILE);
  assert.equal(node.restarts(), 4);
});

test("the DaemonSet puts its file back where the cloud wrote its own again, and tries a file that no longer works once", () => {
  const healthy = [CLOUDS_FILE, "ours"];
  const node = createManagedNode("rebooted", healthy);
  assert.equal(node.install().status, 0);
  node.write(KUBELET_FILE, CLOUDS_FILE);
  assert.equal(node.install().status, 0);
  assert.equal(node.read(KUBELET_FILE), "ours");
  assert.equal(node.restarts(), 2);

  node.write(KUBELET_FILE, CLOUDS_FILE);
  node.write("loaded", CLOUDS_FILE);
  node.write("tools/wget", `#!/bin/sh\n[ "$(cat "${node.folder}/loaded")" = "${CLOUDS_FILE}" ]\n`, 0o755);
  for (let round = 0; round < 3; round++) assert.equal(node.install().status, 1);
  assert.equal(node.read(KUBELET_FILE), CLOUDS_FILE);
  assert.equal(node.restarts(), 4);
});

test("the DaemonSet puts the cloud's file back, once, if the file before the bad one does not help either", () => {
  const node = createManagedNode("both-bad", [CLOUDS_FILE, "first"]);
  assert.equal(node.install(withKubelet("first")).status, 0);
  node.write(
    "tools/wget",
    `#!/bin/sh\ncase "$(cat "${node.folder}/loaded").$(cat "${node.folder}/restarts" | wc -l)" in "${CLOUDS_FILE}."* | first.1) exit 0 ;; esac; exit 1\n`,
    0o755,
  );
  for (let round = 0; round < 3; round++) assert.equal(node.install(withKubelet("bad")).status, 1);
  assert.equal(node.read(KUBELET_FILE), CLOUDS_FILE);
  assert.equal(node.read(ORIGINAL), CLOUDS_FILE);
  assert.equal(node.restarts(), 4);
});

test("the DaemonSet goes back if an installation was interrupted", () => {
  const node = createManagedNode("interrupted", [CLOUDS_FILE, "ours"]);
  assert.equal(node.install().status, 0);
  const [good = ""] = readdirSync(node.path("host/home/rcp/installer")).filter((file) =>
    file.endsWith(".good"),
  );
  rmSync(node.path(`host/home/rcp/installer/${good}`));
  for (let round = 0; round < 2; round++) assert.equal(node.install().status, 1);
  assert.equal(node.read(KUBELET_FILE), CLOUDS_FILE);
  assert.equal(node.restarts(), 2);
});

test("the DaemonSet changes nothing on a node whose kubelet is not healthy", () => {
  const node = createManagedNode("sick", []);
  assert.equal(node.install().status, 1);
  assert.equal(node.read(KUBELET_FILE), CLOUDS_FILE);
  assert.ok(!existsSync(node.path(`host/bin/${PROGRAM}`)));
  assert.equal(node.restarts(), 0);
});

test("the DaemonSet changes no configuration if the executable does not run on the node", () => {
  const node = createManagedNode("crashes", [CLOUDS_FILE, "ours"], CRASHES);
  assert.equal(node.install().status, 1);
  assert.equal(node.read(KUBELET_FILE), CLOUDS_FILE);
  assert.ok(!existsSync(node.path(`host/bin/${PROGRAM}`)));
  assert.equal(node.restarts(), 0);
});

test("the DaemonSet refuses a path without a kubelet configuration", () => {
  const node = createManagedNode("wrong-path", [CLOUDS_FILE, "ours"]);
  const { status, stderr } = node.install(undefined, { KUBELET: "/etc/other.yaml" });
  assert.equal(status, 1);
  assert.match(stderr, /there is no \/etc\/other\.yaml/);
});

test("the DaemonSet makes links for further names, but never in the place of another executable", () => {
  const node = createManagedNode("names", [CLOUDS_FILE, "ours"]);
  assert.equal(node.install(undefined, { NAMES: "gar-credential-provider" }).status, 0);
  assert.equal(node.install(undefined, { NAMES: "gar-credential-provider" }).status, 0);
  assert.equal(readlinkSync(node.path("host/bin/gar-credential-provider")), PROGRAM);
  node.write("host/bin/auth-provider-gcp", "the cloud's provider", 0o755);
  assert.equal(node.install(undefined, { NAMES: "auth-provider-gcp" }).status, 1);
  assert.equal(node.read("host/bin/auth-provider-gcp"), "the cloud's provider");
});

test("the DaemonSet changes nothing if the ConfigMap is not that of its version", () => {
  const node = createManagedNode("version", [CLOUDS_FILE, "ours"]);
  assert.equal(node.install(undefined, { VERSION: "" }).status, 1);
  assert.equal(node.read(KUBELET_FILE), CLOUDS_FILE);
  assert.equal(node.restarts(), 0);
});

const versionCommands = [
  procedure("daemonset", "3. Create the DaemonSet")[0] ?? "",
  procedure("daemonset", "Change the files")[0] ?? "",
];

for (const [index, commands] of versionCommands.entries()) {
  test(`the version that the commands of the page set is that of the files (${index + 1})`, () => {
    const node = createNode(`version-commands-${index}`, { kubectl: "exit 0" });
    node.write("work/config.yaml", "rules");
    node.write("work/kubelet.yaml", "ours");
    assert.equal(node.run(commands).status, 0);
    const [, version = ""] = / VERSION=(\w+)$/m.exec(node.calls("kubectl").join("\n")) ?? [];
    const managed = createManagedNode(`version-set-${index}`, [CLOUDS_FILE, "ours"]);
    assert.equal(managed.install(undefined, { VERSION: version }).status, 0);
  });
}

const [removeCommands = ""] = procedure("daemonset", "Way back");

for (const [name, status, deletes] of [
  ["after the last node succeeded", 0, 2],
  ["never while a node fails", 1, 0],
] as const) {
  test(`the way back deletes the DaemonSet ${name}`, () => {
    const node = createNode(`remove-${status}`, {
      kubectl: `case "$*" in *rollout*) exit ${status} ;; esac`,
    });
    node.run(removeCommands);
    assert.equal(node.calls("kubectl").filter((call) => call.includes(" delete ")).length, deletes);
  });
}

test("the action remove puts the cloud's file back, once", () => {
  const node = createManagedNode("remove", [CLOUDS_FILE, "ours"]);
  assert.equal(node.install().status, 0);
  for (let round = 0; round < 2; round++)
    assert.equal(node.install(undefined, { ACTION: "remove" }).status, 0);
  assert.equal(node.read(KUBELET_FILE), CLOUDS_FILE);
  assert.equal(statSync(node.path(KUBELET_FILE)).mode & 0o777, 0o600);
  assert.equal(node.restarts(), 2);
  assert.ok(!existsSync(node.path("host/home/rcp/installer")));
});

test("the cloud's file is restored by hand on a node whose kubelet does not run", () => {
  const node = createNode("by-hand");
  node.write("home/kubernetes/registry-credential-provider/installer/original", CLOUDS_FILE, 0o600);
  node.write("etc/srv/kubernetes/cri_auth_config.yaml", "bad");
  const commands = procedure("daemonset", "Way back").find((block) => block.includes("installer/original"));
  assert.equal(node.run(commands ?? "exit 1").status, 0);
  assert.equal(node.read("etc/srv/kubernetes/cri_auth_config.yaml"), CLOUDS_FILE);
  assert.deepEqual(node.calls("systemctl"), ["restart kubelet"]);
});

const [dropLogins = ""] = procedure("troubleshooting", "After you fixed the rights", "docs/operate");
const [clearUnusedCache = ""] = procedure("cache", "Turn it off, or move it", "docs/operate");

test("after the rights are fixed, the program's logins are dropped before the kubelet's", () => {
  const node = createNode("drop-logins", { systemctl: 'echo "systemctl $*" >>"$0.order"' });
  node.write(
    `${PROVIDERS}/${PROGRAM}`,
    `#!/bin/sh\necho "$*" >>"${node.path("tools/systemctl.order")}"\n`,
    0o755,
  );
  assert.equal(node.run(dropLogins).status, 0);
  assert.equal(node.read("tools/systemctl.order"), "cache clear\nsystemctl restart kubelet\n");
});

test("a cache that is off is cleared by its folder's name", () => {
  const node = createNode("clear-unused");
  const record = `echo "$REGISTRY_CREDENTIAL_PROVIDER_CACHE $*" >"${node.path("order")}"`;
  node.write(`${PROVIDERS}/${PROGRAM}`, `#!/bin/sh\n${record}\n`, 0o755);
  assert.equal(node.run(clearUnusedCache).status, 0);
  assert.equal(node.read("order"), "/run/registry-credential-provider cache clear\n");
});

test("the DaemonSet runs on labelled nodes only, and updates one node at a time", () => {
  const selector = valueAt(daemonSet, "spec", "template", "spec", "nodeSelector");
  assert.deepEqual(selector, { [PROGRAM]: "install" });
  assert.equal(valueAt(daemonSet, "spec", "updateStrategy", "rollingUpdate", "maxUnavailable"), 1);
});

const [labelNodes = ""] = procedure("daemonset", "4. Label the nodes, one after the other");

test("the nodes are labelled one after the other, and none after the first failure", () => {
  const node = createNode("labels", {
    kubectl: `case "$*" in
"get nodes"*) echo "one two three" ;;
*"get pods"*) echo pod/of-the-node ;;
*wait*) [ "$(grep -c label "$0.calls")" -lt 2 ] ;;
esac`,
  });
  const stub = node.read("tools/kubectl").replace("#!/bin/sh\n", '#!/bin/sh\necho "$*" >>"$0.calls"\n');
  node.write("tools/kubectl", stub, 0o755);
  assert.equal(node.run(labelNodes).status, 0);
  const labelled = node.calls("kubectl").filter((call) => call.startsWith("label"));
  assert.deepEqual(labelled, [
    "label --overwrite node one registry-credential-provider=install",
    "label --overwrite node two registry-credential-provider=install",
  ]);
});
