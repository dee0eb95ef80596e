/** Every argument in the program's source, and words that are not arguments. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Canary } from "./canary.ts";

const SOURCE = readFileSync(join(import.meta.dirname, "../../src/cli/flags.ts"), "utf8");

/** The flags in the source, and one unknown flag. */
export const FLAGS: readonly string[] = [
  ...new Set([...SOURCE.matchAll(/"(--?[A-Za-z][\w-]*)"/g)].map(([, flag]) => flag ?? "")),
  "--token",
];

/** The canary as the value of each flag, in both syntaxes, and in place of each other word. */
export function buildArgumentRows(): readonly ((canary: Canary) => readonly string[])[] {
  return [
    ...FLAGS.flatMap((flag, index) => [
      (canary: Canary) => [`${flag}=${canary.value}`],
      (canary: Canary) => (index % 2 === 0 ? [flag, canary.value] : [`${flag} ${canary.value}`]),
    ]),
    ({ value }) => [value],
    ({ value }) => [`-${value}`],
    ({ value }) => [`--${value}`],
    ({ value }) => ["/etc/kubernetes/azure.json", `/${value}`],
    ({ value }) => ["cache", value],
    ({ value }) => ["cache", "list", value],
    ({ value }) => ["cache", "clear", value],
    ({ value }) => ["--project-id", value, "--identity-provider", "https://container.googleapis.com/v1/x"],
  ];
}
