import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { build, transform } from "esbuild";
import { REPLACED } from "./replaced.mjs";

const PREAMBLE = readFileSync(new URL("preamble.cjs", import.meta.url), "utf8");
/** Evaluated before anything else, since every other part imports it. */
const ENTRY = "main.mjs";

/**
 * The program in one script. esbuild makes ES modules of what src/ loads with `import()`, a part each: only there does
 * it leave out every export that nobody uses and flatten each part into one scope. Then each part becomes a CommonJS
 * function of one script: V8 does not compile it, and nothing in it is evaluated, before it is asked for.
 *
 * @returns the script, and esbuild's metafile, which knows the packages
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
      plugins: [replace(), giveFetchTypes()],
    });
    return { script: await joined(metafile, directory), metafile };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** What runs at once is in parentheses, by which V8 compiles it with the script (and into the code cache). */
async function joined({ outputs }, directory) {
  const atOnce = staticallyReached(outputs);
  const parts = [];
  for (const path of Object.keys(outputs).sort()) {
    const name = basename(path);
    const body = await commonJs(readFileSync(join(directory, name), "utf8"));
    const part = `function(require,exports,module){${body}}`;
    parts.push(`${JSON.stringify(`./${name}`)}:${atOnce.has(name) ? `(${part})` : part}`);
  }
  const { code: preamble } = await transform(PREAMBLE, { minify: true });
  return `"use strict";${preamble}const parts={${parts.join(",\n")}};\n${LOADER}`;
}

/** CommonJS, since an `import("node:http")` runs getters of Node's that load undici, half as much again as a bare start. */
async function commonJs(source) {
  const { code } = await transform(source, {
    format: "cjs",
    platform: "node",
    target: "node24",
    supported: { "dynamic-import": false },
    minify: true,
    logLevel: "warning",
    // google-auth-library's json-bigint compares with a type that there is not.
    logOverride: { "impossible-typeof": "silent" },
  });
  return code;
}

const LOADER = `
const loaded = new Map();
const builtin = require;
function load(name) {
  if (!Object.hasOwn(parts, name)) return builtin(name);
  const found = loaded.get(name);
  if (found !== undefined) return found.exports;
  const module = { exports: {} };
  loaded.set(name, module);
  parts[name](load, module.exports, module);
  return module.exports;
}
load("./${ENTRY}");
`;

function staticallyReached(outputs) {
  const byName = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output]));
  const reached = new Set();
  const visit = (name) => {
    if (reached.has(name)) return;
    reached.add(name);
    for (const { path, kind } of byName.get(name)?.imports ?? [])
      if (kind === "import-statement" && byName.has(basename(path))) visit(basename(path));
  };
  visit(ENTRY);
  return reached;
}

const FETCH_TYPES = JSON.stringify(join(import.meta.dirname, "fetch-types.ts"));

/** To the door of Google's libraries and to them alone: esbuild's own `inject` would put them into every part. */
function giveFetchTypes() {
  return {
    name: "fetch-types",
    setup({ onLoad }) {
      onLoad({ filter: /[/\\]src[/\\]clouds[/\\]google[/\\]door\.ts$/ }, ({ path }) => ({
        contents: `import { Headers, Response } from ${FETCH_TYPES};\n${readFileSync(path, "utf8")}`,
        loader: "ts",
      }));
      onLoad(
        { filter: /[/\\]node_modules[/\\](gaxios|gcp-metadata|google-auth-library)[/\\].*js$/ },
        ({ path }) => ({
          contents: `const { FormData, Headers, Response } = require(${FETCH_TYPES});\n${readFileSync(path, "utf8")}`,
          loader: "js",
        }),
      );
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
