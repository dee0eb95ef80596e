/**
 * Measures concurrent runs: their cost, and the requests that the clouds receive. The same number of concurrent starts of bare
 * Node.js is measured right before.
 */
import type { Cloud, RecordedRequest } from "../../test/cloud/cloud.ts";
import { Caches, NO_CACHE } from "./caches.ts";
import { Crowd, type CrowdSample } from "./crowd.ts";
import { type CrowdScene, injectDelays, manyKeys, nodeBoot, oneKey } from "./crowds.ts";
import { withCloudPriority } from "./elsewhere.ts";
import { formatNumber, formatVerdict, median } from "./figures.ts";
import { LoginChecker } from "./logins.ts";
import type { Program } from "./meter.ts";
import { encodeImageRequest } from "./request.ts";

/** The requests of a login, in order; the last one returns the token. */
const CHAINS = [
  ["imds/token", "imds/partition", "imds/role", "imds/credentials", "ecr/GetAuthorizationToken"],
  ["azure-imds/token", "acr/exchange"],
  ["gce/universe", "gce/token"],
] as const;

/** The figures of one repetition. */
interface Load {
  /** Requests for tokens; more than `chains` after retries. */
  readonly calls: number;
  readonly chains: number;
  readonly failed: number;
  readonly crossed: number;
  readonly wall: number;
  readonly wallTimes: number;
  readonly cpu: number;
}

export interface Bench {
  readonly executable: string;
  readonly bare: Program;
  readonly cloud: Cloud;
  readonly repetitions: number;
}

export async function printLoad(bench: Bench, say: (text: string) => void): Promise<void> {
  const caches = await Caches.make();
  const crowd = await Crowd.start();
  try {
    say(`\nload: ${bench.repetitions} times each, started at once, empty cache; measured (goal)`);
    say("counts: maximum; costs: median; ×: ratio to the same number of concurrent starts of bare Node.js");
    say(formatRow(["", "token calls", "chains", "failed", "crossed", "wall ms", "wall ×", "CPU ms"]));
    for (const scene of [10, 50, 110, 200].map(oneKey))
      say(
        formatRow(
          formatCellsWithGoals(scene, await measureRepeatedly(scene, bench, caches, crowd), {
            wallTimes: 1.5,
          }),
        ),
      );
    const scene = manyKeys(200, 50);
    say(formatRow(formatCellsWithGoals(scene, await measureRepeatedly(scene, bench, caches, crowd), {})));
    await printBoot(bench, caches, crowd, say);
  } finally {
    crowd.stop();
    await caches.remove();
  }
}

/** Measures the boot of a node with and without the cache, in turns. The cache must reduce all costs. */
async function printBoot(
  bench: Bench,
  caches: Caches,
  crowd: Crowd,
  say: (text: string) => void,
): Promise<void> {
  const scene = nodeBoot();
  const loads: Load[] = [];
  const without: Load[] = [];
  for (let repetition = 0; repetition < bench.repetitions; repetition += 1) {
    without.push(await measureOnce(scene, bench, NO_CACHE, crowd));
    loads.push(await measureOnce(scene, bench, caches.fresh(), crowd));
  }
  const off = summarize(without);
  say(formatRow(formatCellsWithGoals(scene, summarize(loads), { wall: off.wall, cpu: off.cpu })));
  say(formatRow(["  cache off", ...formatPlainCells(off)]));
}

async function measureRepeatedly(
  scene: CrowdScene,
  bench: Bench,
  caches: Caches,
  crowd: Crowd,
): Promise<Load> {
  const loads: Load[] = [];
  for (let repetition = 0; repetition < bench.repetitions; repetition += 1)
    loads.push(await measureOnce(scene, bench, caches.fresh(), crowd));
  return summarize(loads);
}

async function measureOnce(
  scene: CrowdScene,
  { executable, bare, cloud }: Bench,
  cache: Record<string, string>,
  crowd: Crowd,
): Promise<Load> {
  const { wall: bareWall } = await withCloudPriority(() => crowd.run(scene.pulls.map(() => bare)));
  injectDelays(cloud, scene);
  const before = cloud.requests.length;
  const sample = await withCloudPriority(() => crowd.run(createPrograms(scene, executable, cloud, cache)));
  const asked = cloud.requests.slice(before);
  cloud.clearFaults();
  return computeLoad(
    asked,
    await new LoginChecker(cloud).crossed(scene.pulls, sample.outputs),
    sample,
    bareWall,
  );
}

function computeLoad(
  asked: readonly RecordedRequest[],
  crossed: number,
  { wall, cpu = Number.NaN, failed }: CrowdSample,
  bareWall: number,
): Load {
  const count = (name: string) => asked.filter(({ service, step }) => `${service}/${step}` === name).length;
  const counts = CHAINS.map((steps) => steps.map(count));
  // A busy node repeats metadata requests: the rarest request of a chain was sent once per chain.
  const chains = sum(counts.map((each) => Math.min(...each)));
  const calls = sum(counts.map((each) => each.at(-1) ?? 0));
  return { calls, chains, failed, crossed, wall, wallTimes: wall / bareWall, cpu };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

/** All metadata services are available, so each run gets the platform of the node as a variable. */
function createPrograms(
  { name, pulls }: CrowdScene,
  executable: string,
  { env }: Cloud,
  cache: Record<string, string>,
): Program[] {
  return pulls.map(({ image, cloud }) => ({
    name,
    argv: [executable],
    env: { ...env(), REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: cloud, ...cache },
    stdin: encodeImageRequest(image),
  }));
}

function summarize(loads: readonly Load[]): Load {
  const worst = (key: keyof Load) => Math.max(...loads.map((load) => load[key]));
  const usual = (key: keyof Load) => median(loads.map((load) => load[key]));
  return {
    calls: worst("calls"),
    chains: worst("chains"),
    failed: worst("failed"),
    crossed: worst("crossed"),
    wall: usual("wall"),
    wallTimes: usual("wallTimes"),
    cpu: usual("cpu"),
  };
}

const DIGITS = { calls: 0, chains: 0, failed: 0, crossed: 0, wall: 0, wallTimes: 2, cpu: 0 } as const;
const KEYS = ["calls", "chains", "failed", "crossed", "wall", "wallTimes", "cpu"] as const;

function formatCellsWithGoals({ name, keys }: CrowdScene, load: Load, costs: Partial<Load>): string[] {
  const goal: Partial<Load> = { calls: keys, chains: keys, failed: 0, crossed: 0, ...costs };
  const cell = (key: keyof Load) => {
    const [measured, most, digits] = [load[key], goal[key], DIGITS[key]];
    if (most === undefined) return formatNumber(measured, digits);
    return `${formatNumber(measured, digits)} (≤ ${formatNumber(most, digits)}) ${formatVerdict(measured, most, digits)}`;
  };
  return [name, ...KEYS.map(cell)];
}

function formatPlainCells(load: Load): string[] {
  return KEYS.map((key) => formatNumber(load[key], DIGITS[key]));
}

function formatRow([name = "", ...columns]: readonly string[]): string {
  return name.padEnd(22) + columns.map((cell) => cell.padStart(18)).join("");
}
