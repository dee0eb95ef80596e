import { readFileSync } from "node:fs";

/**
 * The modules of the vendors' SDKs that the bundle replaces: code that no run needs, and code that would open a socket or
 * start a process outside of src/egress/transport.ts and src/system/subprocess.ts. `module` is a package or a file of one.
 * `checked` is the version of the package with which the reason (`why`) was last verified; for a module of Node.js, the
 * version of Node.js. docs/develop/upgrade-dependencies.md describes how to verify a row.
 */

/** Modules that are never called. Each export throws an error that names the module. */
const UNUSED = [
  {
    module: "@aws-sdk/credential-provider-node",
    checked: "3.972.97",
    names: ["defaultProvider"],
    why: "src/clouds/aws/sdk.ts always passes credentials; the default chain would run programs and contact SSO",
  },
  {
    module:
      "@smithy/core/dist-es/submodules/config/config-resolver/regionConfig/getInstanceMetadataRegion.js",
    checked: "3.41.0",
    names: ["getInstanceMetadataRegion"],
    why: "src/clouds/aws/sdk.ts always passes the region; this module opens its own connections to IMDS",
  },
  {
    module: "@smithy/core/event-streams",
    checked: "3.41.0",
    names: ["EventStreamSerde", "eventStreamSerdeProvider"],
    why: "no call that the program makes uses event streams",
  },
  { module: "bowser", checked: "2.15.0", names: ["default"], why: "parses the user agent of a browser" },
  {
    module: "node-fetch",
    checked: "3.3.2",
    names: ["default"],
    why: "src/clouds/google/gaxios-transport.ts passes its own fetchImplementation",
  },
  {
    module: "https-proxy-agent",
    checked: "7.0.6",
    names: ["HttpsProxyAgent"],
    why: "src/egress implements proxies",
  },
  {
    module: "ecdsa-sig-formatter",
    checked: "1.0.11",
    names: ["joseToDer"],
    why: "only used to verify ID tokens",
  },
  {
    module: "google-auth-library/build/src/gtoken/getCredentials.js",
    checked: "11.3.4",
    names: ["getCredentials"],
    why: "reads a key file; src/clouds/google/credentials-file.ts does that here",
  },
  {
    module: "google-auth-library/build/src/gtoken/revokeToken.js",
    checked: "11.3.4",
    names: ["revokeToken"],
    why: "tokens are never revoked",
  },
  {
    module: "google-auth-library/build/src/auth/filesubjecttokensupplier.js",
    checked: "11.3.4",
    names: ["FileSubjectTokenSupplier"],
    why: "src/clouds/google/source-client.ts passes a supplier of its own",
  },
  {
    module: "google-auth-library/build/src/auth/urlsubjecttokensupplier.js",
    checked: "11.3.4",
    names: ["UrlSubjectTokenSupplier"],
    why: "src/clouds/google/source-client.ts passes a supplier of its own",
  },
  {
    module: "google-auth-library/build/src/auth/certificatesubjecttokensupplier.js",
    checked: "11.3.4",
    names: ["CertificateSubjectTokenSupplier"],
    why: "client certificates are not supported",
  },
  {
    module: "buffer-equal-constant-time",
    checked: "1.0.1",
    names: ["default"],
    why: "jwa uses it only if Node.js has no timingSafeEqual",
  },
  {
    module: "jws/lib/verify-stream.js",
    checked: "4.0.1",
    names: ["default"],
    why: "signatures are never verified",
  },
  {
    module: "@azure/msal-node/dist/network/LoopbackClient.mjs",
    checked: "7.2.1",
    names: ["LoopbackClient"],
    why: "a local HTTP server for interactive sign-in",
  },
  { module: "open", checked: "11.0.4", names: ["default"], why: "opens a browser for interactive sign-in" },
  {
    module: "jsonwebtoken",
    checked: "9.0.3",
    names: ["default"],
    why: "MSAL signs client assertions with it; src/clouds/azure/client-certificate.ts does that here",
  },
  {
    module: "@azure/core-process",
    checked: "1.0.0",
    names: ["execFile", "isProcessError"],
    why: "runs `az`, `azd` and PowerShell for developer credentials",
  },
  {
    module: "@typespec/ts-http-runtime/dist/esm/nodeHttpClient.js",
    checked: "0.3.6",
    names: ["createNodeHttpClient", "getBodyLength"],
    why: "src/clouds/azure/sdk.ts passes an HTTP client to every Azure client",
  },
];

/** Modules that are used, replaced by an equivalent without the dependencies of the original. */
const EQUIVALENTS = [
  {
    module: "@smithy/node-http-handler",
    checked: "4.14.2",
    contents: `
      export { streamCollector } from "@smithy/core/serde";
      export const NodeHttpHandler = { create: (handler) => handler };`,
    why: "src/clouds/aws/sdk.ts passes a request handler to every AWS client",
  },
  {
    module: "node:fs/promises",
    checked: "24.21.0",
    contents: `
      import { readFileSync } from "node:fs";
      export const readFile = async (path, options) => readFileSync(path, options);`,
    why: "perf: saves 1 ms and the start of the thread pool; the AWS SDK reads /dev/null twice (Node.js 24)",
  },
  {
    module: "google-logging-utils",
    checked: "2.2.0",
    contents: "exports.log = () => ({ debug() {} });",
    why: "writes to stderr if an environment variable is set, and loads most of Node.js through node:util",
  },
  {
    module: "@typespec/ts-http-runtime/dist/esm/logger/log.js",
    checked: "0.3.6",
    contents: "export function log() {}",
    why: "writes to stderr if an environment variable is set, and loads most of Node.js through node:util",
  },
  {
    module: "@aws/lambda-invoke-store",
    checked: "0.3.0",
    contents: "export const InvokeStore = { getInstanceAsync: async () => undefined };",
    why: "the trace context of AWS Lambda functions",
  },
  {
    module: "google-auth-library/build/src/crypto/crypto.js",
    checked: "11.3.4",
    contents: `
      const { NodeCrypto } = require("./node/crypto");
      exports.createCrypto = () => new NodeCrypto();`,
    why: "the other half is for browsers",
  },
  {
    module: "@azure/msal-node/dist/network/HttpClient.mjs",
    checked: "7.2.1",
    contents: "export class HttpClient {}",
    why: "MSAL creates one and replaces it by the one that @azure/identity passes",
  },
  {
    module: "@typespec/ts-http-runtime/dist/esm/policies/proxyPolicy.js",
    checked: "0.3.6",
    contents: `
      export const proxyPolicyName = "proxyPolicy";
      export const proxyPolicy = () => ({ name: proxyPolicyName, sendRequest: (request, next) => next(request) });
      export const getDefaultProxySettings = () => undefined;`,
    why: "src/egress implements proxies",
  },
  {
    module: "@typespec/ts-http-runtime/dist/esm/policies/formDataPolicy.js",
    checked: "0.3.6",
    contents: `
      export const formDataPolicyName = "formDataPolicy";
      export const formDataPolicy = () => ({ name: formDataPolicyName, sendRequest: (request, next) => next(request) });`,
    why: "every request body is a string; this policy accesses FormData, which loads undici",
  },
];

/** Module → the source code that replaces it. */
export const REPLACED = new Map([
  ...UNUSED.map(({ module, names }) => [module, throwingModule(module, names)]),
  ...EQUIVALENTS.map(({ module, contents }) => [module, contents]),
]);

function throwingModule(module, names) {
  const error = `Object.assign(new Error("not in this build"), { name: "NotInThisBuild", code: ${JSON.stringify(module)} })`;
  const functions = names.map(
    (name) => `export ${name === "default" ? "default function" : `function ${name}`}() { fail(); }`,
  );
  return [`function fail() { throw ${error}; }`, ...functions].join("\n");
}

/** Returns a warning for each package that is installed in a different minor version than its rows name. */
export function findUncheckedVersions() {
  const warnings = [...UNUSED, ...EQUIVALENTS].flatMap(({ module, checked }) => {
    const name = packageName(module);
    const installed = name === "Node.js" ? process.versions.node : installedVersion(name);
    if (minorVersion(installed) === minorVersion(checked)) return [];
    return [`replaced.mjs was last checked with ${name} ${checked}, but ${installed} is installed`];
  });
  return [...new Set(warnings)];
}

/** `@smithy/core/event-streams` → `@smithy/core`; `node:fs/promises` → `Node.js`. */
function packageName(module) {
  if (module.startsWith("node:")) return "Node.js";
  return module
    .split("/")
    .slice(0, module.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Reads the file instead of resolving it: most packages do not export their package.json. */
function installedVersion(name) {
  const path = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(path, "utf8")).version;
}

function minorVersion(version) {
  return version.split(".").slice(0, 2).join(".");
}
