import { canShow, quoteValue } from "../../errors/show-value.ts";
import type { Path } from "./schema-validator.ts";

/** Returns a path such as `rules[2].aws["a key"]`. */
export function formatPath(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      const isPlain = canShow("key", part) && !part.includes("-");
      return isPlain ? `${index > 0 ? "." : ""}${part}` : `[${quoteValue("key", part)}]`;
    })
    .join("");
}
