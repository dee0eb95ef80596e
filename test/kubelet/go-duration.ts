import type { Milliseconds } from "../../src/core/time.ts";

/** Nanoseconds in each of Go's units; both letters µ (U+00B5, U+03BC) are accepted. */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1_000n],
  ["µs", 1_000n],
  ["μs", 1_000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
]);

const PART = /([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)/y;
const MAX = 2n ** 63n - 1n;
const NANOSECONDS_IN_MILLISECOND = 1_000_000;

/** Implements Go's `time.ParseDuration`. @throws Error with the reason */
export function parseGoDuration(text: string): Milliseconds {
  const sign = text.startsWith("-") ? -1n : 1n;
  const unsigned = text.replace(/^[-+]/, "");
  if (unsigned === "0") return 0;
  if (unsigned === "") throw new Error(`${JSON.stringify(text)} is not a Go duration`);
  const nanoseconds = sumParts(unsigned, text);
  // Go accepts -2⁶³, which has no positive counterpart.
  if (nanoseconds > (sign < 0n ? MAX + 1n : MAX))
    throw new Error(`${text} is longer than a Go duration can be`);
  return Number(sign * nanoseconds) / NANOSECONDS_IN_MILLISECOND;
}

function sumParts(unsigned: string, text: string): bigint {
  let total = 0n;
  PART.lastIndex = 0;
  while (PART.lastIndex < unsigned.length) {
    const part = PART.exec(unsigned);
    if (part === null) throw new Error(`${JSON.stringify(text)} is not a Go duration`);
    total += parsePart(part, text);
  }
  return total;
}

function parsePart([, whole = "", fraction = "", unit = ""]: RegExpExecArray, text: string): bigint {
  if (whole === "" && fraction === "") throw new Error(`${JSON.stringify(text)} is not a Go duration`);
  const size = UNITS.get(unit) ?? 0n;
  return BigInt(whole || "0") * size + (BigInt(fraction || "0") * size) / 10n ** BigInt(fraction.length);
}
