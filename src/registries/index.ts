import type { Rule } from "../config/schema.ts";
import type { RegistryHost } from "../core/image-reference.ts";
import type { World } from "../core/world.ts";
import { acr, loadCustomAcr } from "./acr.ts";
import { artifactRegistry } from "./artifact-registry.ts";
import { ecr } from "./ecr.ts";
import { ecrPublic } from "./ecr-public.ts";
import type { Registry, RegistryFamily } from "./registry.ts";
import { createStaticRegistry } from "./static.ts";

/** The built-in families. No host belongs to two of them, so their order does not matter. */
export const FAMILIES: readonly RegistryFamily[] = [ecr, ecrPublic, artifactRegistry, acr];

/** Returns the registry of a host; undefined: unsupported. A rule with a static login makes any host a registry. */
export function findRegistry(host: RegistryHost, rule?: Rule): Registry | undefined {
  if (rule?.static !== undefined) return createStaticRegistry(host, rule.static);
  for (const family of FAMILIES) {
    const registry = family.match(host);
    if (registry !== undefined) return registry;
  }
  return undefined;
}

/** The registries that one run supports: the built-in families, and the one that a file of this node describes. */
export class SupportedRegistries {
  readonly #world: World;
  #customFamily: Promise<RegistryFamily | undefined> | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  readonly find = findRegistry;

  /** Reads the file once per run. */
  loadCustomFamily(): Promise<RegistryFamily | undefined> {
    this.#customFamily ??= loadCustomAcr(this.#world);
    return this.#customFamily;
  }

  async listFamilies(): Promise<readonly RegistryFamily[]> {
    const custom = await this.loadCustomFamily();
    return custom === undefined ? FAMILIES : [...FAMILIES, custom];
  }
}
