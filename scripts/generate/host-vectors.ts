/**
 * test/vectors/hosts.json, from facts about the clouds' host names. This code does not use `src/`: the rows are a second
 * opinion, and any implementation can be tested with them.
 */
import { readFileSync } from "node:fs";
import type { GeneratedFile } from "./generated-file.ts";
import { genuineRows } from "./host-vectors/genuine.ts";
import { hostileRows } from "./host-vectors/hostile.ts";

export const HOST_VECTORS_FILE: GeneratedFile = {
  path: "test/vectors/hosts.json",
  render: renderHostVectors,
};

/** Renders one row per line. Characters other than printable ASCII are escaped, so that a reviewer cannot misread them. */
export function renderHostVectors(): string {
  const lines = (rows: readonly object[]) =>
    rows.map((row) => `    ${escapeNonAscii(JSON.stringify(row))}`).join(",\n");
  return `{\n  "genuine": [\n${lines(genuineRows())}\n  ],\n  "hostile": [\n${lines(hostileRows())}\n  ]\n}\n`;
}

function escapeNonAscii(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export function readCommittedHostVectors(): string {
  return readFileSync(new URL(`../../${HOST_VECTORS_FILE.path}`, import.meta.url), "utf8");
}
