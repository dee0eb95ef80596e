import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { build, transform } from "esbuild";
import { REPLACED } from "./replaced.mjs";

const PREAMBLE = readFileSync(new URL("preamble.cjs", import.meta.url), "utf8");
/** Evaluated before anything else, since every other part imports it. */
const ENTRY = "main.mjs";

/**
 * The program: a script with what every run evaluates, and assets with all else. esbuild makes ES modules of what src/
 * loads with `import()`, a part each: only there does it leave out every export that nobody uses and flatten each part
 * into one scope. Then each part becomes a CommonJS function, which is evaluated when it is first asked for.
 *
 * @returns the script, the assets' sources by their names, and esbuild's metafile, which knows the packages
 */
export async function bundle(entry) {
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
      // Packages that have both are taken as ES modules: esbuild leaves nothing out of CommonJS.
      mainFields: ["module", "main"],
      legalComments: "none",
      logLevel: "warning",
      metafile: true,
      plugins: [replace(), giveFetchTypes(), makeErrorsLate(), cutPackageJson(), inlineSha256()],
    });
    return { ...(await joined(metafile.outputs, directory)), metafile };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function joined(outputs, directory) {
  const assetOf = assetsByPart(outputs);
  const names = [...assetOf.keys()].sort();
  const atOnce = names.filter((name) => assetOf.get(name) === AT_ONCE);
  const sources = new Map(
    await Promise.all(names.map(async (name) => [name, await commonJs(name, directory)])),
  );
  for (const [index, name] of atOnce.entries())
    sources.set(name, `module.exports=require("./${ENTRY}").part${index}`);
  sources.set(ENTRY, await flattened(atOnce, directory));
  const assets = [...new Set(assetOf.values())].sort().map((asset) => {
    const own = names.filter((name) => assetOf.get(name) === asset);
    const parts = own.map((name) => `"./${name}":function(require,exports,module){${sources.get(name)}}`);
    return [asset, `"use strict";({${parts.join(",\n")}})`];
  });
  const table = Object.fromEntries(names.map((name) => [`./${name}`, assetOf.get(name)]));
  const { code: preamble } = await transform(PREAMBLE, { minify: true });
  return {
    script: `"use strict";${preamble}const parts=${JSON.stringify(table)};\n${LOADER}`,
    assets: new Map(assets),
  };
}

/** What every run evaluates, in one scope: of each part by itself, half of the time is spent on its exports. */
async function flattened(names, directory) {
  const contents = names.map((name, index) => `export * as part${index} from "./${name}";`);
  const { outputFiles } = await build({
    ...COMMON_JS,
    stdin: { contents: [`import "./${ENTRY}";`, ...contents].join("\n"), resolveDir: directory },
    bundle: true,
    write: false,
    plugins: [leaveAllBut(names)],
  });
  return outputFiles[0].text;
}

function leaveAllBut(names) {
  return {
    name: "leave-all-but",
    setup({ onResolve }) {
      onResolve({ filter: /^\.\// }, ({ path }) =>
        names.includes(basename(path)) ? undefined : { path, external: true },
      );
    },
  };
}

/** CommonJS, since an `import("node:http")` runs getters of Node's that load undici, half as much again as a bare start. */
const COMMON_JS = {
  format: "cjs",
  platform: "node",
  target: "node24",
  supported: { "dynamic-import": false },
  minify: true,
  logLevel: "warning",
  // google-auth-library's json-bigint compares with a type that there is not.
  logOverride: { "impossible-typeof": "silent" },
};

async function commonJs(name, directory) {
  const { code } = await transform(readFileSync(join(directory, name), "utf8"), COMMON_JS);
  return code;
}

/**
 * A part is its function, or the name of the asset that has it. An asset is mapped into memory with the executable: it
 * costs nothing before it is read. Its code cache has what a login compiled (scripts/build/code-caches.mjs); where there
 * is none, or V8 does not take it, V8 compiles.
 */
const LOADER = `
const loaded = new Map();
const builtin = require;
function load(name) {
  if (!Object.hasOwn(parts, name)) return builtin(name);
  const found = loaded.get(name);
  if (found !== undefined) return found.exports;
  if (typeof parts[name] === "string") Object.assign(parts, partsOf(parts[name]));
  const module = { exports: {} };
  loaded.set(name, module);
  parts[name](load, module.exports, module);
  return module.exports;
}
function partsOf(asset) {
  const { getAssetKeys, getRawAsset } = builtin("node:sea");
  const { Script } = builtin("node:vm");
  const bytesOf = (name) => Buffer.from(getRawAsset(name));
  const cachedData = getAssetKeys().includes(asset + ".cache") ? bytesOf(asset + ".cache") : undefined;
  // ASCII, as esbuild writes it.
  const source = bytesOf(asset + ".js").latin1Slice();
  return new Script(source, { filename: asset + ".js", cachedData }).runInThisContext();
}
load("./${ENTRY}");
`;

/** Each part's asset. A run reads `main`; a login also `shared` and its cloud's, and rarely more. */
function assetsByPart(outputs) {
  const groups = new Map(Object.keys(outputs).map((path) => [basename(path), new Set()]));
  const groupOf = groupsOf(Object.values(outputs).flatMap(({ entryPoint }) => entryPoint ?? []));
  for (const [path, { entryPoint }] of Object.entries(outputs)) {
    if (entryPoint === undefined) continue;
    for (const name of staticallyReached(outputs, basename(path)))
      groups.get(name).add(groupOf.get(entryPoint));
  }
  for (const [path, { inputs }] of Object.entries(outputs))
    if (Object.keys(inputs).some((input) => input.startsWith("node_modules/yaml/")))
      groups.get(basename(path)).add("yaml");
  return new Map([...groups].map(([name, of]) => [name, assetOf(of)]));
}

const AT_ONCE = "main";

/**
 * The group of each part, by the module that the part begins at: the parts of a group are loaded together. A row matches a
 * path as a whole, or as its beginning if the row ends in `/` or `:`; the first match counts. A row without a match and a part without a row fail the build, so
 * that a moved file cannot change its group unnoticed.
 */
const GROUPS = [
  ["src/main.ts", AT_ONCE],
  ["src/clouds/aws/", "aws"],
  ["src/clouds/azure/", "azure"],
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

function groupsOf(entryPoints) {
  const unmatched = new Set(GROUPS.map(([path]) => path));
  const groups = new Map();
  for (const entryPoint of entryPoints) {
    const row = GROUPS.find(([path]) =>
      /[/:]$/.test(path) ? entryPoint.startsWith(path) : entryPoint === path,
    );
    if (row === undefined)
      throw new Error(`scripts/build/bundle.mjs: no row of GROUPS matches ${entryPoint}`);
    unmatched.delete(row[0]);
    groups.set(entryPoint, row[1]);
  }
  if (unmatched.size > 0)
    throw new Error(
      `scripts/build/bundle.mjs: nothing is loaded late from ${[...unmatched].join(", ")} (GROUPS)`,
    );
  return groups;
}

function assetOf(groups) {
  if (groups.has(AT_ONCE)) return AT_ONCE;
  // Twice as large as all that is shared, and read where a file is not plain.
  if (groups.has("yaml")) return "yaml";
  return groups.size === 1 ? [...groups][0] : "shared";
}

function staticallyReached(outputs, entry) {
  const byName = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output]));
  const reached = new Set();
  const visit = (name) => {
    if (reached.has(name)) return;
    reached.add(name);
    for (const { path, kind } of byName.get(name)?.imports ?? [])
      if (kind === "import-statement" && byName.has(basename(path))) visit(basename(path));
  };
  visit(entry);
  return reached;
}

const FETCH_TYPES = JSON.stringify(join(import.meta.dirname, "fetch-types.ts"));

/** To the door of Google's libraries and to them alone: esbuild's own `inject` would put them into every part. */
function giveFetchTypes() {
  return {
    name: "fetch-types",
    setup({ onLoad }) {
      onLoad({ filter: /[/\\]src[/\\]clouds[/\\]google[/\\]gaxios-transport\.ts$/ }, ({ path }) => ({
        contents: `import { Headers, Response } from ${FETCH_TYPES};\n${readFileSync(path, "utf8")}`,
        loader: "ts",
      }));
      onLoad(
        { filter: /[/\\]node_modules[/\\](gaxios|gcp-metadata|google-auth-library)[/\\].*js$/ },
        ({ path }) => ({
          contents: `const { FormData, Headers, Response, Upload: ReadableStream } = require(${FETCH_TYPES});\n${readFileSync(path, "utf8")}`,
          loader: "js",
        }),
      );
    },
  };
}

/** The table of errors, a third of what every run would evaluate, is made in a run that fails: a `require` puts it off. */
function makeErrorsLate() {
  const table = /^import \{.*\bERROR_CODES\b.*\} from ("[./a-z]+\/codes\.ts");$/m;
  return {
    name: "errors-late",
    setup({ onLoad }) {
      onLoad({ filter: /[/\\]src[/\\].*\.ts$/ }, ({ path }) => {
        const source = readFileSync(path, "utf8");
        const [line, from] = table.exec(source) ?? [];
        if (line === undefined) return undefined;
        const late = source.replace(line, "").replace(/\bERROR_CODES\b/g, `require(${from}).ERROR_CODES`);
        return { contents: late, loader: "ts" };
      });
    },
  };
}

/**
 * A kept login is found and checked by two digests, before V8 has compiled anything for speed: calls are most of what they
 * take then, and have V8 begin to compile three functions that are called no more.
 */
function inlineSha256() {
  const inline = [
    [/\brotr\((\w+), (\d+)\)/g, (_, word, bits) => `((${word} << ${32 - bits}) | (${word} >>> ${bits}))`],
    [/\bChi\((\w), (\w), (\w)\)/g, "(($1 & $2) ^ (~$1 & $3))"],
    [/\bMaj\((\w), (\w), (\w)\)/g, "(($1 & $2) ^ ($1 & $3) ^ ($2 & $3))"],
  ];
  const writtenOut = (text, [call, by]) => {
    if (text.match(call) === null)
      throw new Error(`@noble/hashes has another SHA-256 now: ${call} is nowhere`);
    return text.replace(call, by);
  };
  return {
    name: "sha256",
    setup({ onLoad }) {
      onLoad({ filter: /[/\\]@noble[/\\]hashes[/\\]sha2\.js$/ }, ({ path }) => ({
        contents: inline.reduce(writtenOut, readFileSync(path, "utf8")),
        loader: "js",
      }));
    },
  };
}

/** Of package.json the program says its version. */
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

/** Puts the replacements in place; one that nothing asks for any more fails the build. */
function replace() {
  const unused = new Set(REPLACED.keys());
  const load = (module, resolveDir) => {
    unused.delete(module);
    return { contents: REPLACED.get(module), resolveDir, loader: "js" };
  };
  return {
    name: "replace",
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
          `scripts/build/replaced.mjs replaces what nothing imports: ${[...unused].join(", ")}`,
        );
      });
    },
  };
}
