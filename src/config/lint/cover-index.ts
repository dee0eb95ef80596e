import { covers, type Pattern } from "../pattern.ts";

/** The number of path segments in the index's key. */
const INDEXED_SEGMENTS = 4;

/**
 * Finds those of many patterns that cover another without comparing it with each: only with those that begin with the same
 * label, or with one that holds a `*` and end in the same one, and whose path begins the other's.
 */
export class CoverIndex<T> {
  readonly #buckets = new Map<string, Entry<T>[]>();

  add(pattern: Pattern, value: T): void {
    const key = keyOf(beginning(pattern), pattern.path.slice(0, INDEXED_SEGMENTS));
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) this.#buckets.set(key, [{ pattern, value }]);
    else bucket.push({ pattern, value });
  }

  /** The first that is wanted, of the values of patterns that cover this one. */
  find(pattern: Pattern, isWanted: (value: T) => boolean): T | undefined {
    const segments = pattern.path.slice(0, INDEXED_SEGMENTS);
    for (const begin of beginningsOver(pattern))
      for (let length = 0; length <= segments.length; length += 1) {
        const found = this.#findIn(keyOf(begin, segments.slice(0, length)), pattern, isWanted);
        if (found !== undefined) return found;
      }
    return undefined;
  }

  #findIn(key: string, narrow: Pattern, isWanted: (value: T) => boolean): T | undefined {
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return undefined;
    for (const { pattern, value } of bucket) if (covers(pattern, narrow) && isWanted(value)) return value;
    return undefined;
  }
}

interface Entry<T> {
  readonly pattern: Pattern;
  readonly value: T;
}

function keyOf(begin: string, segments: readonly string[]): string {
  return [begin, ...segments].join("/");
}

/** No label is empty: so none is taken for a form. */
function beginning({ labels }: Pattern): string {
  const [first = ""] = labels;
  if (!first.includes("*")) return first;
  const last = labels.at(-1) ?? "";
  return formOf(labels.length, last.includes("*") ? "*" : last);
}

/** Of all patterns that can cover this one. */
function beginningsOver({ labels }: Pattern): readonly string[] {
  const [first = ""] = labels;
  const { length } = labels;
  return [first, formOf(length, labels.at(-1) ?? ""), formOf(length, "*")];
}

function formOf(length: number, last: string): string {
  return `.${length}.${last}`;
}
