import type { RegistryHost, RegistryName } from "../../core/image-reference.ts";
import { type CustomDomain, listRegistryNames, listUnclaimedNames } from "../names.ts";
import { canOverlap, covers, matchesHost, type Pattern, parseExactHost, parsePattern } from "../pattern.ts";
import type { Section } from "../policy.ts";
import type { Rule } from "../schema.ts";
import type { KnownRegistries } from "./known-registries.ts";

/** A pattern for other names of a registry. */
interface AliasPattern {
  readonly pattern: Pattern;
  readonly translatePath: RegistryName["translatePath"];
}

/**
 * Selects the aliases of a pattern. "all": they match the same images; if a path had to be translated, perhaps more.
 * "with the same path": they match only images of the pattern.
 */
type AliasSelection = "all" | "with the same path";

/** The clouds that hosts belong to, and the other names of registries. */
export class CloudHostIndex {
  readonly #known: readonly KnownRegistries[];
  readonly #patterns: readonly { readonly pattern: Pattern; readonly family: KnownRegistries }[];
  readonly #domains: readonly CustomDomain[];
  /** The aliases of each host, or pattern of hosts, that was looked up. */
  readonly #aliases = new Map<string, readonly AliasPattern[]>();

  constructor(known: readonly KnownRegistries[], domains: readonly CustomDomain[]) {
    this.#known = known;
    this.#domains = domains;
    this.#patterns = known.flatMap((family) =>
      family.matchImages.flatMap((text) => {
        const pattern = parsePattern(text);
        return pattern === undefined ? [] : [{ pattern, family }];
      }),
    );
  }

  /** Returns the clouds with hosts that the pattern matches. Registries of clouds have no port. */
  cloudsMatching(pattern: Pattern): readonly Section[] {
    if (pattern.port !== "") return [];
    const host = parseExactHost(pattern);
    const matching = this.#patterns.filter((own) =>
      host === undefined
        ? canOverlap(own.pattern.labels, pattern.labels)
        : matchesHost(own.pattern, host.name) && own.family.isOwn(host),
    );
    return [...new Set(matching.map(({ family }) => family.section))];
  }

  findCloud(host: RegistryHost): Section | undefined {
    const pattern = parsePattern(host.name);
    return pattern && this.cloudsMatching(pattern)[0];
  }

  /** Reports whether all hosts of the pattern belong to the cloud. */
  isOwnedBy(pattern: Pattern, section: Section): boolean {
    if (parseExactHost(pattern) !== undefined) return this.cloudsMatching(pattern).includes(section);
    return this.#patterns.some((own) => own.family.section === section && covers(own.pattern, pattern));
  }

  /** Returns the patterns that match images of the pattern under the other names of their registries. */
  listAliasPatterns(pattern: Pattern, selection: AliasSelection): readonly Pattern[] {
    const own = this.#translatePattern(pattern, selection);
    const registries = [pattern, ...own].flatMap((name) => this.#resolveDomains(name, selection));
    return [...own, ...registries, ...registries.flatMap((name) => this.#translatePattern(name, selection))];
  }

  /** Returns the patterns under the names that the cloud itself gives the registry. */
  #translatePattern(name: Pattern, selection: AliasSelection): readonly Pattern[] {
    return this.#listAliases(formatHost(name)).flatMap(({ pattern, translatePath }) => {
      if (translatePath === undefined) return [{ ...pattern, path: name.path }];
      const path = selection === "all" ? translatePath(name.path) : undefined;
      return path === undefined ? [] : [{ ...pattern, path }];
    });
  }

  /**
   * Returns the patterns for the registries that hosts of the pattern stand for. A pattern with a `*` also matches other hosts,
   * so it is not equal to those patterns but wider.
   */
  #resolveDomains(name: Pattern, selection: AliasSelection): readonly Pattern[] {
    const host = formatHost(name);
    if (host.includes("*") && selection === "all") return [];
    return this.#domains.flatMap(({ domain, registry }) => {
      const isSameHost = host.includes("*") ? matchesHost(name, domain.host.name) : domain.host.name === host;
      if (!isSameHost) return [];
      if (domain.path.every((segment, index) => segment === name.path[index]))
        return [{ ...registry, path: name.path }];
      const isBelow = name.path.every((segment, index) => segment === domain.path[index]);
      return isBelow && selection === "with the same path" ? [registry] : [];
    });
  }

  /** Returns the hosts under which the registry at a host serves its images. */
  listHosts(host: RegistryHost): readonly string[] {
    const find = (one: RegistryHost) => this.#known.find(({ isOwn }) => isOwn(one));
    return listRegistryNames(host, find, this.#domains).map((name) => name.host);
  }

  /** Finds a rule that makes the host stand for a registry other than the given one. */
  findOtherRegistry(host: RegistryHost, registry: RegistryHost): CustomDomain | undefined {
    const names = this.#listNamesWithSamePath(host);
    return this.#domains.find(
      ({ domain, registry: { host: other } }) =>
        names.includes(domain.host.name) &&
        other.name !== registry.name &&
        !this.isSameRegistry(registry, other),
    );
  }

  /** Reports whether two hosts are names of one registry, with the same paths. */
  isSameRegistry(one: RegistryHost, other: RegistryHost): boolean {
    const pattern = parsePattern(other.name);
    return (
      pattern !== undefined && this.#listNamesWithSamePath(one).some((name) => matchesHost(pattern, name))
    );
  }

  #listNamesWithSamePath({ name }: RegistryHost): readonly string[] {
    const aliases = this.#listAliases(name).filter(({ translatePath }) => translatePath === undefined);
    return [name, ...aliases.map(({ pattern }) => formatHost(pattern))];
  }

  #listAliases(name: string): readonly AliasPattern[] {
    const cached = this.#aliases.get(name);
    if (cached !== undefined) return cached;
    const known = this.#known.flatMap(({ listNames }) => listNames(name));
    const aliases = (known.length > 0 ? known : listUnclaimedNames(name)).flatMap(
      ({ host, translatePath }) => {
        const pattern = host === name ? undefined : parsePattern(host);
        return pattern === undefined ? [] : [{ pattern, translatePath }];
      },
    );
    this.#aliases.set(name, aliases);
    return aliases;
  }
}

function formatHost({ labels, port }: Pattern): string {
  return labels.join(".") + port;
}

/** Reports whether a rule can be for any host, not only for hosts of its clouds. */
export function isForAnyHost(rule: Rule): boolean {
  return rule.static !== undefined || rule.registry !== undefined;
}
