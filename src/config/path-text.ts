import { quoted } from "../last-words.ts";
import type { Path } from "./json-schema.ts";

/** `rules[2].aws["a key"]` */
export function pathText(path: Path): string {
  return path
    .map((part, index) => (isName(part) ? `${index > 0 ? "." : ""}${part}` : `[${shownPart(part)}]`))
    .join("");
}

function isName(part: string | number): boolean {
  return typeof part === "string" && /^\w{1,64}$/.test(part);
}

function shownPart(part: string | number): string {
  return typeof part === "number" ? String(part) : quoted(part);
}
