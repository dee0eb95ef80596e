/**
 * What many runs at once cost, and what the clouds see of it: whoever needs a login that another run is getting waits for it.
 * As many starts of bare Node at once are measured right before.
 */
import type { Cloud, RecordedRequest } from "../../test/cloud/cloud.ts";
import { Caches, NO_CACHE } from "./caches.ts";
import { Crowd, type CrowdSample } from "./crowd.ts";
import { type CrowdScene, delay, manyKeys, nodeBoot, oneKey } from "./crowds.ts";
import { mark, median, shown } from "./figures.ts";
import { Logins } from "./logins.ts";
import type { Program } from "./meter.ts";
import { requestFor } from "./request.ts";

/** The last question of a chain, and its first. */
const TOKEN_CALLS = ["ecr/GetAuthorizationToken", "acr/exchange", "gce/token"];
const BEGINNINGS = ["imds/token", "azure-imds/token", "gce/token"];

/** Of one repetition. */
interface Load {
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
    say(`\nload: ${bench.repetitions} times each, started at once, empty cache; measured (goal); medians`);
    say(line(["", "token calls", "chains", "failed", "crossed", "wall ms", "wall ×", "CPU ms"]));
    for (const scene of [...[10, 50, 110, 200].map(oneKey), manyKeys(200, 50)])
      say(
        line(cellsOf(scene, await repeated(scene, bench, () => caches.fresh(), crowd), { wallTimes: 1.5 })),
      );
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
  const off = medians(without);
  say(line(cellsOf(scene, medians(loads), { wall: off.wall, cpu: off.cpu })));
  say(line(["  cache off", ...plainCells(off)]));
}

async function repeated(
  scene: CrowdScene,
  bench: Bench,
  cache: () => Record<string, string>,
  crowd: Crowd,
): Promise<Load> {
  const loads: Load[] = [];
  for (let repetition = 0; repetition < bench.repetitions; repetition += 1)
    loads.push(await once(scene, bench, cache(), crowd));
  return medians(loads);
}

async function once(
  scene: CrowdScene,
  { executable, bare, cloud }: Bench,
  cache: Record<string, string>,
  crowd: Crowd,
): Promise<Load> {
  const { wall: bareWall } = await crowd.run(scene.pulls.map(() => bare));
  delay(cloud, scene);
  const before = cloud.requests.length;
  const sample = await crowd.run(programsOf(scene, executable, cloud, cache));
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
  const count = (steps: readonly string[]) =>
    asked.filter(({ service, step }) => steps.includes(`${service}/${step}`)).length;
  const [calls, chains, wallTimes] = [count(TOKEN_CALLS), count(BEGINNINGS), wall / bareWall];
  return { calls, chains, failed, crossed, wall, wallTimes, cpu };
}

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

/** Where one repetition is not allowed to go wrong, the worst. */
function medians(loads: readonly Load[]): Load {
  const worst = (key: keyof Load) => Math.max(...loads.map((load) => load[key]));
  const of = (key: keyof Load) => median(loads.map((load) => load[key]));
  return {
    calls: of("calls"),
    chains: of("chains"),
    failed: worst("failed"),
    crossed: worst("crossed"),
    wall: of("wall"),
    wallTimes: of("wallTimes"),
    cpu: of("cpu"),
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
