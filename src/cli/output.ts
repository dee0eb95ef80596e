import type { Milliseconds } from "../core/time.ts";

/** The output and exit status of a command. */
export interface CommandResult {
  readonly status: 0 | 1;
  /** For people, and for scripts that split it at two or more blanks. */
  readonly stdout: string;
  /** At most one line. */
  readonly stderr: string;
}

export function output(lines: readonly string[]): CommandResult {
  return { status: 0, stdout: joinLines(lines), stderr: "" };
}

/** Ends each line with a line feed. */
export function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** Pads each column to its widest cell, with two blanks between columns. */
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

/** Formats a time as ISO 8601 in UTC, to the second. */
export function formatTime(time: Milliseconds): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}

/** Returns `3 logins`, `1 login` or `no login`. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  if (count === 0) return `no ${one}`;
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}
