/**
 * The packages in the executable and their purposes. The build fails if the bundle contains a package that is not listed,
 * or does not contain a listed one, so that reviewers see each addition and removal.
 */
const PACKAGES = {
  src: "the program",
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
  "@noble/hashes": "names and seals of the cache files",
  "@smithy/core": "client",
  "@smithy/signature-v4": "signing",
  "@smithy/types": "enums",
  "@typespec/ts-http-runtime": "pipeline",
  extend: "dependency of gaxios",
  gaxios: "Google's HTTP",
  "google-auth-library": "tokens",
  jwa: "dependency of jws",
  jws: "signs with a service account's key",
  "safe-buffer": "dependency of jws",
  yaml: "config.yaml, azure.json",
};

/** Modules of Node.js that create sockets, processes, threads or code. */
const GUARDED =
  /^(node:)?(child_process|cluster|dgram|dns|http|https|http2|inspector|net|repl|sqlite|tls|vm|wasi|worker_threads)(\/|$)/;

/** The permitted imports of these modules and their purposes. */
const GUARDED_IMPORTS = {
  "src/egress/proxy.ts node:net": "parses addresses",
  "src/egress/transport.ts node:http": "the HTTP client",
  "src/egress/transport.ts node:https": "the HTTP client",
  "src/egress/transport.ts node:net": "parses addresses",
  "src/egress/transport.ts node:tls": "TLS through the tunnel of a proxy",
  "src/egress/tunnel.ts node:net": "connections to the proxy",
  "src/system/subprocess.ts node:child_process": "credential_process",
  "node_modules/gaxios/build/cjs/src/gaxios.js https":
    "the Agent for client certificates, which are not used",
};

const FETCH_TYPES = "scripts/build/fetch-types.ts";
/** The part that loads the fetch types: Google's exchanges. The node's own token needs no library. */
const FETCH_TYPES_IN = ["src/clouds/google/exchange.ts"];

/** Returns the size of each package in the bundle before minification, in bytes, largest first. */
export function measurePackages({ outputs }) {
  const sizes = new Map();
  for (const [path, bytes] of listContributions(outputs)) {
    sizes.set(packageName(path), (sizes.get(packageName(path)) ?? 0) + bytes);
  }
  return [...sizes].sort((one, other) => other[1] - one[1]);
}

/** Returns a line for each difference between the bundle and the tables above. */
export function checkContents(metafile) {
  const files = new Set([...listContributions(metafile.outputs)].map(([path]) => path));
  const packages = new Set([...files].map(packageName));
  const imports = findGuardedImports(metafile.inputs, files);
  return [
    ...difference(packages, Object.keys(PACKAGES), "is in the bundle and not listed"),
    ...difference(Object.keys(PACKAGES), packages, "is listed and not in the bundle"),
    ...findLazyCommonJs(metafile.inputs).map(
      (one) => `${one}: \`import()\` of CommonJS returns only a default export`,
    ),
    ...difference(imports, Object.keys(GUARDED_IMPORTS), "is an import that is not listed"),
    ...difference(Object.keys(GUARDED_IMPORTS), imports, "is listed and not imported"),
    ...[...packages]
      .filter((name) => isInBothFormats(name, files))
      .map((name) => `${name} is in the bundle as ES modules and as CommonJS: two instances`),
    ...difference(findPartsWith(FETCH_TYPES, metafile.outputs), FETCH_TYPES_IN, `loads ${FETCH_TYPES}`),
    ...difference(FETCH_TYPES_IN, findPartsWith(FETCH_TYPES, metafile.outputs), `loads no ${FETCH_TYPES}`),
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

/** Returns the entry points of the parts that load code of the file, directly or through a shared part. */
function findPartsWith(file, outputs) {
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

function* listContributions(outputs) {
  for (const { inputs } of Object.values(outputs))
    for (const [path, { bytesInOutput }] of Object.entries(inputs))
      if (bytesInOutput > 0) yield [path, bytesInOutput];
}

function packageName(path) {
  if (path.startsWith("replaced:") || path === FETCH_TYPES) return "replaced";
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? "src";
}

function findGuardedImports(inputs, files) {
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

/** Reports whether the bundle has a file of the package as ES module and as CommonJS: their module states would differ. */
function isInBothFormats(name, files) {
  // Azure's packages share their state between both formats through a `state` file, which is CommonJS in both.
  const own = [...files].filter((path) => packageName(path) === name && !path.endsWith("/state.js"));
  const bare = own.map((path) =>
    path.replace(/\/(esm|cjs|dist-es|dist-cjs|commonjs)\//, "/").replace(/\.[cm]?js$/, ""),
  );
  return new Set(bare).size < own.length;
}
