/** The rules of the house as tables; `architecture.test.ts` holds the source against them. */

/** A folder of `src/` with its subfolders, or a file directly under `src/`. The longest match counts. */
export interface Room {
  readonly path: string;
  /** Completes "… is for". */
  readonly purpose: string;
}

/** The floors of `src/`, from the bottom up. A room may import only from itself and from rooms on lower floors. */
export const FLOORS: readonly (readonly Room[])[] = [
  [{ path: "src/errors/", purpose: "error codes, the error type, and the line on stderr" }],
  [{ path: "src/core/", purpose: "the vocabulary: types and pure constructors, without I/O" }],
  [
    { path: "src/egress/", purpose: "all network traffic: destinations, proxies, retries, deadlines" },
    { path: "src/formats/", purpose: "parsers of formats that several rooms read: JSON, JWT, URLs, ids" },
  ],
  [
    { path: "src/system/", purpose: "the process, files, clocks and child processes" },
    { path: "src/protocol/", purpose: "the kubelet's wire format" },
    { path: "src/config/", purpose: "the operator's file: from text to policy" },
  ],
  [{ path: "src/identities/", purpose: "the identity that requests a login: decided without I/O" }],
  [{ path: "src/clouds/shared/", purpose: "what the clouds' clients have in common" }],
  [
    { path: "src/clouds/aws/", purpose: "tokens of AWS" },
    { path: "src/clouds/azure/", purpose: "tokens of Azure" },
    { path: "src/clouds/google/", purpose: "tokens of Google Cloud" },
  ],
  [
    { path: "src/clouds/", purpose: "tokens of one cloud that another cloud accepts" },
    { path: "src/cache/", purpose: "logins that are kept between runs" },
  ],
  [
    {
      path: "src/registries/",
      purpose: "the registry of an image, its login, and for how long the kubelet may cache it",
    },
  ],
  [{ path: "src/provide.ts", purpose: "the job: from a request to a response" }],
  [{ path: "src/cli/", purpose: "what a person types and reads" }],
  [{ path: "src/main.ts", purpose: "the process: arguments, environment, deadline, exit" }],
];

/** `src/main.ts` stands for the file itself; a trailing `/` for a folder. */
export type Places = Readonly<Record<string, readonly string[]>>;

/** Which files may import what is not ours. What is not named here, nobody may. */
export const OUTSIDE: Places = {
  "@aws-sdk/client-ecr": ["src/clouds/aws/ecr-token.ts"],
  "@aws-sdk/client-ecr-public": ["src/clouds/aws/ecr-token.ts"],
  "@aws-sdk/client-sts": ["src/clouds/aws/"],
  "@smithy/signature-v4": ["src/clouds/aws/signed-caller-identity.ts"],
  "google-auth-library": ["src/clouds/google/access-token.ts", "src/clouds/google/"],
  "@azure/identity": ["src/clouds/azure/"],
  "@azure/core-rest-pipeline": ["src/clouds/azure/"],
  yaml: [
    "src/config/read/yaml-size.ts",
    "src/formats/azure-json-yaml.ts",
    "src/config/read/yaml-document.ts",
    "src/config/read/yaml-errors.ts",
  ],
  "@noble/hashes": ["src/cache/hmac.ts"],
  "node:fs": [
    "src/system/real-world.ts",
    "src/system/boot-clock.ts",
    "src/system/cache-store.ts",
    "src/system/cache-file.ts",
    "src/system/file-permissions.ts",
    "src/system/subprocess.ts",
    "src/system/stdio.ts",
    "src/system/exit-process.ts",
  ],
  "node:crypto": [
    "src/egress/trust-list.ts",
    "src/clouds/azure/client-certificate.ts",
    "src/clouds/aws/signed-caller-identity.ts",
    "src/clouds/google/credentials-file.ts",
  ],
  "node:path": ["src/system/file-permissions.ts", "src/system/subprocess.ts"],
  "node:tty": ["src/system/stdio.ts"],
  "node:child_process": ["src/system/subprocess.ts"],
  "node:http": ["src/egress/transport.ts"],
  "node:https": ["src/egress/transport.ts"],
  "node:tls": ["src/egress/transport.ts"],
  "node:net": ["src/egress/transport.ts", "src/egress/tunnel.ts", "src/egress/proxy.ts"],
  "node:util": ["src/core/secret.ts"],
  "package.json": ["src/core/version.ts"],
};

/** Which files may use a global that reaches the world or the clock. */
export const GLOBALS: Places = {
  process: [
    "src/main.ts",
    "src/system/exit-process.ts",
    "src/system/boot-clock.ts",
    "src/system/cache-file.ts",
    "src/system/real-world.ts",
    "src/system/subprocess.ts",
    "src/system/clock.ts",
    "src/system/stdio.ts",
  ],
  console: ["src/main.ts"],
  performance: [],
  "Date.now": ["src/system/real-world.ts"],
  "Math.random": ["src/system/real-world.ts"],
  setTimeout: [
    "src/main.ts",
    "src/system/real-world.ts",
    "src/system/subprocess.ts",
    "src/system/stdio.ts",
    "src/egress/transport.ts",
    "src/egress/tunnel.ts",
  ],
  setInterval: [],
  setImmediate: [],
  fetch: [],
  XMLHttpRequest: [],
  WebSocket: [],
  EventSource: [],
  crypto: [],
  require: [],
  eval: [],
  Function: [],
  globalThis: [],
  global: [],
};

/** Where a secret may leave its type: a header, a form, a library's constructor, the answer. */
export const EXPOSERS = [
  "src/protocol/response.ts",
  "src/formats/jwt.ts",
  "src/registries/static-login.ts",
  "src/cache/entry.ts",
  "src/clouds/google/clients.ts",
  "src/clouds/azure/acr-exchange.ts",
  "src/clouds/azure/client-credentials.ts",
  "src/clouds/aws/sdk.ts",
  "src/clouds/aws/imds.ts",
  "src/clouds/aws/sts.ts",
  "src/clouds/aws/pod-identity.ts",
];

/** What of a cloud's internals its registries know their hosts by; and where tokens of its own for other clouds come from. */
export const OPEN: readonly string[] = [
  "src/clouds/aws/ecr-token.ts",
  "src/clouds/azure/acr-token.ts",
  "src/clouds/google/access-token.ts",
  "src/clouds/aws/partitions.ts",
  "src/clouds/azure/clouds.ts",
  "src/clouds/azure/environment-file.ts",
  "src/clouds/aws/web-identity-token.ts",
  "src/clouds/aws/signed-caller-identity.ts",
  "src/clouds/google/identity-token.ts",
  "src/clouds/google/services.ts",
];

/** Modules that decide by a host's name whose it is. */
export const HOST_MATCHING =
  /^src\/(core\/image-reference|registries\/.*|clouds\/aws\/(partitions|container-credentials)|clouds\/azure\/environment-file|clouds\/google\/credential-source)\.ts$/;
/** Expressions there that read something else than a host: one lower-casing, and a tag and digest. */
export const NOT_OF_HOSTS: readonly string[] = ["/[A-Z]/g", String.raw`/(:[\w.-]+)?(@[\w:.+-]+)?$/`];

export const LONGEST_FILE = 240;
/** Tables: long, and read from top to bottom by nobody. */
export const TABLES = ["src/errors/codes.ts", "src/config/schema.ts"];

/** Functions that translate any error and keep an unexpected one recognisable: unchanged, or as `internal`. */
export const TRANSLATORS: readonly string[] = [
  "toProviderError",
  "explainFailure",
  "underRule",
  "withoutContents",
];

/** Handlers that may take every error, by the function that contains them. */
export const LAST_RESORTS: readonly string[] = [
  // The end of the run, which reports every error.
  "src/main.ts ",
  "src/main.ts failureToWrite",
  // Rejects a promise with the error.
  "src/egress/transport.ts sendRequest",
];
