import { RegistryHost, type RegistryName } from "../../core/image-reference.ts";
import { type CustomDomain, listRegistryNames, listUnclaimedNames } from "../names.ts";
import type { ParsedRule } from "../parse-rules.ts";
import { canOverlap, matchesHost, type Pattern, parseExactHost, parsePattern } from "../pattern.ts";
import type { Section } from "../policy.ts";
import { CoverIndex } from "./cover-index.ts";
import type { KnownRegistries } from "./known-registries.ts";

/** A pattern for other names of a registry. */
interface NamePattern {
  readonly pattern: Pattern;
  readonly translatePath: RegistryName["translatePath"];
}

/** Which hosts belong to which cloud. */
export class CloudHostIndex {
  readonly #index = new CoverIndex<KnownRegistries>();
  readonly #all: { readonly pattern: Pattern; readonly family: KnownRegistries }[] = [];
  /** By host or pattern: many rules may be for one. */
  readonly #met = new Map<string, readonly Section[]>();
  readonly #known: readonly KnownRegistries[];
  readonly #domains: readonly CustomDomain[];
  /** By host. */
  readonly #domainsOfHost = new Map<string, CustomDomain[]>();
  /** By host or pattern. */
  readonly #names = new Map<string, readonly NamePattern[]>();

  constructor(known: readonly KnownRegistries[], domains: readonly CustomDomain[]) {
    this.#known = known;
    this.#domains = domains;
    for (const one of domains) {
      const { name } = one.domain.host;
      const same = this.#domainsOfHost.get(name);
      if (same === undefined) this.#domainsOfHost.set(name, [one]);
      else same.push(one);
    }
    for (const family of known) {
      for (const pattern of family.matchImages.flatMap((text) => parsePattern(text) ?? [])) {
        this.#index.add(pattern, family);
        this.#all.push({ pattern, family });
      }
    }
  }

  /** Clouds that have a host of this pattern. */
  cloudsMatching(pattern: Pattern): readonly Section[] {
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
    const met = this.#all.filter(({ pattern: own }) => canOverlap(own.labels, pattern.labels));
    return [...new Set(met.map((one) => one.family.section))];
  }

  findCloud(host: RegistryHost): Section | undefined {
    const pattern = parsePattern(host.name);
    return pattern && this.cloudsMatching(pattern)[0];
  }

  /**
   * Returns the patterns that match the same images under the other names of their registries. A pattern whose path had to be
   * translated may match more images than the given one.
   */
  listAliasPatterns(pattern: Pattern, which: "all" | "with the same path"): readonly Pattern[] {
    const own = this.#aliasPatternsWithoutDomains(pattern, which);
    const registries = [pattern, ...own].flatMap((name) => this.#patternsBehindDomains(name, which));
    return [
      ...own,
      ...registries,
      ...registries.flatMap((name) => this.#aliasPatternsWithoutDomains(name, which)),
    ];
  }

  /**
   * Returns the patterns for the registries that hosts of the pattern stand for. A pattern with a `*` has other hosts too: what
   * it matches includes the registry's images, but is not included in them.
   */
  #patternsBehindDomains(name: Pattern, which: "all" | "with the same path"): readonly Pattern[] {
    const text = formatHost(name);
    if (text.includes("*") && which === "all") return [];
    const domains = text.includes("*")
      ? this.#domains.filter(({ domain }) => matchesHost(name, domain.host.name))
      : (this.#domainsOfHost.get(text) ?? []);
    return domains.flatMap(({ domain: { path }, registry }) => {
      if (path.every((segment, index) => segment === name.path[index]))
        return [{ ...registry, path: name.path }];
      const isOwnedBy = name.path.every((segment, index) => segment === path[index]);
      return isOwnedBy && which === "with the same path" ? [registry] : [];
    });
  }

  /** Returns the hosts under which the registry at a host serves its images. */
  listHosts(host: RegistryHost): readonly string[] {
    const find = (one: RegistryHost) => this.#known.find(({ isOwn }) => isOwn(one));
    return listRegistryNames(host, find, this.#domains).map((name) => name.host);
  }

  /** Finds a rule's declaration that a host stands for another registry than the given one. */
  findOtherRegistry(host: RegistryHost, registry: RegistryHost): CustomDomain | undefined {
    return this.#listNamesWithSamePath(host)
      .flatMap((name) => this.#domainsOfHost.get(name) ?? [])
      .find(({ registry: { host: other } }) => {
        return other.name !== registry.name && !this.isSameRegistry(registry, other);
      });
  }

  /** Reports whether two hosts are names of one registry, with the same paths. */
  isSameRegistry(one: RegistryHost, other: RegistryHost): boolean {
    const pattern = parsePattern(other.name);
    return (
      pattern !== undefined && this.#listNamesWithSamePath(one).some((name) => matchesHost(pattern, name))
    );
  }

  #listNamesWithSamePath({ name }: RegistryHost): readonly string[] {
    const others = this.#listAliases(name).filter(({ translatePath }) => translatePath === undefined);
    return [name, ...others.map(({ pattern }) => formatHost(pattern))];
  }

  #aliasPatternsWithoutDomains(name: Pattern, which: "all" | "with the same path"): readonly Pattern[] {
    const found: Pattern[] = [];
    for (const { pattern, translatePath } of this.#listAliases(formatHost(name))) {
      if (translatePath !== undefined && which === "with the same path") continue;
      const translated = translatePath === undefined ? name.path : translatePath(name.path);
      if (translated !== undefined) found.push({ ...pattern, path: translated });
    }
    return found;
  }

  #listAliases(name: string): readonly NamePattern[] {
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
    if (parseExactHost(pattern) !== undefined) return this.cloudsMatching(pattern).includes(section);
    return this.#index.find(pattern, (family) => family.section === section) !== undefined;
  }
}

function formatHost({ labels, port }: Pattern): string {
  return labels.join(".") + port;
}

/** A login from a file is for any host, and so is one of the registry that the host stands for. */
export function isForAnyHost({ rule }: ParsedRule): boolean {
  return rule.static !== undefined || rule.registry !== undefined;
}

/** Whether the second rule gets none of the images of its pattern, since the first one has taken them. */
export function shadowsPattern(
  first: ParsedRule,
  second: ParsedRule,
  pattern: Pattern,
  territories: CloudHostIndex,
): boolean {
  if (isForAnyHost(first)) return true;
  const behind = second.rule.registry === undefined ? undefined : RegistryHost.parse(second.rule.registry);
  const cloud = behind && territories.findCloud(behind);
  if (isForAnyHost(second))
    return first.clouds.some((section) => section === cloud || territories.isWithin(pattern, section));
  const wanted = territories.cloudsMatching(pattern).filter((section) => second.clouds.includes(section));
  return wanted.length > 0 && wanted.every((section) => first.clouds.includes(section));
}

export function listValidPatterns({ patterns }: ParsedRule): readonly Pattern[] {
  return patterns.filter((pattern) => pattern !== undefined);
}
