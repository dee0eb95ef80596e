import { ABSOLUTE_PATH, DEFAULT_CONFIG_PATH, type RunOptions } from "../core/run-options.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { NOT_SHOWN } from "../errors/show-value.ts";
import { describeUnknown, unknownWordError } from "./unknown-argument.ts";

export type Command =
  | { readonly kind: "provide"; readonly settings: RunOptions }
  | CacheCommand
  | { readonly kind: "help" }
  | { readonly kind: "version" };

/** A command line `cache …`. */
export interface CacheCommand {
  readonly kind: "cache";
  readonly action: (typeof ACTIONS)[number];
  /** The images of `cache warm`. */
  readonly images: readonly string[];
  readonly settings: RunOptions;
}

const CACHE = "cache";
const ACTIONS = ["list", "clear", "warm"] as const;
/** The only subcommand of the upstream providers. Without effect here. */
const SUBCOMMAND = "get-credentials";
const NUMBER = { shape: /^\d{1,20}$/, description: "a number" };
const LOG_PATH = { shape: ABSOLUTE_PATH, description: "an absolute path" };

interface ValueFormat {
  readonly shape: RegExp;
  /** Completes the sentence "--flag takes …". */
  readonly description: string;
}

/** klog's flags, which upstream providers take and which have no effect here. A value must have the format that klog reads. */
const IGNORED: ReadonlyMap<string, ValueFormat> = new Map([
  ["-v", NUMBER],
  ["--v", NUMBER],
  [
    "--vmodule",
    { shape: /^([^=,\s]+=\d+(,|$))+$/, description: "pattern=N, or several with commas between them" },
  ],
  [
    "--stderrthreshold",
    { shape: /^(\d+|info|warning|error|fatal)$/i, description: "a severity, such as INFO or 2" },
  ],
  ["--log-dir", LOG_PATH],
  ["--log-file", LOG_PATH],
  ["--log-file-max-size", NUMBER],
  ["--log-backtrace-at", { shape: /^[^:\s]+:\d+$/, description: "file:N" }],
]);
/** klog's boolean flags, which take a value only after `=`. */
const IGNORED_BARE = [
  "--logtostderr",
  "--alsologtostderr",
  "--one-output",
  "--add-dir-header",
  "--skip-headers",
  "--skip-log-headers",
];
/** The values that Go's `strconv.ParseBool` accepts. */
const BOOLEAN = { shape: /^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/, description: "true or false" };

/** Flags of the upstream providers that are refused, with the reason. */
const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ["--registry-mirror", "mirrors belong in the configuration file"],
  ["-r", "mirrors belong in the configuration file"],
  ...["--ib-sni-name", "--ib-default-client-id", "--ib-default-tenant-id", "--ib-apiserver-ip"].map(
    (flag) => [flag, "AKS identity bindings are not supported"] as const,
  ),
]);
const AUTH_FLOW = "--authFlow";
const CONFIG = "--config";
const IDENTITY_PROVIDER = "--identity-provider";
const PROJECT_ID = "--project-id";
const VALUED = [CONFIG, IDENTITY_PROVIDER, PROJECT_ID, AUTH_FLOW, "-a"];
const ACCEPTED = [
  "--help",
  "-h",
  "--version",
  SUBCOMMAND,
  CACHE,
  ...VALUED,
  ...IGNORED.keys(),
  ...IGNORED_BARE,
];
/** An absolute path of plain characters. Any other word is refused: it may be a misspelt flag, which would silently have no effect. */
const FILE = /^(?:\/|[A-Za-z]:[/\\])[\w.@+~/\\-]*$/;

/** Flags that stand alone or after `cache`: beside the kubelet's arguments their text would be the response to a request. */
const BARE = ["--help", "-h", "--version"];

/** @throws ProviderError `argument-unknown`, `argument-unsupported`, `argument-invalid`, `too-many-arguments` or `cache-command-incomplete` */
export function parseArguments(argv: readonly string[]): Command {
  const bare = argv.find((word) => BARE.includes(word));
  if (bare !== undefined && (argv.length === 1 || argv[0] === CACHE))
    return { kind: bare === "--version" ? "version" : "help" };
  const words: string[] = [];
  const values = new Map<string, string>();
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? "";
    if (word.startsWith("-")) index += readFlag(word, argv[index + 1], values);
    else words.push(word);
  }
  const [first, ...more] = words.filter((word) => word !== SUBCOMMAND && !isAbsolute(word));
  if (first === CACHE) return parseCacheCommand(more, words.filter(isAbsolute), values);
  const files = words.filter((word) => word !== SUBCOMMAND);
  return { kind: "provide", settings: parseRunOptions(files, values) };
}

/** Reports whether an argument is a file rather than an image: no image begins with a slash. */
const isAbsolute = (word: string): boolean => word.startsWith("/");
function parseCacheCommand(
  [word, ...images]: readonly string[],
  files: readonly string[],
  values: ReadonlyMap<string, string>,
): CacheCommand {
  const action = ACTIONS.find((one) => one === word);
  const refuse = (detail: string) => new ProviderError("cache-command-incomplete", { detail });
  if (word === undefined) throw refuse("cache needs a command");
  if (action === undefined) throw refuse(describeUnknown(word, ACTIONS));
  if (action === "warm" && images.length === 0) throw refuse("warm needs an image");
  const misplaced = images.find((image) => image.includes("="));
  if (misplaced !== undefined) throw unknownWordError(misplaced, ACCEPTED, VALUED);
  if (action !== "warm" && images[0] !== undefined) throw refuse(`${action} takes no image`);
  return { kind: "cache", action, images, settings: parseRunOptions(files, values) };
}

function parseRunOptions(files: readonly string[], values: ReadonlyMap<string, string>): RunOptions {
  const unknown = files.find((word) => !FILE.test(word));
  if (unknown !== undefined) throw unknownWordError(unknown, ACCEPTED, VALUED);
  if (files.length > 1) throw new ProviderError("too-many-arguments");
  const configPath = values.get(CONFIG);
  if (configPath !== undefined && !ABSOLUTE_PATH.test(configPath))
    throw new ProviderError("argument-invalid", {
      detail: `${CONFIG} is not an absolute path ${NOT_SHOWN}`,
      hint: `give an absolute path, such as ${CONFIG}=${DEFAULT_CONFIG_PATH}`,
    });
  return {
    azureConfigPath: files[0],
    configPath,
    gke: parseGkeOptions(values.get(IDENTITY_PROVIDER), values.get(PROJECT_ID)),
  };
}

/** `https://container.googleapis.com/v1/projects/P/locations/L/clusters/C`, as upstream takes it. */
const CLUSTER =
  /^https:\/\/[a-z0-9.-]+\/v1\/projects\/[a-z0-9.:-]+\/locations\/[a-z0-9-]+\/clusters\/[a-z0-9-]+$/;
const PROJECT = /^[a-z0-9.:-]{1,200}$/;

function parseGkeOptions(
  identityProvider: string | undefined,
  projectId: string | undefined,
): RunOptions["gke"] {
  if (identityProvider === undefined && projectId === undefined) return undefined;
  if (identityProvider !== undefined && projectId !== undefined) {
    if (CLUSTER.test(identityProvider) && PROJECT.test(projectId)) return { identityProvider, projectId };
    const wrong = CLUSTER.test(identityProvider) ? PROJECT_ID : IDENTITY_PROVIDER;
    throw new ProviderError("argument-invalid", { detail: wrong });
  }
  throw new ProviderError("argument-invalid", {
    detail: `${IDENTITY_PROVIDER} and ${PROJECT_ID} need each other`,
  });
}

/** @returns how many words beside its own the flag takes */
function readFlag(word: string, next: string | undefined, values: Map<string, string>): 0 | 1 {
  const [name = "", attached] = split(word);
  requireOneWord(name);
  const reason = UNSUPPORTED.get(name);
  if (reason !== undefined)
    throw new ProviderError("argument-unsupported", { detail: `${name} (${reason})` });
  if (!ACCEPTED.includes(name))
    throw new ProviderError("argument-unknown", { detail: describeUnknown(name, ACCEPTED) });
  if (BARE.includes(name)) {
    const problem = attached === undefined ? "is not the only argument" : "takes no value";
    throw new ProviderError("argument-invalid", { detail: `${name} ${problem}` });
  }
  if (IGNORED_BARE.includes(name)) {
    if (attached !== undefined) validateFormat(name, attached, BOOLEAN);
    return 0;
  }
  const value = attached ?? requireValue(name, next);
  if (value === "") throw new ProviderError("argument-invalid", { detail: `${name} has an empty value` });
  const klog = IGNORED.get(name);
  if (klog === undefined) setValue(name, value, values);
  else validateFormat(name, value, klog);
  return attached === undefined ? 1 : 0;
}

/** Refuses a flag in the place of a value: taken as the value, it would silently lose its effect. */
function requireValue(name: string, next: string | undefined): string {
  if (next !== undefined && !next.startsWith("-")) return next;
  const found = next === undefined ? "nothing follows it" : "a flag follows it";
  throw new ProviderError("argument-invalid", {
    detail: `${name} has no value: ${found}`,
    hint: `write ${name}=VALUE, or two words: in the provider's args each entry is one`,
  });
}

function validateFormat(name: string, value: string, { shape, description }: ValueFormat): void {
  if (!shape.test(value))
    throw new ProviderError("argument-invalid", { detail: `${name} takes ${description}` });
}

function setValue(name: string, value: string, values: Map<string, string>): void {
  const key = name === "-a" ? AUTH_FLOW : name;
  if (values.has(key)) {
    const hint = key === CONFIG ? "name one configuration file: it may hold all rules" : undefined;
    throw new ProviderError("argument-invalid", { detail: `${key} is set twice`, hint });
  }
  if (key === AUTH_FLOW) checkAuthFlow(value);
  values.set(key, value);
}

/** In the kubelet's `args` each entry of the list is one word, blanks and all. */
function requireOneWord(name: string): void {
  const [flag = "", rest] = name.split(/\s+/);
  if (rest === undefined || !VALUED.includes(flag)) return;
  throw new ProviderError("argument-invalid", {
    detail: `${flag} and its value are one word ${NOT_SHOWN}`,
    hint: `write ${flag}=VALUE, or two words: in the provider's args each entry is one`,
  });
}

/** Name and value; klog's flags may be spelled with `_` in place of `-`, and `-v=2` as `-v2`. */
function split(word: string): [string, string?] {
  const [name = "", ...value] = word.replace(/^-v(?=\d)/, "-v=").split("=");
  const spelled = name.replace(/(?<=\w)_/g, "-");
  return value.length === 0 ? [spelled] : [spelled, value.join("=")];
}

function checkAuthFlow(flow: string): void {
  if (flow === "gcr") return;
  if (flow === "dockercfg" || flow === "dockercfg-url") {
    throw new ProviderError("argument-unsupported", {
      detail: `--authFlow=${flow} (a secret in instance attributes)`,
    });
  }
  throw new ProviderError("argument-invalid", { detail: `--authFlow ${NOT_SHOWN}` });
}
