import { RegistryHost } from "../image.ts";
import type { RuleDraft } from "./compile.ts";
import type { KnownRegistries } from "./known-registries.ts";
import { covers, meets, type Pattern, parsePattern } from "./pattern.ts";
import { type Section, sectionsOf } from "./policy.ts";
import type { Rule } from "./schema.ts";

/** Which hosts belong to which cloud. */
export class Territories {
  readonly #families: readonly (KnownRegistries & { readonly patterns: readonly Pattern[] })[];
  readonly #met = new Map<Pattern, readonly Section[]>();

  constructor(known: readonly KnownRegistries[]) {
    this.#families = known.map((family) => ({
      ...family,
      patterns: family.matchImages.flatMap((text) => parsePattern(text) ?? []),
    }));
  }

  /** Clouds that have a host of this pattern. */
  met(pattern: Pattern): readonly Section[] {
    const known = this.#met.get(pattern) ?? this.#meet(pattern);
    this.#met.set(pattern, known);
    return known;
  }

  #meet(pattern: Pattern): readonly Section[] {
    const host = exactHost(pattern);
    if (host !== undefined) return [this.cloudOf(host) ?? []].flat();
    if (pattern.port !== "") return [];
    const met = this.#families.filter(({ patterns }) =>
      patterns.some(({ labels }) => meets(labels, pattern.labels)),
    );
    return [...new Set(met.map(({ section }) => section))];
  }

  cloudOf(host: RegistryHost): Section | undefined {
    return this.#families.find(({ isOwn }) => isOwn(host))?.section;
  }

  /** Whether every host of the pattern is the cloud's. */
  isWithin(pattern: Pattern, section: Section): boolean {
    const host = exactHost(pattern);
    if (host !== undefined) return this.cloudOf(host) === section;
    return this.#families.some(
      (family) =>
        family.section === section && family.patterns.some((own) => covers(own, { ...pattern, path: [] })),
    );
  }
}

export function exactHost({ labels, port }: Pattern): RegistryHost | undefined {
  const name = labels.join(".");
  return name.includes("*") ? undefined : RegistryHost.parse(name + port);
}

/** A login from a file is for any host, and so is one of the registry that the host stands for. */
export function isForAnyHost(rule: Rule): boolean {
  return rule.static !== undefined || rule.registry !== undefined;
}

const CLOUDS: readonly Section[] = ["aws", "google", "azure"];

/** A rule without any cloud's settings is for all of them. */
export function cloudsOf(rule: Rule): readonly Section[] {
  const sections = sectionsOf(rule);
  return sections.length === 0 ? CLOUDS : sections;
}

/** Whether the second rule gets none of the images of its pattern, since the first one has taken them. */
export function takesAll(first: Rule, second: Rule, pattern: Pattern, territories: Territories): boolean {
  if (isForAnyHost(first)) return true;
  const taken = cloudsOf(first);
  if (isForAnyHost(second)) return taken.some((section) => territories.isWithin(pattern, section));
  const wanted = territories.met(pattern).filter((section) => cloudsOf(second).includes(section));
  return wanted.length > 0 && wanted.every((section) => taken.includes(section));
}

export function patternsOf({ patterns }: RuleDraft): readonly Pattern[] {
  return patterns.filter((pattern) => pattern !== undefined);
}
