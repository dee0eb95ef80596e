import { covers, type Pattern } from "./pattern.ts";

/**
 * Finds those of many patterns that cover another without comparing it with each. What is the same in both, the labels
 * without a `*` and the beginning of the path, is looked up: patterns have few forms, and of each form there may be hundreds.
 */
export class CoverIndex<T> {
  /** Form → what its patterns have for sure → patterns. */
  readonly #forms = new Map<string, Map<string, Entry<T>[]>>();

  add(pattern: Pattern, value: T): void {
    const form = formOf(pattern);
    const entries = this.#forms.get(form) ?? new Map<string, Entry<T>[]>();
    this.#forms.set(form, entries);
    const key = keyOf(pattern, form, pattern.path[0]);
    const same = entries.get(key);
    if (same === undefined) entries.set(key, [{ pattern, value }]);
    else same.push({ pattern, value });
  }

  /** The first that is wanted, of the values of patterns that cover this one. */
  find(pattern: Pattern, isWanted: (value: T) => boolean): T | undefined {
    for (const [form, entries] of this.#forms) {
      if (form.length !== pattern.labels.length) continue;
      const found =
        findIn(entries.get(keyOf(pattern, form, undefined)), pattern, isWanted) ??
        (pattern.path.length > 0
          ? findIn(entries.get(keyOf(pattern, form, pattern.path[0])), pattern, isWanted)
          : undefined);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

interface Entry<T> {
  readonly pattern: Pattern;
  readonly value: T;
}

function findIn<T>(
  entries: readonly Entry<T>[] | undefined,
  narrow: Pattern,
  isWanted: (value: T) => boolean,
): T | undefined {
  return entries?.find(({ pattern, value }) => covers(pattern, narrow) && isWanted(value))?.value;
}

/** A sign for each label: whether it holds a `*`. */
function formOf({ labels }: Pattern): string {
  return labels.map((label) => (label.includes("*") ? "*" : "-")).join("");
}

function keyOf({ labels, port }: Pattern, form: string, segment: string | undefined): string {
  const known = form.includes("*") ? labels.filter((_, index) => form[index] !== "*") : labels;
  return `${known.join(".")}${port}/${segment ?? ""}`;
}
