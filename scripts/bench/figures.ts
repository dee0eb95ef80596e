/** What the runs of a row come to, and whether that is what they should. */
import type { Sample } from "./meter.ts";

export interface Figures {
  /** Milliseconds, and MiB. */
  readonly wall: number;
  readonly cpu: number;
  readonly peak: number;
  /** Times bare Node. */
  readonly wallTimes: number;
  readonly cpuTimes: number;
  readonly peakTimes: number;
  /** Milliseconds more than bare Node. */
  readonly wallMore: number;
}

/** The most that each may be. */
export type Goal = Partial<Figures>;

const HEADS: Readonly<
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

export const heads: readonly string[] = KEYS.map((key) => HEADS[key][0]);

/** Ratios are taken pair by pair, and medians of all. NaN where it cannot be known. */
export function figuresOf(samples: readonly Sample[], bares: readonly Sample[]): Figures {
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

export function cells(figures: Figures): string[] {
  return KEYS.map((key) => shown(figures[key], HEADS[key][1]));
}

/** Each goal beside its mark; as the figures are shown, so that nobody wonders. */
export function judged(goal: Goal, figures: Figures): string {
  const said = KEYS.flatMap((key) => {
    const most = goal[key];
    if (most === undefined) return [];
    const [, digits, name, unit] = HEADS[key];
    return [`${name} ≤ ${most.toFixed(digits)}${unit} ${mark(figures[key], most, digits)}`];
  });
  return said.join(", ");
}

/** Met, missed, or not known. */
export function mark(measured: number, most: number, digits: number): string {
  if (Number.isNaN(measured)) return "–";
  return Number(measured.toFixed(digits)) <= most ? "✓" : "✗";
}

export function shown(figure: number, digits: number): string {
  return Number.isNaN(figure) ? "–" : figure.toFixed(digits);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return ((sorted[middle] ?? Number.NaN) + (sorted[sorted.length - 1 - middle] ?? Number.NaN)) / 2;
}
