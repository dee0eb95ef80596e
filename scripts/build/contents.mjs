/**
 * What may be in the executable. A package that is not listed fails the build, and so does a listed one that is not in
 * it any more: whoever adds or drops one changes this table, and reviewers see it.
 */
const PACKAGES = {
  src: "ours",
  replaced: "scripts/build/replaced.mjs and fetch-types.ts",
  "@aws-sdk/client-ecr": "ECR",
  "@aws-sdk/client-ecr-public": "ECR Public",
  "@aws-sdk/client-sts": "roles",
  "@aws-sdk/core": "protocols",
  "@aws-sdk/signature-v4-multi-region": "STS's signing",
  "@aws-sdk/xml-builder": "STS's XML",
  "@azure/abort-controller": "errors",
  "@azure/core-client": "pipeline",
  "@azure/core-rest-pipeline": "pipeline",
  "@azure/core-tracing": "pipeline",
  "@azure/core-util": "pipeline",
  "@azure/identity": "Entra",
  "@azure/logger": "silenced",
  "@azure/msal-common": "Entra",
  "@azure/msal-node": "Entra",
  "@noble/hashes": "the cache's names and seals",
  "@smithy/core": "client",
  "@smithy/signature-v4": "signing",
  "@smithy/types": "enums",
  "@typespec/ts-http-runtime": "pipeline",
  "bignumber.js": "json-bigint's",
  extend: "gaxios's",
  gaxios: "Google's HTTP",
  "gcp-metadata": "metadata",
  "google-auth-library": "tokens",
  "json-bigint": "gcp-metadata's",
  jwa: "jws's",
  jws: "signs with a service account's key",
  "safe-buffer": "jws's",
  yaml: "config.yaml, azure.json",
};

/** Modules of Node that make sockets, processes, threads or code. */
const GUARDED =
  /^(node:)?(child_process|cluster|dgram|dns|http|https|http2|inspector|net|repl|sqlite|tls|vm|wasi|worker_threads)(\/|$)/;

/** Who imports one of them, and what for; nobody else may. */
const GUARDED_IMPORTS = {
  "src/egress/proxy.ts node:net": "reads addresses",
  "src/egress/transport.ts node:http": "the one HTTP client",
  "src/egress/transport.ts node:https": "the one HTTP client",
  "src/egress/transport.ts node:net": "reads addresses",
  "src/egress/transport.ts node:tls": "TLS through a proxy's tunnel",
  "src/egress/tunnel.ts node:net": "connects to the proxy",
  "src/system/subprocess.ts node:child_process": "credential_process",
  "node_modules/gaxios/build/cjs/src/gaxios.js https": "the Agent of client certificates, which are not used",
};

const FETCH_TYPES = "scripts/build/fetch-types.ts";
/** The parts that load them: a login at Google by the node, by all else, and a token of the node's for another cloud. */
const FETCH_TYPES_IN = [
  "src/clouds/google/access-token.ts",
  "src/clouds/google/exchange.ts",
  "src/clouds/google/identity-token.ts",
];

/** Bytes of each package in the bundle, before it is made smaller; largest first. */
export function sizesOf({ outputs }) {
  const sizes = new Map();
  for (const [path, bytes] of contributions(outputs)) {
    sizes.set(packageOf(path), (sizes.get(packageOf(path)) ?? 0) + bytes);
  }
  return [...sizes].sort((one, other) => other[1] - one[1]);
}

/** @returns what is wrong with the contents, a line each */
export function problemsOf(metafile) {
  const files = new Set([...contributions(metafile.outputs)].map(([path]) => path));
  const packages = new Set([...files].map(packageOf));
  const imports = guardedImports(metafile.inputs, files);
  return [
    ...difference(packages, Object.keys(PACKAGES), "is in the bundle and not listed"),
    ...difference(Object.keys(PACKAGES), packages, "is listed and not in the bundle"),
    ...findLazyCommonJs(metafile.inputs).map(
      (one) => `${one}: of CommonJS \`import()\` gives only a default export`,
    ),
    ...difference(imports, Object.keys(GUARDED_IMPORTS), "is an import that is not listed"),
    ...difference(Object.keys(GUARDED_IMPORTS), imports, "is listed and not imported"),
    ...[...packages]
      .filter((name) => isTwice(name, files))
      .map((name) => `${name} is in the bundle as ES modules and as CommonJS: two instances`),
    ...difference(entriesWith(FETCH_TYPES, metafile.outputs), FETCH_TYPES_IN, `loads ${FETCH_TYPES}`),
    ...difference(FETCH_TYPES_IN, entriesWith(FETCH_TYPES, metafile.outputs), `loads no ${FETCH_TYPES}`),
  ];
}

/** Finds lazy imports of CommonJS modules. In the bundle they lack the named exports that they have in Node. */
function findLazyCommonJs(inputs) {
  return Object.entries(inputs).flatMap(([path, { imports }]) =>
    imports
      .filter(({ kind, path: target }) => kind === "dynamic-import" && inputs[target]?.format === "cjs")
      .map(({ path: target }) => `${path} imports ${target}`),
  );
}

/** What the parts begin at that load something of the file, by themselves or by what they share with others. */
function entriesWith(file, outputs) {
  const loads = (path, seen = new Set()) => {
    if (seen.has(path) || outputs[path] === undefined) return false;
    seen.add(path);
    const { inputs, imports } = outputs[path];
    const others = imports.filter(({ kind }) => kind === "import-statement");
    return (inputs[file]?.bytesInOutput ?? 0) > 0 || others.some((one) => loads(one.path, seen));
  };
  return Object.keys(outputs)
    .filter((path) => outputs[path].entryPoint !== undefined && loads(path))
    .map((path) => outputs[path].entryPoint);
}

function* contributions(outputs) {
  for (const { inputs } of Object.values(outputs))
    for (const [path, { bytesInOutput }] of Object.entries(inputs))
      if (bytesInOutput > 0) yield [path, bytesInOutput];
}

function packageOf(path) {
  if (path.startsWith("replaced:") || path === FETCH_TYPES) return "replaced";
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? "src";
}

function guardedImports(inputs, files) {
  const found = new Set();
  for (const [path, { imports }] of Object.entries(inputs)) {
    if (!files.has(path)) continue;
    for (const { path: name, external } of imports)
      if (external && GUARDED.test(name)) found.add(`${path} ${name}`);
  }
  return found;
}

function difference(some, others, problem) {
  const known = new Set(others);
  return [...some].filter((name) => !known.has(name)).map((name) => `${name} ${problem}`);
}

/** A file that comes in both forms keeps a state in each: what is set on one, the other does not know. */
function isTwice(name, files) {
  // `state` is how an Azure package shares its state between both: the ES module hands on CommonJS's.
  const own = [...files].filter((path) => packageOf(path) === name && !path.endsWith("/state.js"));
  const bare = own.map((path) =>
    path.replace(/\/(esm|cjs|dist-es|dist-cjs|commonjs)\//, "/").replace(/\.[cm]?js$/, ""),
  );
  return new Set(bare).size < own.length;
}
