/**
 * What a run costs, beside an empty script on the same Node and beside each vendor's SDK alone; then what many cost that start at
 * once, a quarter as often, and a fleet. What is to be reached stands beside what was measured, with ✗ where it was missed.
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
import { startCloud } from "../../test/cloud/cloud.ts";
import { EXECUTABLE } from "../../test/support/executable.ts";
import { noMemory } from "../../test/support/memory-folder.ts";
import { Caches, NO_CACHE } from "./caches.ts";
import { buildConfiguration } from "./configuration.ts";
import { cells, figuresOf, type Goal, heads, judged } from "./figures.ts";
import { printFleet } from "./fleet.ts";
import { printLoad } from "./load.ts";
import { Meter, type Program, type Sample } from "./meter.ts";
import { requestFor } from "./request.ts";

const ALONE = join(import.meta.dirname, "alone");

interface Row extends Program {
  readonly goal?: Goal;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { n: { type: "string", short: "n", default: "20" } } });
  const meter = await Meter.start();
  const cloud = await startCloud();
  const caches = await Caches.make();
  const directory = await mkdtemp(join(tmpdir(), "bench-"));
  try {
    const empty = join(directory, "empty.cjs");
    await writeFile(empty, "");
    const programs = { node: join(directory, "node"), executable: join(directory, "provider") };
    await copy(programs);
    const bare = { name: "bare Node", argv: [programs.node, empty], env: {}, stdin: "" };
    const runs = Number(values.n);
    const copyAnew = () => copy(programs);
    await print(bare, await rows(cloud.env, directory, programs, caches), { runs, copyAnew }, meter);
    const load = { executable: programs.executable, bare, cloud, repetitions: Math.ceil(runs / 4) };
    await printLoad(load, say);
    await printFleet(say);
  } finally {
    await rm(directory, { recursive: true });
    await caches.remove();
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
async function copy({ node, executable }: Programs): Promise<void> {
  await rm(node, { force: true });
  await rm(executable, { force: true });
  await copyFile(process.execPath, node);
  await copyFile(EXECUTABLE, executable);
}

/** Runs of a row on one pair of copies: where a copy lies in memory makes up to a tenth, so there are several. */
const RUNS_OF_A_COPY = 4;

interface Plan {
  readonly runs: number;
  copyAnew(): Promise<void>;
}

const FOREIGN = "docker.io/library/busybox";
const ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app";

type Env = Awaited<ReturnType<typeof startCloud>>["env"];

async function rows(
  env: Env,
  directory: string,
  { node, executable }: Programs,
  caches: Caches,
): Promise<Row[]> {
  const provider = (name: string, image: string, rowEnv: Record<string, string>, goal: Goal): Row => ({
    name,
    argv: [executable],
    env: { ...NO_CACHE, ...rowEnv },
    stdin: requestFor(image),
    goal,
  });
  const alone = async (name: string, file: string, rowEnv: Record<string, string>): Promise<Row> => ({
    name,
    argv: [node, await bundled(join(ALONE, file), directory)],
    env: rowEnv,
    stdin: "",
  });
  const withRules = async (rules: number, row: Row): Promise<Row> => {
    const path = join(directory, `${rules}.yaml`);
    await writeFile(path, buildConfiguration(rules));
    return { ...row, name: `  with ${rules} rules`, argv: [...row.argv, `--config=${path}`] };
  };
  const start = { wallTimes: 1, cpuTimes: 1 };
  const cold = (cpuTimes: number) => ({ cpuTimes, peak: 64 });
  const foreign = provider("foreign image", FOREIGN, caches.fresh(), start);
  const longer = { ...foreign, goal: { wallMore: 10 } };
  const warm = { wallTimes: 1.05, cpuTimes: 1.05, peakTimes: 1.1 };
  const hit = () => provider("hit in the cache", ECR, { ...env("aws"), ...caches.fresh() }, warm);
  return [
    { name: "--version", argv: [executable, "--version"], env: caches.fresh(), stdin: "", goal: start },
    foreign,
    await withRules(20, longer),
    await withRules(200, longer),
    hit(),
    await withRules(20, hit()),
    provider("ECR", ECR, env("aws"), cold(3.3)),
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

async function print(
  bare: Program,
  programs: readonly Row[],
  { runs, copyAnew }: Plan,
  meter: Meter,
): Promise<void> {
  say(`${runs} runs each, Node ${process.version}; ×: times bare Node, pair by pair; medians`);
  if (!meter.knowsCpu) say("No python3 here: wall time only.");
  say(line(["", ...heads, "  goal"]));
  const bares: Sample[] = [];
  const lines: string[] = [];
  for (const row of programs) {
    const samples: Sample[] = [];
    const own: Sample[] = [];
    for (let run = 0; run < runs; run += 1) {
      if (run % RUNS_OF_A_COPY === 0) {
        await copyAnew();
        // Fills the caches that it has; the system's too.
        for (const one of [bare, row]) await meter.run(one);
      }
      own.push(await meter.run(bare));
      samples.push(await meter.run(row));
    }
    bares.push(...own);
    const figures = figuresOf(samples, own);
    lines.push(line([row.name, ...cells(figures), judged(row.goal ?? {}, figures)]));
  }
  say(line([bare.name, ...cells(figuresOf(bares, bares)), ""]));
  for (const text of lines) say(text);
}

function line(texts: readonly string[]): string {
  const [name = "", ...columns] = texts.slice(0, -1);
  return `${name.padEnd(20)}${columns.map((cell) => cell.padStart(10)).join("")}  ${texts.at(-1)}`.trimEnd();
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

if (noMemory === false) await main();
else {
  process.stderr.write(`bench: ${noMemory}\n`);
  process.exitCode = 1;
}
