import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { build, transform } from "esbuild";
import { REPLACED } from "./replaced.mjs";

const PREAMBLE = readFileSync(new URL("preamble.cjs", import.meta.url), "utf8");
/** The part that every other part imports; it is evaluated first. */
const ENTRY = "main.mjs";

/**
 * Bundles the program into a script with the code that every run evaluates, and assets with the rest. First esbuild
 * splits the source at each `import()` into parts, which are ES modules: only for ES modules does it remove unused
 * exports and merge a part into one scope. Then each part becomes a CommonJS function, which is evaluated on first use.
 *
 * @param options.whole bundle everything: no replaced modules, no fetch types, no trust in `sideEffects: false`, no
 *   minification. If the tests pass with such a build and fail without, one of these cuts is at fault.
 * @returns the script, the sources of the assets by name, and esbuild's metafile
 */
export async function bundle(entry, { whole }) {
  const directory = mkdtempSync("dist/parts-");
  try {
    const { metafile } = await build({
      entryPoints: { main: entry },
      outdir: directory,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      format: "esm",
      splitting: true,
      platform: "node",
      target: "node24",
      // Prefer the ES modules of packages that have both: esbuild cannot tree-shake CommonJS.
      mainFields: ["module", "main"],
      ignoreAnnotations: whole,
      legalComments: "none",
      logLevel: "warning",
      metafile: true,
      plugins: whole ? [] : [replaceModules(), provideFetchTypes(), cutPackageJson()],
    });
    return { ...(await assemble(metafile.outputs, directory, whole)), metafile };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function assemble(outputs, directory, whole) {
  const assets = assignAssets(outputs, whole);
  const names = [...assets.keys()].sort();
  const mainParts = names.filter((name) => assets.get(name) === MAIN);
  const sources = new Map(
    await Promise.all(names.map(async (name) => [name, await toCommonJs(name, directory, whole)])),
  );
  for (const [index, name] of mainParts.entries())
    sources.set(name, `module.exports=require("./${ENTRY}").part${index}`);
  sources.set(ENTRY, await mergeParts(mainParts, directory, whole));
  const assetSources = [...new Set(assets.values())].sort().map((asset) => {
    const parts = names
      .filter((name) => assets.get(name) === asset)
      .map((name) => `"./${name}":function(require,exports,module){${sources.get(name)}}`);
    return [asset, `"use strict";({${parts.join(",\n")}})`];
  });
  const table = Object.fromEntries(names.map((name) => [`./${name}`, assets.get(name)]));
  const { code: preamble } = await transform(PREAMBLE, { minify: true });
  // Tests instrument the loader, so its names are kept.
  const { code: loader } = await transform(LOADER, { minifyWhitespace: true });
  return {
    script: `"use strict";${preamble}const parts=${JSON.stringify(table)};\n${loader}`,
    assets: new Map(assetSources),
  };
}

/**
 * Merges the parts that every run evaluates into one scope.
 * perf: saves 0.02 of a start; as separate parts, half of their time goes into their exports (Node.js 24).
 */
async function mergeParts(names, directory, whole) {
  const exports = names.map((name, index) => `export * as part${index} from "./${name}";`);
  const { outputFiles } = await build({
    ...commonJsOptions(whole),
    stdin: { contents: [`import "./${ENTRY}";`, ...exports].join("\n"), resolveDir: directory },
    bundle: true,
    write: false,
    plugins: [keepExternalExcept(names)],
  });
  return outputFiles[0].text;
}

function keepExternalExcept(names) {
  return {
    name: "keep-external",
    setup({ onResolve }) {
      onResolve({ filter: /^\.\// }, ({ path }) =>
        names.includes(basename(path)) ? undefined : { path, external: true },
      );
    },
  };
}

/**
 * perf: CommonJS, because `import("node:http")` runs getters of Node.js that load undici, which costs half a bare start
 * (Node.js 24).
 */
function commonJsOptions(whole) {
  return {
    format: "cjs",
    platform: "node",
    target: "node24",
    supported: { "dynamic-import": false },
    minify: !whole,
    // The loader decodes the assets as Latin-1.
    charset: "ascii",
    logLevel: "warning",
    logOverride: {
      // json-bigint, which google-auth-library depends on, compares with a type that does not exist.
      "impossible-typeof": "silent",
      // The package `open`, which only a whole bundle contains, checks whether import.meta.url is set.
      "empty-import-meta": "silent",
    },
  };
}

async function toCommonJs(name, directory, whole) {
  const source = readFileSync(join(directory, name), "utf8");
  const { code } = await transform(source, commonJsOptions(whole));
  return code;
}

/**
 * The loader of the parts. `parts` maps each part to its function, or to the name of the asset that contains it. An asset
 * is mapped into memory together with the executable, so it costs nothing until it is read. Its code cache contains the
 * functions that a login compiles (scripts/build/code-caches.mjs); without a cache that V8 accepts, V8 compiles the source.
 */
const LOADER = `
const loaded = new Map();
const builtin = require;
function load(name) {
  if (!Object.hasOwn(parts, name)) return builtin(name);
  const found = loaded.get(name);
  if (found !== undefined) return found.exports;
  if (typeof parts[name] === "string") Object.assign(parts, readParts(parts[name]));
  const module = { exports: {} };
  loaded.set(name, module);
  parts[name](load, module.exports, module);
  return module.exports;
}
function readParts(asset) {
  const { getAssetKeys, getRawAsset } = builtin("node:sea");
  const { Script } = builtin("node:vm");
  const readAsset = (name) => Buffer.from(getRawAsset(name));
  const cachedData = getAssetKeys().includes(asset + ".cache") ? readAsset(asset + ".cache") : undefined;
  // esbuild writes ASCII.
  const source = readAsset(asset + ".js").latin1Slice();
  return new Script(source, { filename: asset + ".js", cachedData }).runInThisContext();
}
load("./${ENTRY}");
`;

/** Returns the asset of each part. Every run reads `main`, a login also reads `shared` and the asset of its cloud. */
function assignAssets(outputs, whole) {
  const groups = new Map(Object.keys(outputs).map((path) => [basename(path), new Set()]));
  const entryPoints = Object.values(outputs).flatMap(({ entryPoint }) => entryPoint ?? []);
  const groupByEntry = assignGroups(entryPoints, whole);
  for (const [path, { entryPoint }] of Object.entries(outputs)) {
    if (entryPoint === undefined) continue;
    for (const name of findStaticImports(outputs, basename(path)))
      groups.get(name).add(groupByEntry.get(entryPoint));
  }
  for (const [path, { inputs }] of Object.entries(outputs))
    if (Object.keys(inputs).some((input) => input.startsWith("node_modules/yaml/")))
      groups.get(basename(path)).add("yaml");
  return new Map([...groups].map(([name, partGroups]) => [name, chooseAsset(partGroups)]));
}

const MAIN = "main";

/**
 * The group of each part, by the module at which the part begins. The parts of a group are loaded together. A row matches
 * a whole path, or its beginning if the row ends in `/` or `:`; the first match counts. A row without a match and a part
 * without a row fail the build, so that a moved file cannot change its group unnoticed.
 */
const GROUPS = [
  ["src/main.ts", MAIN],
  ["src/clouds/aws/", "aws"],
  ["src/clouds/azure/", "azure"],
  ["src/clouds/google/exchange.ts", "google-exchange"],
  ["src/clouds/google/", "google"],
  ["src/clouds/subject-tokens.ts", "shared"],
  ["src/formats/azure-json-file.ts", "azure"],
  ["src/formats/azure-json-yaml.ts", "azure"],
  ["src/cli/usage.ts", "shared"],
  ["src/cli/", "commands"],
  ["src/config/", "config"],
  ["src/cache/", "shared"],
  ["src/egress/", "shared"],
  ["src/registries/", "shared"],
  ["src/system/", "shared"],
  ["replaced:", "shared"],
];

function assignGroups(entryPoints, whole) {
  const unmatched = new Set(GROUPS.map(([path]) => path));
  const groups = new Map();
  for (const entryPoint of entryPoints) {
    const row = GROUPS.find(([path]) =>
      /[/:]$/.test(path) ? entryPoint.startsWith(path) : entryPoint === path,
    );
    // A whole bundle also has parts of modules that are replaced otherwise.
    if (row === undefined && !whole)
      throw new Error(`scripts/build/bundle.mjs: no row of GROUPS matches ${entryPoint}`);
    unmatched.delete(row?.[0]);
    groups.set(entryPoint, row?.[1] ?? "shared");
  }
  if (unmatched.size > 0 && !whole)
    throw new Error(
      `scripts/build/bundle.mjs: nothing is loaded late from ${[...unmatched].join(", ")} (GROUPS)`,
    );
  return groups;
}

function chooseAsset(groups) {
  if (groups.has(MAIN)) return MAIN;
  // The yaml package is twice as large as all other shared code, and rarely needed.
  if (groups.has("yaml")) return "yaml";
  // An exchange is reached only through the Google part.
  if (groups.size === 2 && groups.has("google") && groups.has("google-exchange")) return "google";
  return groups.size === 1 ? [...groups][0] : "shared";
}

/** Returns the names of the parts that a part imports statically, including itself. */
function findStaticImports(outputs, entry) {
  const outputByName = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output]));
  const found = new Set();
  const visit = (name) => {
    if (found.has(name)) return;
    found.add(name);
    for (const { path, kind } of outputByName.get(name)?.imports ?? [])
      if (kind === "import-statement" && outputByName.has(basename(path))) visit(basename(path));
  };
  visit(entry);
  return found;
}

const FETCH_TYPES = JSON.stringify(join(import.meta.dirname, "fetch-types.ts"));

/**
 * Provides small fetch types to Google's libraries: as globals to the packages, and in place of the module of src/ that
 * names Node's own. esbuild's `inject` would add them to every part.
 * perf: Node's own fetch types load undici, which takes half as long as a bare start (Node.js 24).
 */
function provideFetchTypes() {
  return {
    name: "fetch-types",
    setup({ onLoad }) {
      onLoad({ filter: /[/\\]src[/\\]clouds[/\\]google[/\\]fetch-types\.ts$/ }, () => ({
        contents: `export { Headers, Response } from ${FETCH_TYPES};`,
        loader: "ts",
      }));
      onLoad({ filter: /[/\\]node_modules[/\\](gaxios|google-auth-library)[/\\].*js$/ }, ({ path }) => ({
        contents: `const { FormData, Headers, Response, Upload: ReadableStream } = require(${FETCH_TYPES});\n${readFileSync(path, "utf8")}`,
        loader: "js",
      }));
    },
  };
}

/** Reduces package.json to the version, which is all that the program uses. */
function cutPackageJson() {
  return {
    name: "package-json",
    setup({ onLoad }) {
      onLoad({ filter: /[/\\]package\.json$/ }, ({ path }) => {
        const { name, version } = JSON.parse(readFileSync(path, "utf8"));
        return name === "registry-credential-provider"
          ? { contents: JSON.stringify({ version }), loader: "json" }
          : undefined;
      });
    },
  };
}

/** Replaces the modules of replaced.mjs. A row for a module that nothing imports fails the build. */
function replaceModules() {
  const unused = new Set(REPLACED.keys());
  const load = (module, resolveDir) => {
    unused.delete(module);
    return { contents: REPLACED.get(module), resolveDir, loader: "js" };
  };
  return {
    name: "replace-modules",
    setup({ onResolve, onLoad, onEnd }) {
      onResolve({ filter: /^[@a-z]/ }, ({ path, resolveDir }) =>
        REPLACED.has(path) ? { path, namespace: "replaced", pluginData: resolveDir } : undefined,
      );
      onLoad({ filter: /./, namespace: "replaced" }, ({ path, pluginData }) => load(path, pluginData));
      onLoad({ filter: /node_modules/ }, ({ path }) => {
        const module = path.replaceAll("\\", "/").replace(/.*\/node_modules\//, "");
        return REPLACED.has(module) ? load(module, path.replace(/[^/\\]*$/, "")) : undefined;
      });
      onEnd(() => {
        if (unused.size === 0) return;
        throw new Error(
          `scripts/build/replaced.mjs has modules that nothing imports: ${[...unused].join(", ")}`,
        );
      });
    },
  };
}
