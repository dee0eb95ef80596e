/** `npm run generate`: writes every generated file of the repository and prints the paths of those that changed. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { GENERATED_FILES } from "./all-files.ts";

const ROOT = new URL("../../", import.meta.url);

for (const { path, render } of GENERATED_FILES) {
  const file = new URL(path, ROOT);
  const current = existsSync(file) ? readFileSync(file, "utf8") : "";
  const text = render(current);
  if (text === current) continue;
  mkdirSync(new URL(".", file), { recursive: true });
  writeFileSync(file, text);
  process.stdout.write(`${path}\n`);
}
