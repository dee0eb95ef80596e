/**
 * What a run costs, beside an empty script on the same Node and beside each vendor's SDK alone.
 *
 *   npm run bench -- [-n RUNS]
 *
 * Every measured run has a run of bare Node right before it; ratios are taken pair by pair, and medians of all. The
 * environment is empty but for what leads to the fake clouds: theirs is the one authority beside the built-in ones.
 * A node's whole bundle in NODE_EXTRA_CA_CERTS would cost each program that makes a TLS connection up to 50 ms more.
 */
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { startCloud } from "../test/cloud/cloud.ts";
import { configurationOf } from "./bench/configuration.ts";
import { Meter, type Program, type Sample } from "./bench/meter.ts";

const EXECUTABLE = join(import.meta.dirname, "../dist/registry-credential-provider");
const ALONE = join(import.meta.dirname, "bench/alone");

interface Row extends Program {
  /**
   * At most so many times bare Node, in CPU and, where `both`, in wall time; or so many milliseconds more than bare Node, in
   * wall time.
   */
  readonly goal?: { readonly times: number; readonly both: boolean } | { readonly more: number };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { n: { type: "string", short: "n", default: "20" } } });
  const meter = await Meter.start();
  const cloud = await startCloud();
  const directory = await mkdtemp(join(tmpdir(), "bench-"));
  try {
    const empty = join(directory, "empty.cjs");
    await writeFile(empty, "");
    const programs = await copied(directory);
    const bare = { name: "bare Node", argv: [programs.node, empty], env: {}, stdin: "" };
    await print(bare, await rows(cloud.env, directory, programs), Number(values.n), meter);
  } finally {
    await rm(directory, { recursive: true });
    await cloud.stop();
    meter.stop();
  }
}

interface Programs {
  readonly node: string;
  readonly executable: string;
}

/**
 * Both copied in the same way, as whoever installs them does. How a file was written decides on the size of its pages in
 * the kernel's cache, and they on a start: one that came out of the build by a single large write is up to 15 % ahead.
 */
async function copied(directory: string): Promise<Programs> {
  const programs = { node: join(directory, "node"), executable: join(directory, "provider") };
  await copyFile(process.execPath, programs.node);
  await copyFile(EXECUTABLE, programs.executable);
  return programs;
}

const FOREIGN = "docker.io/library/busybox";

type Env = Awaited<ReturnType<typeof startCloud>>["env"];

async function rows(env: Env, directory: string, { node, executable }: Programs): Promise<Row[]> {
  const provider = (name: string, image: string, rowEnv: Record<string, string>, goal: Row["goal"]): Row => ({
    name,
    argv: [executable],
    env: rowEnv,
    stdin: requestFor(image),
    ...(goal === undefined ? {} : { goal }),
  });
  const alone = async (name: string, file: string, rowEnv: Record<string, string>): Promise<Row> => ({
    name,
    argv: [node, await bundled(join(ALONE, file), directory)],
    env: rowEnv,
    stdin: "",
  });
  const foreign = async (rules: number): Promise<Row> => {
    const path = join(directory, `${rules}.yaml`);
    await writeFile(path, configurationOf(rules));
    const row = provider(`  with ${rules} rules`, FOREIGN, {}, { more: 10 });
    return { ...row, argv: [...row.argv, `--config=${path}`] };
  };
  const start = { times: 1, both: true };
  const cold = (times: number) => ({ times, both: false });
  return [
    { name: "--version", argv: [executable, "--version"], env: {}, stdin: "", goal: start },
    provider("foreign image", FOREIGN, {}, start),
    await foreign(20),
    await foreign(200),
    provider("ECR", "123456789012.dkr.ecr.us-east-1.amazonaws.com/app", env("aws"), cold(3.3)),
    await alone("  its SDK alone", "ecr.ts", env("aws")),
    provider("ECR Public", "public.ecr.aws/team/app", env("aws"), cold(3.3)),
    await alone("  its SDK alone", "ecr-public.ts", env("aws")),
    provider("Artifact Registry", "europe-west1-docker.pkg.dev/p/r/app", env("google"), cold(2.6)),
    await alone("  its SDK alone", "google.ts", direct(env("google"))),
    provider("ACR", "myregistry.azurecr.io/app", env("azure"), cold(3.2)),
    await alone("  its SDK alone", "acr.ts", direct(env("azure"))),
  ];
}

/** These libraries would ask the metadata service through the proxy. */
function direct(env: Record<string, string>): Record<string, string> {
  return { ...env, NO_PROXY: "127.0.0.1" };
}

function requestFor(image: string): string {
  const apiVersion = "credentialprovider.kubelet.k8s.io/v1";
  return JSON.stringify({ kind: "CredentialProviderRequest", apiVersion, image });
}

/** As anybody would bundle it. */
async function bundled(entry: string, directory: string): Promise<string> {
  const outfile = join(directory, `${entry.replace(/.*\//, "")}.cjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    minify: true,
    logLevel: "error",
  });
  return outfile;
}

async function print(bare: Program, programs: readonly Row[], runs: number, meter: Meter): Promise<void> {
  const say = (text: string) => process.stdout.write(`${text}\n`);
  say(`${runs} runs each, Node ${process.version}; ×: times bare Node, pair by pair; medians`);
  if (!meter.knowsCpu) say("No python3 here: wall time only.");
  say(line(["", "wall ms", "CPU ms", "peak MiB", "wall ×", "CPU ×", "wall +ms", "goal"]));
  const bares: Sample[] = [];
  const lines: string[] = [];
  for (const row of programs) {
    const samples: Sample[] = [];
    const own: Sample[] = [];
    for (let run = 0; run < runs; run += 1) {
      own.push(await meter.run(bare));
      samples.push(await meter.run(row));
    }
    bares.push(...own);
    lines.push(line([row.name, ...figures(samples, own), goalOf(row)]));
  }
  say(line([bare.name, ...figures(bares, bares), ""]));
  for (const text of lines) say(text);
}

function figures(samples: readonly Sample[], bares: readonly Sample[]): string[] {
  const pairs = samples.map((sample, index) => [sample, bares[index] ?? sample] as const);
  const ratio = (of: (sample: Sample) => number | undefined) =>
    median(pairs.map(([sample, bare]) => (of(sample) ?? Number.NaN) / (of(bare) ?? Number.NaN)));
  return [
    median(samples.map(({ wall }) => wall)).toFixed(1),
    median(samples.map(({ cpu }) => cpu ?? Number.NaN)).toFixed(1),
    median(samples.map(({ peak }) => peak ?? Number.NaN)).toFixed(1),
    ratio(({ wall }) => wall).toFixed(2),
    ratio(({ cpu }) => cpu).toFixed(2),
    median(pairs.map(([sample, bare]) => sample.wall - bare.wall)).toFixed(1),
  ].map((figure) => (figure === "NaN" ? "–" : figure));
}

function goalOf({ goal }: Row): string {
  if (goal === undefined) return "";
  if ("more" in goal) return `≤ +${goal.more} ms`;
  return `≤ ${goal.times.toFixed(2)} ×${goal.both ? " both" : " CPU"}`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return ((sorted[middle] ?? Number.NaN) + (sorted[sorted.length - 1 - middle] ?? Number.NaN)) / 2;
}

function line([name = "", ...cells]: readonly string[]): string {
  return name.padEnd(20) + cells.map((cell) => cell.padStart(11)).join("");
}

await main();
