import { RegistryHost, type RegistryName } from "../image.ts";
import type { RuleDraft } from "./compile.ts";
import { CoverIndex } from "./cover-index.ts";
import type { KnownRegistries } from "./known-registries.ts";
import { listUnclaimedNames } from "./names.ts";
import { meets, type Pattern, parsePattern } from "./pattern.ts";
import type { Section } from "./policy.ts";

/** A pattern for other names of a registry. */
interface NamePattern {
  readonly pattern: Pattern;
  readonly translatePath: RegistryName["translatePath"];
}

/** Which hosts belong to which cloud. */
export class Territories {
  readonly #index = new CoverIndex<KnownRegistries>();
  readonly #all: { readonly pattern: Pattern; readonly family: KnownRegistries }[] = [];
  /** By host or pattern: many rules may be for one. */
  readonly #met = new Map<string, readonly Section[]>();
  readonly #known: readonly KnownRegistries[];
  /** By host or pattern. */
  readonly #names = new Map<string, readonly NamePattern[]>();

  constructor(known: readonly KnownRegistries[]) {
    this.#known = known;
    for (const family of known) {
      for (const pattern of family.matchImages.flatMap((text) => parsePattern(text) ?? [])) {
        this.#index.add(pattern, family);
        this.#all.push({ pattern, family });
      }
    }
  }

  /** Clouds that have a host of this pattern. */
  met(pattern: Pattern): readonly Section[] {
    if (pattern.port !== "") return [];
    const name = pattern.labels.join(".");
    const known = this.#met.get(name);
    if (known !== undefined) return known;
    const found = this.#meet(name, pattern);
    this.#met.set(name, found);
    return found;
  }

  #meet(name: string, pattern: Pattern): readonly Section[] {
    const host = name.includes("*") ? undefined : RegistryHost.parse(name);
    // No host is of two families.
    const family = this.#index.find(pattern, ({ isOwn }) => host === undefined || isOwn(host));
    if (family !== undefined) return [family.section];
    if (host !== undefined) return [];
    const met = this.#all.filter(({ pattern: own }) => meets(own.labels, pattern.labels));
    return [...new Set(met.map((one) => one.family.section))];
  }

  cloudOf(host: RegistryHost): Section | undefined {
    const pattern = parsePattern(host.name);
    return pattern && this.met(pattern)[0];
  }

  /**
   * Returns the patterns that match the same images under the other names of their registries. A pattern whose path had to be
   * translated may match more images than the given one.
   */
  otherPatterns({ labels, port, path }: Pattern, which: "all" | "with the same path"): readonly Pattern[] {
    const found: Pattern[] = [];
    for (const { pattern, translatePath } of this.#namesOf(labels.join(".") + port)) {
      if (translatePath !== undefined && which === "with the same path") continue;
      const translated = translatePath === undefined ? path : translatePath(path);
      if (translated !== undefined) found.push({ ...pattern, path: translated });
    }
    return found;
  }

  #namesOf(name: string): readonly NamePattern[] {
    const kept = this.#names.get(name);
    if (kept !== undefined) return kept;
    const known = this.#known.flatMap(({ listNames }) => listNames(name));
    const all = (known.length > 0 ? known : listUnclaimedNames(name)).filter(({ host }) => host !== name);
    const found = all.flatMap(({ host, translatePath }) => {
      const pattern = parsePattern(host);
      return pattern === undefined ? [] : [{ pattern, translatePath }];
    });
    this.#names.set(name, found);
    return found;
  }

  /** Whether every host of the pattern is the cloud's. */
  isWithin(pattern: Pattern, section: Section): boolean {
    if (exactHost(pattern) !== undefined) return this.met(pattern).includes(section);
    return this.#index.find(pattern, (family) => family.section === section) !== undefined;
  }
}

export function exactHost({ labels, port }: Pattern): RegistryHost | undefined {
  const name = labels.join(".");
  return name.includes("*") ? undefined : RegistryHost.parse(name + port);
}

/** A login from a file is for any host, and so is one of the registry that the host stands for. */
export function isForAnyHost({ rule }: RuleDraft): boolean {
  return rule.static !== undefined || rule.registry !== undefined;
}

/** Whether the second rule gets none of the images of its pattern, since the first one has taken them. */
export function takesAll(
  first: RuleDraft,
  second: RuleDraft,
  pattern: Pattern,
  territories: Territories,
): boolean {
  if (isForAnyHost(first)) return true;
  if (isForAnyHost(second)) return first.clouds.some((section) => territories.isWithin(pattern, section));
  const wanted = territories.met(pattern).filter((section) => second.clouds.includes(section));
  return wanted.length > 0 && wanted.every((section) => first.clouds.includes(section));
}

export function patternsOf({ patterns }: RuleDraft): readonly Pattern[] {
  return patterns.filter((pattern) => pattern !== undefined);
}
