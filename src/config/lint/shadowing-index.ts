import { quoteValue } from "../../errors/show-value.ts";
import { covers, type Pattern, parsePattern } from "../pattern.ts";
import type { CloudHostIndex } from "./cloud-hosts.ts";

interface Entry<T> {
  /** The pattern, or the same pattern under another name of the registry. */
  readonly pattern: Pattern;
  /** The pattern's text in the file. */
  readonly text: string;
  readonly value: T;
}

/** A list of patterns that finds the first one that covers another pattern, under any name of the registry. */
export class ShadowingIndex<T> {
  readonly #entries: Entry<T>[] = [];
  readonly #hosts: CloudHostIndex;

  constructor(hosts: CloudHostIndex) {
    this.#hosts = hosts;
  }

  add(pattern: Pattern, value: T): void {
    for (const name of [pattern, ...this.#hosts.listAliasPatterns(pattern, "with the same path")])
      this.#entries.push({ pattern: name, text: pattern.text, value });
  }

  find(pattern: Pattern, isCandidate: (value: T) => boolean): Entry<T> | undefined {
    for (const name of [pattern, ...this.#hosts.listAliasPatterns(pattern, "all")])
      for (const entry of this.#entries)
        if (covers(entry.pattern, name) && isCandidate(entry.value)) return entry;
    return undefined;
  }
}

/** Quotes the pattern that shadows another, and says so if it uses another name of the registry. */
export function quoteShadowingPattern(text: string, shadowed: Pattern): string {
  const pattern = parsePattern(text);
  const isSameName = pattern !== undefined && covers(pattern, shadowed);
  return quoteValue("pattern", text) + (isSameName ? "" : " (another name of the same registry)");
}
