/**
 * Measures single runs beside an empty script on the same Node.js and beside each vendor's SDK alone; then concurrent runs (a
 * quarter of the repetitions); then a fleet. Each figure is printed beside its goal; ✗ marks a missed goal.
 *
 *   npm run bench -- [-n RUNS]
 *
 * A run of bare Node.js precedes every measured run. Ratios are computed for each pair; all figures are medians. The environment
 * contains only the variables for the fake clouds; their CA is the only addition to the built-in list. The complete CA bundle
 * of a node in NODE_EXTRA_CA_CERTS would add up to 50 ms to each program that makes a TLS connection.
 */
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { startCloud } from "../../test/cloud/cloud.ts";
import { EXECUTABLE } from "../../test/support/executable.ts";
import { memoryUnavailable } from "../../test/support/memory-folder.ts";
import { Caches, NO_CACHE } from "./caches.ts";
import { buildConfiguration } from "./configuration.ts";
import { COLUMN_TITLES, computeFigures, formatCells, formatGoals, type Goal } from "./figures.ts";
import { printFleet } from "./fleet.ts";
import { printLoad } from "./load.ts";
import { Meter, type Program, type Sample } from "./meter.ts";
import { encodeImageRequest } from "./request.ts";

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
    await copyPrograms(programs);
    const bare = { name: "bare Node", argv: [programs.node, empty], env: {}, stdin: "" };
    const runs = Number(values.n);
    const copyAnew = () => copyPrograms(programs);
    await printRows(
      bare,
      await createRows(cloud.env, directory, programs, caches),
      { runs, copyAnew },
      meter,
    );
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
 * Copies both programs in the same way, as an installation does. A file that the build wrote with a single large write has
 * larger pages in the kernel's page cache and starts up to 15 % faster than a copy.
 */
async function copyPrograms({ node, executable }: Programs): Promise<void> {
  await rm(node, { force: true });
  await rm(executable, { force: true });
  await copyFile(process.execPath, node);
  await copyFile(EXECUTABLE, executable);
}

/** Runs per pair of copies. The place of a copy in memory changes a start by up to a tenth, so each row uses several. */
const RUNS_OF_A_COPY = 4;

interface Plan {
  readonly runs: number;
  copyAnew(): Promise<void>;
}

const UNSUPPORTED = "docker.io/library/busybox";
const ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app";

type Env = Awaited<ReturnType<typeof startCloud>>["env"];

async function createRows(
  env: Env,
  directory: string,
  { node, executable }: Programs,
  caches: Caches,
): Promise<Row[]> {
  const provider = (name: string, image: string, rowEnv: Record<string, string>, goal: Goal): Row => ({
    name,
    argv: [executable],
    env: { ...NO_CACHE, ...rowEnv },
    stdin: encodeImageRequest(image),
    goal,
  });
  const alone = async (name: string, file: string, rowEnv: Record<string, string>): Promise<Row> => ({
    name,
    argv: [node, await bundleScript(join(ALONE, file), directory)],
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
  const unsupported = provider("unsupported image", UNSUPPORTED, caches.fresh(), start);
  const longer = { ...unsupported, goal: { wallMore: 10 } };
  const warm = { wallTimes: 1.05, cpuTimes: 1.05, peakTimes: 1.1 };
  const hit = () => provider("cached login", ECR, { ...env("aws"), ...caches.fresh() }, warm);
  return [
    { name: "--version", argv: [executable, "--version"], env: caches.fresh(), stdin: "", goal: start },
    unsupported,
    await withRules(20, longer),
    await withRules(200, longer),
    hit(),
    await withRules(20, hit()),
    provider("ECR", ECR, env("aws"), cold(3.3)),
    await alone("  its SDK alone", "ecr.ts", env("aws")),
    provider("ECR Public", "public.ecr.aws/team/app", env("aws"), cold(3.3)),
    await alone("  its SDK alone", "ecr-public.ts", env("aws")),
    provider("Artifact Registry", "europe-west1-docker.pkg.dev/p/r/app", env("google"), cold(2.6)),
    await alone("  its SDK alone", "google.ts", withoutProxy(env("google"))),
    provider("ACR", "myregistry.azurecr.io/app", env("azure"), cold(3.2)),
    await alone("  its SDK alone", "acr.ts", withoutProxy(env("azure"))),
  ];
}

/** Without this, the libraries would contact the metadata service through the proxy. */
function withoutProxy(env: Record<string, string>): Record<string, string> {
  return { ...env, NO_PROXY: "127.0.0.1" };
}

/** Bundles a script with esbuild in the usual way. */
async function bundleScript(entry: string, directory: string): Promise<string> {
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

async function printRows(
  bare: Program,
  programs: readonly Row[],
  { runs, copyAnew }: Plan,
  meter: Meter,
): Promise<void> {
  say(`${runs} runs each, Node ${process.version}; ×: ratio to bare Node.js, pair by pair; medians`);
  if (!meter.measuresCpu) say("python3 is missing: only wall time is measured.");
  say(formatRow(["", ...COLUMN_TITLES, "  goal"]));
  const bares: Sample[] = [];
  const lines: string[] = [];
  for (const row of programs) {
    const samples: Sample[] = [];
    const own: Sample[] = [];
    for (let run = 0; run < runs; run += 1) {
      if (run % RUNS_OF_A_COPY === 0) {
        await copyAnew();
        // Fill the caches of the system and of the programs.
        for (const one of [bare, row]) await meter.run(one);
      }
      own.push(await meter.run(bare));
      samples.push(await meter.run(row));
    }
    bares.push(...own);
    const figures = computeFigures(samples, own);
    lines.push(formatRow([row.name, ...formatCells(figures), formatGoals(row.goal ?? {}, figures)]));
  }
  say(formatRow([bare.name, ...formatCells(computeFigures(bares, bares)), ""]));
  for (const text of lines) say(text);
}

function formatRow(texts: readonly string[]): string {
  const [name = "", ...columns] = texts.slice(0, -1);
  return `${name.padEnd(20)}${columns.map((cell) => cell.padStart(10)).join("")}  ${texts.at(-1)}`.trimEnd();
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

if (memoryUnavailable === false) await main();
else {
  process.stderr.write(`bench: ${memoryUnavailable}\n`);
  process.exitCode = 1;
}
