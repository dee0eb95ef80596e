import { canShow, quoteValue } from "../../errors/show-value.ts";
import type { Path } from "./schema-validator.ts";

/** Returns a path such as `rules[2].aws["a key"]`. */
export function formatPath(path: Path): string {
  return path
    .map((part, index) => (isKey(part) ? `${index > 0 ? "." : ""}${part}` : `[${showPart(part)}]`))
    .join("");
}

function isKey(part: string | number): boolean {
  return typeof part === "string" && canShow("key", part) && !part.includes("-");
}

function showPart(part: string | number): string {
  return typeof part === "number" ? String(part) : quoteValue("key", part);
}
