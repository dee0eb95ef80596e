import { ProviderError } from "./errors.ts";
import { quoted } from "./last-words.ts";

/** What the arguments settle for a run. */
export interface Settings {
  /** The node's azure.json, whose identity fields are honoured. */
  readonly azureConfigPath?: string | undefined;
}

export type Command =
  | { readonly kind: "provide"; readonly settings: Settings }
  | { readonly kind: "help" }
  | { readonly kind: "version" };

/** Upstream's one subcommand; here it is what happens anyhow. */
const SUBCOMMAND = "get-credentials";
/** Logging flags of the upstream providers (klog): they change nothing here. These take a value … */
const IGNORED = [
  "-v",
  "--v",
  "--vmodule",
  "--stderrthreshold",
  "--log-dir",
  "--log-file",
  "--log-file-max-size",
  "--log-backtrace-at",
];
/** … and these none. */
const IGNORED_BARE = [
  "--logtostderr",
  "--alsologtostderr",
  "--one-output",
  "--add-dir-header",
  "--skip-headers",
  "--skip-log-headers",
];

/** What upstream providers can and this one does not, each with the reason. */
const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ["--identity-provider", "it belongs to pods' identities"],
  ["--project-id", "it belongs to pods' identities"],
  ["--registry-mirror", "mirrors are not known here"],
  ["-r", "mirrors are not known here"],
  ["--ib-sni-name", "AKS identity bindings are not known here"],
  ["--ib-default-client-id", "AKS identity bindings are not known here"],
  ["--ib-default-tenant-id", "AKS identity bindings are not known here"],
  ["--ib-apiserver-ip", "AKS identity bindings are not known here"],
]);
const AUTH_FLOW = ["--authFlow", "-a"];
const ACCEPTED = ["--help", "-h", "--version", SUBCOMMAND, ...IGNORED, ...IGNORED_BARE, ...AUTH_FLOW];
/** A word that is a file: anything else is a word misspelt. */
const FILE = /[/\\]|\.(json|ya?ml|conf)$/;

/** @throws ProviderError `unknown-flag`, `flag-not-supported`, `flag-value` or `too-many-arguments` */
export function parseArguments(argv: readonly string[]): Command {
  if (argv.includes("--help") || argv.includes("-h")) return { kind: "help" };
  if (argv.includes("--version")) return { kind: "version" };
  const files: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? "";
    if (word.startsWith("-")) index += readFlag(word, argv[index + 1]);
    else if (FILE.test(word)) files.push(word);
    else if (word !== SUBCOMMAND) throw new ProviderError("unknown-flag", { detail: suggestion(word) });
  }
  if (files.length > 1) throw new ProviderError("too-many-arguments");
  return { kind: "provide", settings: { azureConfigPath: files[0] } };
}

/** @returns how many words beside its own the flag takes */
function readFlag(word: string, next: string | undefined): 0 | 1 {
  const [name = "", value] = split(word);
  const reason = UNSUPPORTED.get(name);
  if (reason !== undefined) throw new ProviderError("flag-not-supported", { detail: `${name} (${reason})` });
  if (!ACCEPTED.includes(name)) throw new ProviderError("unknown-flag", { detail: suggestion(name) });
  if (AUTH_FLOW.includes(name)) checkAuthFlow(value ?? next ?? "");
  return value === undefined && !IGNORED_BARE.includes(name) ? 1 : 0;
}

/** Name and value; klog's flags may be spelled with `_` in place of `-`. */
function split(word: string): [string, string?] {
  const [name = "", ...value] = word.split("=");
  const spelled = name.replace(/(?<=\w)_/g, "-");
  return value.length === 0 ? [spelled] : [spelled, value.join("=")];
}

function checkAuthFlow(flow: string): void {
  if (flow === "gcr") return;
  if (flow === "dockercfg" || flow === "dockercfg-url") {
    throw new ProviderError("flag-not-supported", {
      detail: `--authFlow=${flow} (a secret in instance attributes)`,
    });
  }
  throw new ProviderError("flag-value", { detail: `--authFlow=${quoted(flow)}` });
}

function suggestion(name: string): string {
  const near = ACCEPTED.map((known) => ({ known, distance: editDistance(name, known) })).sort(
    (one, other) => one.distance - other.distance,
  )[0];
  return `${quoted(name)}; the nearest known one is ${near?.known ?? "--help"}`;
}

/** Levenshtein's, on words of a few letters. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replace = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
