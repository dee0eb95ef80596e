/**
 * What many runs at once cost, and what the clouds see of it: whoever needs a login that another run is getting waits for it.
 * As many starts of bare Node at once are measured right before.
 */
import type { Cloud, RecordedRequest } from "../../test/cloud/cloud.ts";
import { Caches, NO_CACHE } from "./caches.ts";
import { Crowd, type CrowdSample } from "./crowd.ts";
import { type CrowdScene, delay, manyKeys, nodeBoot, oneKey } from "./crowds.ts";
import { cloudsElsewhere } from "./elsewhere.ts";
import { mark, median, shown } from "./figures.ts";
import { Logins } from "./logins.ts";
import type { Program } from "./meter.ts";
import { requestFor } from "./request.ts";

/** What a login asks, one after the other; the last is for the token. */
const CHAINS = [
  ["imds/token", "imds/partition", "imds/role", "imds/credentials", "ecr/GetAuthorizationToken"],
  ["azure-imds/token", "acr/exchange"],
  ["gce/universe", "gce/token"],
] as const;

/** Of one repetition. */
interface Load {
  /** For tokens; more than chains where one was asked for again. */
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
    say("Of counts the worst, of costs medians; ×: times as many starts of bare Node at once");
    say(line(["", "token calls", "chains", "failed", "crossed", "wall ms", "wall ×", "CPU ms"]));
    for (const scene of [10, 50, 110, 200].map(oneKey))
      say(line(cellsOf(scene, await repeated(scene, bench, caches, crowd), { wallTimes: 1.5 })));
    const scene = manyKeys(200, 50);
    say(line(cellsOf(scene, await repeated(scene, bench, caches, crowd), {})));
    await printBoot(bench, caches, crowd, say);
  } finally {
    crowd.stop();
    await caches.remove();
  }
}

/** The same with and without the cache, in turns: the one is to cost less than the other, in every way. */
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
    without.push(await once(scene, bench, NO_CACHE, crowd));
    loads.push(await once(scene, bench, caches.fresh(), crowd));
  }
  const off = summed(without);
  say(line(cellsOf(scene, summed(loads), { wall: off.wall, cpu: off.cpu })));
  say(line(["  cache off", ...plainCells(off)]));
}

async function repeated(scene: CrowdScene, bench: Bench, caches: Caches, crowd: Crowd): Promise<Load> {
  const loads: Load[] = [];
  for (let repetition = 0; repetition < bench.repetitions; repetition += 1)
    loads.push(await once(scene, bench, caches.fresh(), crowd));
  return summed(loads);
}

async function once(
  scene: CrowdScene,
  { executable, bare, cloud }: Bench,
  cache: Record<string, string>,
  crowd: Crowd,
): Promise<Load> {
  const { wall: bareWall } = await cloudsElsewhere(() => crowd.run(scene.pulls.map(() => bare)));
  delay(cloud, scene);
  const before = cloud.requests.length;
  const sample = await cloudsElsewhere(() => crowd.run(programsOf(scene, executable, cloud, cache)));
  const asked = cloud.requests.slice(before);
  cloud.clearFaults();
  return loadOf(asked, await new Logins(cloud).crossed(scene.pulls, sample.outputs), sample, bareWall);
}

function loadOf(
  asked: readonly RecordedRequest[],
  crossed: number,
  { wall, cpu = Number.NaN, failed }: CrowdSample,
  bareWall: number,
): Load {
  const count = (name: string) => asked.filter(({ service, step }) => `${service}/${step}` === name).length;
  const counts = CHAINS.map((steps) => steps.map(count));
  // A busy node asks its metadata again: whatever was asked least was asked once in each chain.
  const chains = sum(counts.map((each) => Math.min(...each)));
  const calls = sum(counts.map((each) => each.at(-1) ?? 0));
  return { calls, chains, failed, crossed, wall, wallTimes: wall / bareWall, cpu };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

/** All metadata services are there, and each run is told which cloud the node is of. */
function programsOf(
  { name, pulls }: CrowdScene,
  executable: string,
  { env }: Cloud,
  cache: Record<string, string>,
): Program[] {
  return pulls.map(({ image, cloud }) => ({
    name,
    argv: [executable],
    env: { ...env(), REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: cloud, ...cache },
    stdin: requestFor(image),
  }));
}

function summed(loads: readonly Load[]): Load {
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

function cellsOf({ name, keys }: CrowdScene, load: Load, costs: Partial<Load>): string[] {
  const goal: Partial<Load> = { calls: keys, chains: keys, failed: 0, crossed: 0, ...costs };
  const cell = (key: keyof Load) => {
    const [measured, most, digits] = [load[key], goal[key], DIGITS[key]];
    if (most === undefined) return shown(measured, digits);
    return `${shown(measured, digits)} (≤ ${shown(most, digits)}) ${mark(measured, most, digits)}`;
  };
  return [name, ...KEYS.map(cell)];
}

function plainCells(load: Load): string[] {
  return KEYS.map((key) => shown(load[key], DIGITS[key]));
}

function line([name = "", ...columns]: readonly string[]): string {
  return name.padEnd(22) + columns.map((cell) => cell.padStart(18)).join("");
}
