/**
 * Checks whether a kubelet would start with a CredentialProviderConfig, by the rules that the tests apply to the samples:
 *
 *   scripts/node scripts/check-config.ts FILE [--kubelet=VERSION] [--image=IMAGE]…
 *
 * Operators rely on the result, so an unknown version or a malformed file is never reported as accepted.
 */
import { readFileSync } from "node:fs";
import { getSystemErrorMessage, parseArgs } from "node:util";
import { parse, YAMLParseError } from "yaml";
import { isSystemError } from "../src/errors/provider-error.ts";
import { explainYamlError } from "../src/formats/yaml-error-causes.ts";
import { checkKubeletConfig } from "../test/kubelet/config.ts";
import { normaliseImage } from "../test/kubelet/encode-request.ts";
import { isJsonObject } from "../test/kubelet/json-strict.ts";
import { KubeletRefusal } from "../test/kubelet/refusal.ts";
import { urlsMatch } from "../test/kubelet/urls-match.ts";

const MINORS = [26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36];
const KNOWN = `1.${MINORS.at(0)} to 1.${MINORS.at(-1)}`;
/** `1.34`, or the output of `kubelet --version`: `v1.34.2`, `v1.34.2+k3s1`, `v1.34.2-eks-113cf36`. */
const VERSION = /^v?1\.(0|[1-9]\d*)(?:\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?)?$/;

const USAGE = `Usage: scripts/node scripts/check-config.ts FILE [--kubelet=VERSION] [--image=IMAGE]…

Checks whether a kubelet would start with FILE, a CredentialProviderConfig.

  --kubelet=VERSION  the version of the kubelet, such as 1.34 or v1.34.2+k3s1; default: all known versions (${KNOWN})
  --image=IMAGE      also check whether the kubelet would run a provider for this image; repeatable
  --help             print this help

Exit status: 0 if every check succeeds, 1 if any fails, 2 for invalid arguments or an unreadable file.
`;

interface Report {
  readonly lines: readonly string[];
  readonly isAccepted: boolean;
}

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: 0 | 1 | 2;
}

/** An error in the arguments or in the syntax of the file. */
class UsageError extends Error {}

/** Reports whether `parseArgs` refused an argument. */
function isArgumentError(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_");
}

export function run(argv: readonly string[]): Outcome {
  try {
    const { help, file, kubelet, images } = readArguments(argv);
    if (help) return { stdout: USAGE, stderr: "", status: 0 };
    const minor = kubelet === undefined ? undefined : parseMinor(kubelet);
    for (const image of images) assertImageName(image);
    const text = readConfigFile(file);
    if (minor !== undefined && !MINORS.includes(minor))
      throw new UsageError(`unknown kubelet version 1.${minor} (known: ${KNOWN})`);
    const { lines, isAccepted } = checkConfig(text, minor === undefined ? MINORS : [minor], images);
    return { stdout: lines.map((line) => `${line}\n`).join(""), stderr: "", status: isAccepted ? 0 : 1 };
  } catch (error) {
    if (!(error instanceof UsageError) && !isArgumentError(error)) throw error;
    return { stdout: "", stderr: `check-config: ${firstLine(error)}\n`, status: 2 };
  }
}

/**
 * @param minors the minor versions of the kubelets
 * @throws UsageError if the text is not YAML
 */
export function checkConfig(text: string, minors: readonly number[], images: readonly string[]): Report {
  const configs = parseAsBothVersions(text);
  const [config] = configs;
  const refusals = minors.flatMap((minor) => {
    const problems = new Set(configs.flatMap((parsed) => checkKubeletConfig(parsed, { minor })));
    return [...problems].map((problem) => `kubelet 1.${minor}: ${problem}`);
  });
  const warnings = findUnmatchablePatterns(config).map(
    (pattern) => `the pattern ${pattern} never matches: * is supported in the host only`,
  );
  if (refusals.length > 0)
    return { lines: [...refusals, ...warnings, "The kubelet would not start."], isAccepted: false };
  const providers = images.map((image) => ({ image, names: findProviders(config, image) }));
  const lines = [
    ...warnings,
    ...providers.map(({ image, names }) => `${image}: ${names.join(", ") || "no provider is run"}`),
    formatAcceptance(config, minors),
  ];
  const unmatched = providers.filter(({ names }) => names.length === 0).map(({ image }) => image);
  if (unmatched.length === 0) return { lines, isAccepted: true };
  return { lines: [...lines, `But no provider is run for ${unmatched.join(", ")}.`], isAccepted: false };
}

/**
 * Parses the text as YAML 1.2 and as YAML 1.1. Kubelets use a mixture (`yes` is a boolean, `0o17` a number), so a value that
 * differs between both versions must be valid in both.
 */
function parseAsBothVersions(text: string): readonly unknown[] {
  try {
    return (["1.2", "1.1"] as const).map((version) => parse(text, { version, logLevel: "error" }));
  } catch (error) {
    // An alias without an anchor is a ReferenceError. The parser's messages quote the file, and its env may contain a secret.
    if (error instanceof ReferenceError) throw new UsageError("the file is not YAML: an alias has no anchor");
    if (!(error instanceof YAMLParseError)) throw error;
    const [start] = error.linePos ?? [];
    const place = start === undefined ? "" : `line ${start.line}, column ${start.col}: `;
    throw new UsageError(`the file is not YAML: ${place}${explainYamlError(error.code)}`);
  }
}

function formatAcceptance(config: unknown, minors: readonly number[]): string {
  const names = listProviders(config).map(({ name }) => name);
  const executables = `the executable${names.length > 1 ? "s" : ""} ${names.join(" and ")}`;
  const [minor] = minors;
  return minors.length === 1
    ? `A kubelet 1.${minor} accepts this file. It also needs ${executables} in its bin dir.`
    : `Kubelets 1.${minor} to 1.${minors.at(-1)} accept this file. They also need ${executables} in their bin dir.`;
}

/** Finds patterns that the kubelet accepts but never matches: with a glob in the path, or with `?`, which begins a query. */
function findUnmatchablePatterns(config: unknown): readonly string[] {
  return listProviders(config).flatMap(({ patterns }) =>
    patterns.filter((pattern) => /\/.*[*[]/.test(pattern) || pattern.includes("?")),
  );
}

function findProviders(config: unknown, image: string): readonly string[] {
  const name = normaliseImage(image);
  return listProviders(config)
    .filter(({ patterns }) => patterns.some((pattern) => isMatch(pattern, name)))
    .map((provider) => provider.name);
}

/** Reports a match; like the kubelet, it ignores an invalid glob. */
function isMatch(pattern: string, image: string): boolean {
  try {
    return urlsMatch(pattern, image);
  } catch (error) {
    if (!(error instanceof KubeletRefusal)) throw error;
    return false;
  }
}

function listProviders(
  config: unknown,
): readonly { readonly name: string; readonly patterns: readonly string[] }[] {
  const providers = isJsonObject(config) ? config["providers"] : undefined;
  if (!Array.isArray(providers)) return [];
  return providers.filter(isJsonObject).map(({ name, matchImages }) => ({
    name: String(name),
    patterns: Array.isArray(matchImages) ? matchImages.map(String) : [],
  }));
}

function readArguments(argv: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      kubelet: { type: "string", multiple: true },
      image: { type: "string", multiple: true },
      help: { type: "boolean", short: "h" },
    },
  });
  const { help = false, kubelet = [], image: images = [] } = values;
  const [file = "", ...more] = positionals;
  if (!help && file === "") throw new UsageError("a file is required; see --help");
  if (more.length > 0) throw new UsageError("only one file is supported; see --help");
  if (kubelet.length > 1) throw new UsageError("--kubelet can be used only once");
  return { help, file, kubelet: kubelet[0], images };
}

function parseMinor(version: string): number {
  const minor = VERSION.exec(version)?.[1];
  if (minor === undefined) throw new UsageError(`--kubelet=${version} is not a version of a kubelet`);
  return Number(minor);
}

function assertImageName(image: string): void {
  try {
    normaliseImage(image);
  } catch (error) {
    if (!(error instanceof KubeletRefusal)) throw error;
    throw new UsageError(`--image=${image} is not an image name: ${firstLine(error)}`);
  }
}

function readConfigFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (!isSystemError(error) || !("errno" in error)) throw error;
    throw new UsageError(`${file} cannot be read: ${getSystemErrorMessage(Number(error.errno))}`);
  }
}

/** Returns the first line of the message, without control characters. */
function firstLine(error: unknown): string {
  const [line = ""] = String(error instanceof Error ? error.message : error).split("\n");
  return line.replace(/\p{Cc}/gu, " ").replace(/:$/, "");
}

if (import.meta.main) {
  const { stdout, stderr, status } = run(process.argv.slice(2));
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = status;
}
