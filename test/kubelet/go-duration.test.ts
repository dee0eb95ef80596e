import assert from "node:assert/strict";
import { test } from "node:test";
import { HOUR, MINUTE, SECOND } from "../../src/core/time.ts";
import { parseGoDuration } from "./go-duration.ts";

const DURATIONS: Readonly<Record<string, number>> = {
  "0": 0,
  "0s": 0,
  "-0": 0,
  "5m": 5 * MINUTE,
  "+5m": 5 * MINUTE,
  "-5m": -5 * MINUTE,
  "1.5h": 1.5 * HOUR,
  "1h30m": 1.5 * HOUR,
  "6h0m0s": 6 * HOUR,
  ".5s": SECOND / 2,
  "5.s": 5 * SECOND,
  "21.6µs": 0.0216,
  "1us": 0.001,
  "100ms": 100,
  "1h1h": 2 * HOUR,
  "2562047h47m16.854775807s": Number(2n ** 63n - 1n) / 1e6,
};

for (const [text, expected] of Object.entries(DURATIONS)) {
  test(`parses ${text} as ${expected} ms`, () => assert.ok(parseGoDuration(text) === expected));
}

const REFUSED = [
  "",
  "5",
  "-",
  "m",
  ".s",
  "5 m",
  " 5m",
  "5M",
  "PT5M",
  "5m ",
  "1d",
  "٣s",
  "2562047h47m16.854775808s",
  "300000000h",
];

for (const text of REFUSED) {
  test(`refuses the duration ${JSON.stringify(text)}`, () => assert.throws(() => parseGoDuration(text)));
}
