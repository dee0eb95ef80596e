/** The figures of a row of the benchmark, and their comparison with the goals. */
import type { Sample } from "./meter.ts";

export interface Figures {
  /** In milliseconds; `peak` in MiB. */
  readonly wall: number;
  readonly cpu: number;
  readonly peak: number;
  /** Ratio to bare Node.js. */
  readonly wallTimes: number;
  readonly cpuTimes: number;
  readonly peakTimes: number;
  /** Difference to bare Node.js in milliseconds. */
  readonly wallMore: number;
}

/** The maximum of each figure. */
export type Goal = Partial<Figures>;

const COLUMNS: Readonly<
  Record<keyof Figures, readonly [head: string, digits: number, name: string, unit: string]>
> = {
  wall: ["wall ms", 1, "wall", " ms"],
  cpu: ["CPU ms", 1, "CPU", " ms"],
  peak: ["peak MiB", 1, "peak", " MiB"],
  wallTimes: ["wall ×", 2, "wall", " ×"],
  cpuTimes: ["CPU ×", 2, "CPU", " ×"],
  peakTimes: ["peak ×", 2, "peak", " ×"],
  wallMore: ["wall +ms", 1, "wall", " ms more"],
};
const KEYS = ["wall", "cpu", "peak", "wallTimes", "cpuTimes", "peakTimes", "wallMore"] as const;

export const COLUMN_TITLES: readonly string[] = KEYS.map((key) => COLUMNS[key][0]);

/** Computes medians; a ratio is computed for each pair of runs. Unknown figures are NaN. */
export function computeFigures(samples: readonly Sample[], bares: readonly Sample[]): Figures {
  const pairs = samples.map((sample, index) => [sample, bares[index] ?? sample] as const);
  const of = (what: (sample: Sample) => number | undefined) =>
    median(samples.map((one) => what(one) ?? Number.NaN));
  const times = (what: (sample: Sample) => number | undefined) =>
    median(pairs.map(([one, bare]) => (what(one) ?? Number.NaN) / (what(bare) ?? Number.NaN)));
  return {
    wall: of(({ wall }) => wall),
    cpu: of(({ cpu }) => cpu),
    peak: of(({ peak }) => peak),
    wallTimes: times(({ wall }) => wall),
    cpuTimes: times(({ cpu }) => cpu),
    peakTimes: times(({ peak }) => peak),
    wallMore: median(pairs.map(([one, bare]) => one.wall - bare.wall)),
  };
}

export function formatCells(figures: Figures): string[] {
  return KEYS.map((key) => formatNumber(figures[key], COLUMNS[key][1]));
}

/** Returns each goal with a mark. The comparison uses the rounded figures that are printed. */
export function formatGoals(goal: Goal, figures: Figures): string {
  const said = KEYS.flatMap((key) => {
    const most = goal[key];
    if (most === undefined) return [];
    const [, digits, name, unit] = COLUMNS[key];
    return [`${name} ≤ ${most.toFixed(digits)}${unit} ${formatVerdict(figures[key], most, digits)}`];
  });
  return said.join(", ");
}

/** Returns a mark: goal met, missed, or unknown. */
export function formatVerdict(measured: number, most: number, digits: number): string {
  if (Number.isNaN(measured)) return "–";
  return Number(measured.toFixed(digits)) <= most ? "✓" : "✗";
}

export function formatNumber(figure: number, digits: number): string {
  return Number.isNaN(figure) ? "–" : figure.toFixed(digits);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return ((sorted[middle] ?? Number.NaN) + (sorted[sorted.length - 1 - middle] ?? Number.NaN)) / 2;
}
