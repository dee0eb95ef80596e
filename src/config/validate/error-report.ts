import { ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import type { LocatedError } from "../read/yaml-document.ts";

/** Letters of all faults together, so that the line on stderr has room for the rest (`error-line.ts`). */
const ROOM = 3400;

/**
 * `FILE:LINE:COLUMN: …`, in the file's order, as many as there is room for.
 *
 * @param more the number of further faults, which are only counted
 */
export function createConfigInvalidError(
  path: string,
  faults: readonly LocatedError[],
  more = 0,
): ProviderError {
  const sorted = [...faults].sort((one, other) => one.line - other.line || one.column - other.column);
  const all = [
    ...new Set(
      sorted.map(({ line, column, message }) => `${showValue("path", path)}:${line}:${column}: ${message}`),
    ),
  ];
  const shown = all.slice(0, fitting(all));
  const left = all.length - shown.length + more;
  return new ProviderError("config-invalid", {
    detail: [...shown, ...(left > 0 ? [`and ${left} more`] : [])].join("; "),
  });
}

function fitting(texts: readonly string[]): number {
  let used = 0;
  const first = texts.findIndex((text) => {
    used += text.length + 2;
    return used > ROOM;
  });
  return first < 0 ? texts.length : Math.max(first, 1);
}
