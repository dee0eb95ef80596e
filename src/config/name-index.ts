import { quoteValue } from "../show-value.ts";
import { CoverIndex } from "./cover-index.ts";
import { covers, type Pattern, parsePattern } from "./pattern.ts";
import type { Territories } from "./territories.ts";

interface Entry<T> {
  /** The pattern as the file has it. */
  readonly text: string;
  readonly value: T;
}

/** Finds those of many patterns that take all images of another, by whatever names of the registries both are written. */
export class NameIndex<T> {
  readonly #index = new CoverIndex<Entry<T>>();
  readonly #territories: Territories;

  constructor(territories: Territories) {
    this.#territories = territories;
  }

  add(pattern: Pattern, value: T): void {
    for (const name of [pattern, ...this.#territories.otherPatterns(pattern, "with the same path")])
      this.#index.add(name, { text: pattern.text, value });
  }

  find(pattern: Pattern, isWanted: (value: T) => boolean): Entry<T> | undefined {
    for (const name of [pattern, ...this.#territories.otherPatterns(pattern, "all")]) {
      const found = this.#index.find(name, ({ value }) => isWanted(value));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** Quotes the pattern that takes the images of the other one, and says so where it is another name of their registry. */
export function takerText(text: string, taken: Pattern): string {
  const taker = parsePattern(text);
  const isSameName = taker !== undefined && covers(taker, taken);
  return isSameName
    ? quoteValue("pattern", text)
    : `${quoteValue("pattern", text)}, another name of the same registry,`;
}
