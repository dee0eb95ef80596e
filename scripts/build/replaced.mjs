/**
 * Parts of the vendors' SDKs that no run of ours needs and that would be dead weight, or could make a socket or a
 * process beside src/egress/transport.ts and src/system/subprocess.ts. A module is a package or a file of one.
 */

/** Never called. Whoever does call one fails loudly, with the module's name. */
const NEVER = [
  {
    module: "@aws-sdk/credential-provider-node",
    names: ["defaultProvider"],
    why: "credentials are always given (src/clouds/aws/sdk.ts); the SDK's own chain runs programs and asks SSO",
  },
  {
    module:
      "@smithy/core/dist-es/submodules/config/config-resolver/regionConfig/getInstanceMetadataRegion.js",
    names: ["getInstanceMetadataRegion"],
    why: "the region is always given; it asks the metadata service by node:http",
  },
  {
    module: "@smithy/core/event-streams",
    names: ["EventStreamSerde", "eventStreamSerdeProvider"],
    why: "none of our calls streams events",
  },
  { module: "bowser", names: ["default"], why: "reads a browser's name" },
  {
    module: "node-fetch",
    names: ["default"],
    why: "gaxios is given its fetch (src/clouds/google/access-token.ts)",
  },
  { module: "https-proxy-agent", names: ["HttpsProxyAgent"], why: "src/egress speaks to the proxy" },
  {
    module: "ecdsa-sig-formatter",
    names: ["joseToDer"],
    why: "google-auth-library verifies other people's ID tokens with it",
  },
  {
    module: "google-auth-library/build/src/gtoken/getCredentials.js",
    names: ["getCredentials"],
    why: "reads a key's file; ours is read by src/clouds/google/credentials-file.ts",
  },
  {
    module: "google-auth-library/build/src/gtoken/revokeToken.js",
    names: ["revokeToken"],
    why: "no token is revoked",
  },
  {
    module: "google-auth-library/build/src/auth/filesubjecttokensupplier.js",
    names: ["FileSubjectTokenSupplier"],
    why: "subject tokens are given (src/clouds/google/clients.ts)",
  },
  {
    module: "google-auth-library/build/src/auth/urlsubjecttokensupplier.js",
    names: ["UrlSubjectTokenSupplier"],
    why: "subject tokens are given (src/clouds/google/clients.ts)",
  },
  {
    module: "google-auth-library/build/src/auth/certificatesubjecttokensupplier.js",
    names: ["CertificateSubjectTokenSupplier"],
    why: "client certificates are not supported",
  },
  {
    module: "buffer-equal-constant-time",
    names: ["default"],
    why: "jwa has it for a Node.js that has no timingSafeEqual",
  },
  {
    module: "jws/lib/verify-stream.js",
    names: ["default"],
    why: "nobody else's signature is verified",
  },
  {
    module: "@azure/msal-node/dist/network/LoopbackClient.mjs",
    names: ["LoopbackClient"],
    why: "a server for a person's sign-in",
  },
  { module: "open", names: ["default"], why: "opens a person's browser" },
  {
    module: "jsonwebtoken",
    names: ["default"],
    why: "MSAL signs with it for an application with a certificate: src/clouds/azure/client-certificate.ts signs in its place",
  },
  {
    module: "@azure/core-process",
    names: ["execFile", "isProcessError"],
    why: "runs the command lines that a person has signed in with",
  },
  {
    module: "@typespec/ts-http-runtime/dist/esm/nodeHttpClient.js",
    names: ["createNodeHttpClient", "getBodyLength"],
    why: "every Azure client is given its HTTP client (src/clouds/azure/sdk.ts)",
  },
];

/** Used, and answered without what the original drags in. */
const INSTEAD = [
  {
    module: "@smithy/node-http-handler",
    contents: `
      export { streamCollector } from "@smithy/core/serde";
      export const NodeHttpHandler = { create: (given) => given };`,
    why: "every AWS client is given its HTTP handler (src/clouds/aws/sdk.ts)",
  },
  {
    module: "node:fs/promises",
    contents: `
      import { readFileSync } from "node:fs";
      export const readFile = async (path, options) => readFileSync(path, options);`,
    why: "a millisecond to load, and what it reads starts Node's threads: AWS's client reads the empty /dev/null twice",
  },
  {
    module: "google-logging-utils",
    contents: "exports.log = () => ({ debug() {} });",
    why: "writes to stderr where a variable says so, and loads most of Node with node:util's names",
  },
  {
    module: "@typespec/ts-http-runtime/dist/esm/logger/log.js",
    contents: "export function log() {}",
    why: "the same",
  },
  {
    module: "@aws/lambda-invoke-store",
    contents: "export const InvokeStore = { getInstanceAsync: async () => undefined };",
    why: "the trace of an AWS Lambda function",
  },
  {
    module: "google-auth-library",
    contents: `
      exports.Compute = require("google-auth-library/build/src/auth/computeclient").Compute;
      exports.gaxios = require("gaxios");
      exports.gcpMetadata = require("gcp-metadata");`,
    why: "its index is CommonJS, of which nothing can be left out: these are the parts that src/ imports",
  },
  {
    module: "google-auth-library/build/src/crypto/crypto.js",
    contents: `
      const { NodeCrypto } = require("./node/crypto");
      exports.createCrypto = () => new NodeCrypto();`,
    why: "the other half is for browsers",
  },
  {
    module: "@azure/msal-node/dist/network/HttpClient.mjs",
    contents: "export class HttpClient {}",
    why: "MSAL makes one and drops it for the one that @azure/identity gives it",
  },
  {
    module: "@typespec/ts-http-runtime/dist/esm/policies/proxyPolicy.js",
    contents: `
      export const proxyPolicyName = "proxyPolicy";
      export const proxyPolicy = () => ({ name: proxyPolicyName, sendRequest: (request, next) => next(request) });
      export const getDefaultProxySettings = () => undefined;`,
    why: "src/egress speaks to the proxy",
  },
  {
    module: "@typespec/ts-http-runtime/dist/esm/policies/formDataPolicy.js",
    contents: `
      export const formDataPolicyName = "formDataPolicy";
      export const formDataPolicy = () => ({ name: formDataPolicyName, sendRequest: (request, next) => next(request) });`,
    why: "every body that is sent is a string; it asks for Node's FormData, which loads undici",
  },
];

/** Module → the source that stands in its place. */
export const REPLACED = new Map([
  ...NEVER.map(({ module, names }) => [module, throwing(module, names)]),
  ...INSTEAD.map(({ module, contents }) => [module, contents]),
]);

function throwing(module, names) {
  const failure = `Object.assign(new Error("not in this build"), { name: "NotInThisBuild", code: ${JSON.stringify(module)} })`;
  const functions = names.map(
    (name) => `export ${name === "default" ? "default function" : `function ${name}`}() { fail(); }`,
  );
  return [`function fail() { throw ${failure}; }`, ...functions].join("\n");
}
