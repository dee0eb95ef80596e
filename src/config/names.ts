import {
  type ImageAlias,
  type ImageReference,
  type ListNames,
  type RegistryHost,
  type RegistryName,
  translateImage,
} from "../core/image-reference.ts";
import { matches, matchesHost, type Pattern, parseExactHost, parsePattern } from "./pattern.ts";
import type { Rule } from "./schema.ts";

/** The names of Docker Hub (distribution/reference `normalize.go`). */
const DOCKER_HUB = ["docker.io", "index.docker.io", "registry-1.docker.io"];
/** The port of HTTPS. */
const DEFAULT_PORT = ":443";

/** Finds the family of a host, which lists the other names of the host's registry. */
export type FindNames = (host: RegistryHost) => { readonly listNames?: ListNames } | undefined;

/** A pattern for one host. */
interface ExactPattern extends Pattern {
  readonly host: RegistryHost;
}

/** Another host of a registry, declared by a rule with `registry`. Both patterns have the path to which the rule is limited. */
export interface CustomDomain {
  readonly domain: ExactPattern;
  readonly registry: ExactPattern;
}

export function listCustomDomains(rules: readonly Rule[]): readonly CustomDomain[] {
  return rules.flatMap(({ match, registry: name }) => {
    if (name === undefined) return [];
    return match.flatMap((text) => {
      const domain = parseExact(text);
      const registry = domain && parseExact([name, ...domain.path].join("/"));
      return domain === undefined || registry === undefined ? [] : [{ domain, registry }];
    });
  });
}

function parseExact(text: string): ExactPattern | undefined {
  const pattern = parsePattern(text);
  const host = pattern && parseExactHost(pattern);
  return host && { ...pattern, host };
}

/** Returns all names of the registry at a host, without custom domains, the host itself first. */
export function listOwnNames(host: RegistryHost, find: FindNames): readonly RegistryName[] {
  const { name } = host;
  const others = find(host)?.listNames?.(name) ?? listUnclaimedNames(name);
  return [{ host: name }, ...others.filter((other) => other.host !== name)];
}

/** Returns the names of a registry that belongs to no supported family. */
export function listUnclaimedNames(name: string): readonly RegistryName[] {
  if (DOCKER_HUB.includes(name)) return DOCKER_HUB.map((host) => ({ host }));
  if (name.endsWith(DEFAULT_PORT)) return [{ host: name.slice(0, -DEFAULT_PORT.length) }];
  return name.includes(":") ? [] : [{ host: name + DEFAULT_PORT }];
}

/** Reports whether the pattern's host is the name, or one of its names if it holds a `*`. */
function hasHost(pattern: ExactPattern, name: string): boolean {
  return name.includes("*") ? matchesHost(pattern, name) : pattern.host.name === name;
}

/** A name of a registry, and whether only some of its images have the name. */
export interface HostName {
  readonly host: string;
  readonly isPartial?: boolean;
}

/** Returns all names of the registry at a host, custom domains among them. */
export function listRegistryNames(
  host: RegistryHost,
  find: FindNames,
  domains: readonly CustomDomain[],
): readonly HostName[] {
  const found = new Map<string, HostName>();
  const add = (other: RegistryHost, isPartial: boolean) => {
    for (const own of listOwnNames(other, find))
      if (!found.has(own.host))
        found.set(own.host, { host: own.host, isPartial: isPartial || own.isPartial === true });
  };
  add(host, false);
  // The loop also visits the entries that it adds to the map.
  for (const { host: name, isPartial = false } of found.values())
    for (const { domain, registry } of domains) {
      if (hasHost(domain, name)) add(registry.host, isPartial || domain.path.length > 0);
      if (hasHost(registry, name)) add(domain.host, isPartial || domain.path.length > 0);
    }
  return [...found.values()];
}

/** Returns the image under each name of its registry. */
export function listImageAliases(
  image: ImageReference,
  find: FindNames,
  domains: readonly CustomDomain[],
): readonly ImageAlias[] {
  const found = new Map<string, ImageAlias>();
  const add = (host: RegistryHost, path: ImageAlias) => {
    for (const alias of translateImage(path, listOwnNames(host, find))) {
      const key = `${alias.host.name}/${alias.repository}`;
      if (!found.has(key)) found.set(key, alias);
    }
  };
  add(image.host, image);
  for (const alias of found.values())
    for (const { domain, registry } of domains) {
      if (hasHost(domain, alias.host.name) && matches(domain, alias)) add(registry.host, alias);
      if (hasHost(registry, alias.host.name) && matches(registry, alias)) add(domain.host, alias);
    }
  return [...found.values()];
}

/** Returns the registry that the image's host stands for, undefined if the host is no custom domain. */
export function findRegistryBehind(
  image: ImageReference,
  find: FindNames,
  domains: readonly CustomDomain[],
): RegistryHost | undefined {
  if (domains.length === 0) return undefined;
  const aliases = listImageAliases(image, find, []);
  return domains.find(({ domain }) => aliases.some((alias) => matches(domain, alias)))?.registry.host;
}
