/**
 * Says whether a kubelet would start with a CredentialProviderConfig, by the rules that the tests hold the samples to:
 *
 *   scripts/node scripts/check-config.ts FILE [--kubelet=VERSION] [--image=IMAGE]…
 *
 * A node may depend on what it says: what it does not know is never a yes.
 */
import { readFileSync } from "node:fs";
import { getSystemErrorMessage, parseArgs } from "node:util";
import { parse, YAMLParseError } from "yaml";
import { isSystemError } from "../src/errors/provider-error.ts";
import { explainYamlError } from "../src/formats/yaml-error-causes.ts";
import { configProblems } from "../test/kubelet/config.ts";
import { normaliseImage } from "../test/kubelet/encode-request.ts";
import { isJsonObject } from "../test/kubelet/json-strict.ts";
import { KubeletRefusal } from "../test/kubelet/refusal.ts";
import { urlsMatch } from "../test/kubelet/urls-match.ts";

const MINORS = [26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36];
const KNOWN = `1.${MINORS.at(0)} to 1.${MINORS.at(-1)}`;
/** `1.34`, or as a kubelet says it itself: `v1.34.2`, `v1.34.2+k3s1`, `v1.34.2-eks-113cf36`. */
const VERSION = /^v?1\.(0|[1-9]\d*)(?:\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?)?$/;

const USAGE = `Usage: scripts/node scripts/check-config.ts FILE [--kubelet=VERSION] [--image=IMAGE]…

Says whether a kubelet would start with FILE, a CredentialProviderConfig.

  --kubelet=VERSION  the kubelet's, such as 1.34 or v1.34.2+k3s1; without it all that are known are asked (${KNOWN})
  --image=IMAGE      whether the kubelet would run a provider for it, and which; may be given several times
  --help             this text

Exit status: 0 yes to all of it, 1 no to any of it, 2 the question is a mistake.
`;

interface Report {
  readonly lines: readonly string[];
  readonly good: boolean;
}

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: 0 | 1 | 2;
}

/** What whoever asks has to change. */
class Mistake extends Error {}

/** Reports whether `parseArgs` refused an argument. */
function isArgumentError(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_");
}

export function run(argv: readonly string[]): Outcome {
  try {
    const { help, file, kubelet, images } = readArguments(argv);
    if (help) return { stdout: USAGE, stderr: "", status: 0 };
    const asked = kubelet === undefined ? undefined : minorOf(kubelet);
    for (const image of images) requireImage(image);
    const text = read(file);
    if (asked !== undefined && !MINORS.includes(asked))
      throw new Mistake(`kubelet 1.${asked} is not known here (${KNOWN} are)`);
    const { lines, good } = checkConfig(text, asked === undefined ? MINORS : [asked], images);
    return { stdout: lines.map((line) => `${line}\n`).join(""), stderr: "", status: good ? 0 : 1 };
  } catch (error) {
    if (!(error instanceof Mistake) && !isArgumentError(error)) throw error;
    return { stdout: "", stderr: `check-config: ${firstLine(error)}\n`, status: 2 };
  }
}

/**
 * @param minors of the kubelets that are asked
 * @throws where the text is not YAML
 */
export function checkConfig(text: string, minors: readonly number[], images: readonly string[]): Report {
  const readings = readingsOf(text);
  const [config] = readings;
  const refusals = minors.flatMap((minor) => {
    const problems = new Set(readings.flatMap((reading) => configProblems(reading, { minor })));
    return [...problems].map((problem) => `kubelet 1.${minor}: ${problem}`);
  });
  const vain = neverMatching(config).map(
    (pattern) => `the pattern ${pattern} never matches: * stands for a part of a host only`,
  );
  if (refusals.length > 0)
    return { lines: [...refusals, ...vain, "The kubelet would not start."], good: false };
  const asked = images.map((image) => ({ image, names: providersFor(config, image) }));
  const lines = [
    ...vain,
    ...asked.map(({ image, names }) => `${image}: ${names.join(", ") || "no provider is run"}`),
    accepted(config, minors),
  ];
  const vainly = asked.filter(({ names }) => names.length === 0).map(({ image }) => image);
  if (vainly.length === 0) return { lines, good: true };
  return { lines: [...lines, `But no provider is run for ${vainly.join(", ")}.`], good: false };
}

/**
 * Kubelets read YAML 1.1 with some of 1.2 (`yes` is a truth value, `0o17` a number): what is not the same in both must be
 * good in both.
 */
function readingsOf(text: string): readonly unknown[] {
  try {
    return (["1.2", "1.1"] as const).map((version) => parse(text, { version, logLevel: "error" }));
  } catch (error) {
    // An alias without an anchor is a ReferenceError. The parser's messages quote the file, whose env may hold a secret.
    if (error instanceof ReferenceError) throw new Mistake("the file is not YAML: an alias has no anchor");
    if (!(error instanceof YAMLParseError)) throw error;
    const [start] = error.linePos ?? [];
    const place = start === undefined ? "" : `line ${start.line}, column ${start.col}: `;
    throw new Mistake(`the file is not YAML: ${place}${explainYamlError(error.code)}`);
  }
}

function accepted(config: unknown, minors: readonly number[]): string {
  const names = providersOf(config).map(({ name }) => name);
  const executables = `the executable${names.length > 1 ? "s" : ""} ${names.join(" and ")}`;
  const [minor] = minors;
  return minors.length === 1
    ? `A kubelet 1.${minor} accepts this file. It also needs ${executables} in its bin dir.`
    : `Kubelets 1.${minor} to 1.${minors.at(-1)} accept this file. They also need ${executables} in their bin dir.`;
}

/** A glob in the path passes the kubelet's validation and then matches nothing; `?` begins a query. */
function neverMatching(config: unknown): readonly string[] {
  return providersOf(config).flatMap(({ patterns }) =>
    patterns.filter((pattern) => /\/.*[*[]/.test(pattern) || pattern.includes("?")),
  );
}

function providersFor(config: unknown, image: string): readonly string[] {
  const name = normaliseImage(image);
  return providersOf(config)
    .filter(({ patterns }) => patterns.some((pattern) => matches(pattern, name)))
    .map((provider) => provider.name);
}

/** A kubelet starts with a bad glob and then passes over it. */
function matches(pattern: string, image: string): boolean {
  try {
    return urlsMatch(pattern, image);
  } catch (error) {
    if (!(error instanceof KubeletRefusal)) throw error;
    return false;
  }
}

function providersOf(
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
  if (!help && file === "") throw new Mistake("name the file (--help says how)");
  if (more.length > 0) throw new Mistake("one file at a time (--help says how)");
  if (kubelet.length > 1) throw new Mistake("one --kubelet at a time");
  return { help, file, kubelet: kubelet[0], images };
}

function minorOf(version: string): number {
  const minor = VERSION.exec(version)?.[1];
  if (minor === undefined) throw new Mistake(`--kubelet=${version} is not a kubelet's version`);
  return Number(minor);
}

function requireImage(image: string): void {
  try {
    normaliseImage(image);
  } catch (error) {
    if (!(error instanceof KubeletRefusal)) throw error;
    throw new Mistake(`--image=${image} is not an image's name: ${firstLine(error)}`);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (!isSystemError(error) || !("errno" in error)) throw error;
    throw new Mistake(`${file} cannot be read: ${getSystemErrorMessage(Number(error.errno))}`);
  }
}

/** Neither a stack nor a control character of what was given. */
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
