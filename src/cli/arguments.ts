import { ABSOLUTE_PATH, DEFAULT_CONFIG_PATH, type RunOptions } from "../core/run-options.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { NOT_SHOWN } from "../errors/show-value.ts";
import { COMMANDS, type Command } from "./commands.ts";
import { BOOLEAN, FLAGS, type ValueFormat } from "./flags.ts";
import { describeUnknown, unknownArgumentError } from "./unknown-argument.ts";

/** The parsed command line. */
export type ParsedArguments =
  | { readonly kind: "provide"; readonly options: RunOptions }
  | {
      readonly kind: "command";
      readonly command: Command;
      readonly images: readonly string[];
      readonly options: RunOptions;
    }
  | { readonly kind: "help" }
  | { readonly kind: "version" };

/** The first word of all commands. */
const CACHE = "cache";
/** The subcommand of the upstream AWS provider. Here it has no effect. */
const GET_CREDENTIALS = "get-credentials";
const WORDS = [GET_CREDENTIALS, CACHE];
/** An absolute path of plain characters. Any other word is refused, since it may be a misspelt flag. */
const FILE = /^(?:\/|[A-Za-z]:[/\\])[\w.@+~/\\-]*$/;

/** @throws ProviderError `argument-unknown`, `argument-unsupported`, `argument-invalid`, `too-many-arguments` or `cache-command-incomplete` */
export function parseArguments(argv: readonly string[]): ParsedArguments {
  const standalone = argv.find((word) => FLAGS.get(word)?.kind === "standalone");
  if (standalone !== undefined && (argv.length === 1 || argv[0] === CACHE))
    return { kind: standalone === "--version" ? "version" : "help" };
  const words: string[] = [];
  const values = new Map<string, string>();
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? "";
    if (word.startsWith("-")) index += parseFlag(word, argv[index + 1], values);
    else if (word !== GET_CREDENTIALS) words.push(word);
  }
  // An image never starts with a slash.
  const [files, others] = [true, false].map((isFile) =>
    words.filter((word) => word.startsWith("/") === isFile),
  );
  if (others?.[0] !== CACHE) return { kind: "provide", options: parseRunOptions(words, values) };
  const [, action, ...images] = others;
  const command = parseCommand(action, images);
  return { kind: "command", command, images, options: parseRunOptions(files ?? [], values) };
}

function parseCommand(action: string | undefined, images: readonly string[]): Command {
  const refuse = (detail: string) => new ProviderError("cache-command-incomplete", { detail });
  if (action === undefined) throw refuse("no command after cache");
  const command = COMMANDS.find(({ name }) => name === `${CACHE} ${action}`);
  const actions = COMMANDS.map(({ name }) => name.slice(CACHE.length + 1));
  if (command === undefined) throw refuse(describeUnknown(action, actions).detail);
  const { name, takesImages } = command;
  if (takesImages && images.length === 0) throw refuse(`${name} requires an image`);
  const misplaced = images.find((image) => image.includes("="));
  if (misplaced !== undefined) throw unknownArgumentError(misplaced, WORDS);
  if (!takesImages && images.length > 0) throw refuse(`${name} takes no image`);
  return command;
}

function parseRunOptions(files: readonly string[], values: ReadonlyMap<string, string>): RunOptions {
  const unknown = files.find((word) => !FILE.test(word));
  if (unknown !== undefined) throw unknownArgumentError(unknown, WORDS);
  if (files.length > 1) throw new ProviderError("too-many-arguments");
  const configPath = values.get("--config");
  if (configPath !== undefined && !ABSOLUTE_PATH.test(configPath))
    throw new ProviderError("argument-invalid", {
      detail: `--config is not an absolute path ${NOT_SHOWN}`,
      hint: `use an absolute path, such as --config=${DEFAULT_CONFIG_PATH}`,
    });
  const gke = parseGkeOptions(values.get("--identity-provider"), values.get("--project-id"));
  return { azureConfigPath: files[0], configPath, gke };
}

/** `https://container.googleapis.com/v1/projects/P/locations/L/clusters/C`, as the upstream provider takes it. */
const CLUSTER =
  /^https:\/\/[a-z0-9.-]+\/v1\/projects\/[a-z0-9.:-]+\/locations\/[a-z0-9-]+\/clusters\/[a-z0-9-]+$/;
const PROJECT = /^[a-z0-9.:-]{1,200}$/;

function parseGkeOptions(
  identityProvider: string | undefined,
  projectId: string | undefined,
): RunOptions["gke"] {
  if (identityProvider === undefined && projectId === undefined) return undefined;
  const refuse = (detail: string) => new ProviderError("argument-invalid", { detail });
  if (identityProvider === undefined || projectId === undefined)
    throw refuse("--identity-provider and --project-id must be used together");
  if (!CLUSTER.test(identityProvider))
    throw refuse(`--identity-provider is not the URL of a GKE cluster ${NOT_SHOWN}`);
  if (!PROJECT.test(projectId)) throw refuse(`--project-id is not the ID of a project ${NOT_SHOWN}`);
  return { identityProvider, projectId };
}

/** Checks a flag, and stores its value if it is an option. Returns how many further words belong to the flag. */
function parseFlag(word: string, next: string | undefined, values: Map<string, string>): 0 | 1 {
  const [name, attached] = splitFlag(word);
  const flag = FLAGS.get(name);
  if (flag === undefined) throw findMergedValue(name) ?? unknownArgumentError(name, WORDS);
  const refuse = (problem: string, hint?: string) =>
    new ProviderError("argument-invalid", { detail: `${name} ${problem}`, hint });
  const checkFormat = (value: string, { shape, description }: ValueFormat) => {
    if (!shape.test(value)) throw refuse(`requires ${description}`);
  };
  if (flag.kind === "unsupported")
    throw new ProviderError("argument-unsupported", { detail: `${name} (${flag.reason})` });
  if (flag.kind === "standalone")
    throw refuse(attached === undefined ? "is not the only argument" : "takes no value");
  if (flag.kind === "ignored-boolean") {
    if (attached !== undefined) checkFormat(attached, BOOLEAN);
    return 0;
  }
  // A flag is never taken as the value of another: it would silently lose its effect.
  const value = attached ?? (next?.startsWith("-") ? undefined : next);
  if (value === undefined)
    throw refuse(`has no value: ${next === undefined ? "nothing" : "a flag"} follows it`, formatHint(name));
  if (value === "") throw refuse("has an empty value");
  if (flag.kind === "ignored") checkFormat(value, flag.format);
  else {
    const option = flag.aliasOf ?? name;
    if (values.has(option))
      throw refuse(
        "is set twice",
        option === "--config" ? "use one configuration file, which can hold all rules" : undefined,
      );
    if (option === "--authFlow") checkAuthFlow(value);
    values.set(option, value);
  }
  return attached === undefined ? 1 : 0;
}

function formatHint(flag: string): string {
  return `write ${flag}=VALUE, or use two entries in the provider's args`;
}

/** Finds an option and its value in one word, as from one entry of the provider's `args`. */
function findMergedValue(name: string): ProviderError | undefined {
  const [flag = "", value] = name.split(/\s+/);
  if (value === undefined || FLAGS.get(flag)?.kind !== "option") return undefined;
  const detail = `${flag} and its value are one entry of args ${NOT_SHOWN}`;
  return new ProviderError("argument-invalid", { detail, hint: formatHint(flag) });
}

/** Returns the name and the value. klog accepts `_` for `-` in the names of its flags, and `-v2` for `-v=2`. */
function splitFlag(word: string): readonly [name: string, value?: string] {
  const [name = "", ...value] = word.replace(/^-v(?=\d)/, "-v=").split("=");
  const normalized = name.replace(/(?<=\w)_/g, "-");
  return value.length === 0 ? [normalized] : [normalized, value.join("=")];
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
