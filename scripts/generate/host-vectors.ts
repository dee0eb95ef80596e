/**
 * Writes test/vectors/hosts.json from facts about the clouds' host names. It knows nothing of `src/`: the rows are a second
 * opinion, and any other implementation can be held against them.
 */
import { readFileSync } from "node:fs";
import type { GeneratedFile } from "./generated-file.ts";
import { genuineRows } from "./host-vectors/genuine.ts";
import { hostileRows } from "./host-vectors/hostile.ts";

export const HOST_VECTORS_FILE: GeneratedFile = { path: "test/vectors/hosts.json", render: hostVectors };

/** One row a line; whatever is not printable ASCII is escaped, so that no editor or reviewer can misread it. */
export function hostVectors(): string {
  const lines = (rows: readonly object[]) =>
    rows.map((row) => `    ${escaped(JSON.stringify(row))}`).join(",\n");
  return `{\n  "genuine": [\n${lines(genuineRows())}\n  ],\n  "hostile": [\n${lines(hostileRows())}\n  ]\n}\n`;
}

function escaped(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export function committedHostVectors(): string {
  return readFileSync(new URL(`../../${HOST_VECTORS_FILE.path}`, import.meta.url), "utf8");
}
