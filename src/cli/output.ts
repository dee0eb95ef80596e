import type { Milliseconds } from "../core/time.ts";

/** What a command comes to. */
export interface CommandResult {
  readonly status: 0 | 1;
  /** For people, and for scripts that split it at two blanks. */
  readonly stdout: string;
  /** One line, or none. */
  readonly stderr: string;
}

export function output(lines: readonly string[]): CommandResult {
  return { status: 0, stdout: joinLines(lines), stderr: "" };
}

/** Each with its line feed. */
export function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** Columns, each as wide as its widest cell, two blanks apart. */
export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<readonly number[]>(
    (widest, row) => row.map((cell, at) => Math.max(widest[at] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** ISO 8601, in UTC, to the second. */
export function formatTime(time: Milliseconds): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}

/** `3 logins`, `1 login`, `no login`. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  if (count === 0) return `no ${one}`;
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}
