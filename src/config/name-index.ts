import { quoteValue } from "../errors/show-value.ts";
import type { CloudHostIndex } from "./lint/cloud-hosts.ts";
import { CoverIndex } from "./lint/cover-index.ts";
import { covers, type Pattern, parsePattern } from "./pattern.ts";

interface Entry<T> {
  /** The pattern's text in the file. */
  readonly text: string;
  readonly value: T;
}

/** An index of patterns that finds the one that shadows another, whichever names of the registry the two use. */
export class NameIndex<T> {
  readonly #index = new CoverIndex<Entry<T>>();
  readonly #territories: CloudHostIndex;

  constructor(territories: CloudHostIndex) {
    this.#territories = territories;
  }

  add(pattern: Pattern, value: T): void {
    for (const name of [pattern, ...this.#territories.listAliasPatterns(pattern, "with the same path")])
      this.#index.add(name, { text: pattern.text, value });
  }

  find(pattern: Pattern, isWanted: (value: T) => boolean): Entry<T> | undefined {
    for (const name of [pattern, ...this.#territories.listAliasPatterns(pattern, "all")]) {
      const found = this.#index.find(name, ({ value }) => isWanted(value));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** Quotes the pattern that shadows another, and says so if it uses another name of the registry. */
export function quoteShadowingPattern(text: string, shadowed: Pattern): string {
  const pattern = parsePattern(text);
  const isSameName = pattern !== undefined && covers(pattern, shadowed);
  return quoteValue("pattern", text) + (isSameName ? "" : ", another name of the same registry,");
}
