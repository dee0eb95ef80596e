/** The rules of the architecture as tables; test/architecture.test.ts checks the source code against them. */

/** A folder of `src/` with its subfolders, or a file directly under `src/`. The longest match counts. */
export interface Room {
  readonly path: string;
  readonly purpose: string;
}

/** The floors of `src/`, from the bottom up. A room may import only from itself and from rooms on lower floors. */
export const FLOORS: readonly (readonly Room[])[] = [
  [{ path: "src/errors/", purpose: "error codes, the error type, and the line on stderr" }],
  [{ path: "src/core/", purpose: "the vocabulary: types and pure constructors, without I/O" }],
  [
    { path: "src/egress/", purpose: "all network traffic: destinations, proxies, retries, deadlines" },
    { path: "src/formats/", purpose: "parsers of formats that several folders read: JSON, JWT, URLs, ids" },
  ],
  [
    { path: "src/system/", purpose: "the process, files, clocks and child processes" },
    { path: "src/protocol/", purpose: "the kubelet's wire format: request, response, Go's durations" },
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
  [{ path: "src/cli/", purpose: "the command line: arguments, help, and the `cache` commands" }],
  [{ path: "src/main.ts", purpose: "the process: arguments, environment, deadline, exit" }],
];

/** A folder (with a trailing `/`) or a file directly under `src/`. */
export type Places = Readonly<Record<string, readonly string[]>>;

/**
 * The packages and modules of Node.js, and the folders that may import them; all others are forbidden.
 * scripts/build/contents.mjs lists the single files that may create sockets or processes.
 */
export const OUTSIDE: Places = {
  "@aws-sdk/client-ecr": ["src/clouds/aws/"],
  "@aws-sdk/client-ecr-public": ["src/clouds/aws/"],
  "@aws-sdk/client-sts": ["src/clouds/aws/"],
  "@smithy/signature-v4": ["src/clouds/aws/"],
  "google-auth-library": ["src/clouds/google/"],
  "@azure/identity": ["src/clouds/azure/"],
  "@azure/core-rest-pipeline": ["src/clouds/azure/"],
  yaml: ["src/config/read/", "src/formats/"],
  "@noble/hashes": ["src/cache/"],
  "node:fs": ["src/system/"],
  "node:crypto": ["src/egress/", "src/clouds/aws/", "src/clouds/azure/", "src/clouds/google/"],
  "node:path": ["src/system/"],
  "node:tty": ["src/system/"],
  "node:child_process": ["src/system/"],
  "node:http": ["src/egress/"],
  "node:https": ["src/egress/"],
  "node:tls": ["src/egress/"],
  "node:net": ["src/egress/"],
  "node:util": ["src/core/"],
  "package.json": ["src/core/"],
};

/** The folders that may use a global with access to the outside world or to a clock. */
export const GLOBALS: Places = {
  process: ["src/main.ts", "src/system/"],
  console: ["src/main.ts"],
  performance: [],
  "Date.now": ["src/system/"],
  "Math.random": ["src/system/"],
  setTimeout: ["src/main.ts", "src/system/", "src/egress/"],
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

/**
 * The number of places in each folder that read the text of a `Secret`: for a header, a form field, a parameter of a library,
 * or the response. The numbers are exact, so that a review sees each new place.
 */
export const SECRET_USES: Readonly<Record<string, number>> = {
  "src/protocol/": 1,
  "src/formats/": 1,
  "src/registries/": 1,
  "src/cache/": 1,
  "src/clouds/aws/": 5,
  "src/clouds/azure/": 4,
  "src/clouds/google/": 4,
};

/**
 * The modules that decide by a host's name which registry or cloud it belongs to. Single files, because the other files of
 * their folders have regular expressions for other texts.
 */
export const HOST_MATCHING: readonly string[] = [
  "src/core/image-reference.ts",
  "src/registries/",
  "src/clouds/aws/partitions.ts",
  "src/clouds/aws/container-credentials.ts",
  "src/clouds/azure/environment-file.ts",
  "src/clouds/google/external-token-source.ts",
];
/** Regular expressions in these modules that do not match hosts: one for lower-casing, one for a tag and digest. */
export const NOT_FOR_HOSTS: readonly string[] = ["/[A-Z]/g", String.raw`/(:[\w.-]+)?(@[\w:.+-]+)?$/`];

/** The maximum number of lines of a file. */
export const LONGEST_FILE = 240;
/** The maximum number of lines of the README.md of a folder. */
export const LONGEST_README = 15;
/** Tables, which may be longer. */
export const TABLES = ["src/errors/codes.ts", "src/config/schema.ts"];

/** The maximum number of files in `src/core/`, so that it does not become a folder for utilities. */
export const MOST_CORE_FILES = 10;
/** The maximum number of files directly under `src/`. */
export const MOST_TOP_FILES = 3;

/** The rooms with error handlers that may handle every error, if they report it: the end of the run. */
export const LAST_RESORTS: readonly string[] = ["src/main.ts"];
