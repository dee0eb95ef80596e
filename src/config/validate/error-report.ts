import { ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import type { LocatedError } from "../read/yaml-document.ts";

/** The maximum number of characters of all errors together, so that the rest of the error line fits (`error-line.ts`). */
const MAX_LENGTH = 3400;

/**
 * Returns the error with the messages as `FILE:LINE:COLUMN: …`, in the order of the file, as many as fit into the error line.
 *
 * @param more the number of further errors, which are only counted
 */
export function createConfigInvalidError(
  path: string,
  errors: readonly LocatedError[],
  more = 0,
): ProviderError {
  const sorted = [...errors].sort((one, other) => one.line - other.line || one.column - other.column);
  const all = [
    ...new Set(
      sorted.map(({ line, column, message }) => `${showValue("path", path)}:${line}:${column}: ${message}`),
    ),
  ];
  const shown = all.slice(0, countFitting(all));
  const left = all.length - shown.length + more;
  return new ProviderError("config-invalid", {
    detail: [...shown, ...(left > 0 ? [`and ${left} more`] : [])].join("; "),
  });
}

function countFitting(texts: readonly string[]): number {
  let used = 0;
  const first = texts.findIndex((text) => {
    used += text.length + 2;
    return used > MAX_LENGTH;
  });
  return first < 0 ? texts.length : Math.max(first, 1);
}
