import type { Rule } from "../config/schema.ts";
import type { RegistryHost } from "../core/image-reference.ts";
import type { World } from "../core/world.ts";
import { acr, customAcr } from "./acr.ts";
import { artifactRegistry } from "./artifact-registry.ts";
import { ecr } from "./ecr.ts";
import { ecrPublic } from "./ecr-public.ts";
import type { Registry, RegistryFamily } from "./registry.ts";
import { staticRegistry } from "./static.ts";

/** Every family that is known by its hosts; no host belongs to two, so their order has no meaning. */
export const families: readonly RegistryFamily[] = [ecr, ecrPublic, artifactRegistry, acr];

/** The registry of a host, or undefined where it is nobody's here. A rule may make any host one with a static login. */
export function findRegistry(host: RegistryHost, rule?: Rule): Registry | undefined {
  if (rule?.static !== undefined) return staticRegistry(host, rule.static);
  for (const family of families) {
    const registry = family.match(host);
    if (registry !== undefined) return registry;
  }
  return undefined;
}

/** Read once in a run: rules are checked against it, and then asked. */
const found = new WeakMap<World, ReturnType<typeof customAcr>>();

/**
 * A family that a file of the node describes; undefined where none is named.
 *
 * @throws ProviderError of a file that is named and cannot be used: whose a host is would be a guess then
 */
export function loadCustomFamily(world: World): Promise<RegistryFamily | undefined> {
  const family = found.get(world) ?? customAcr(world);
  found.set(world, family);
  return family;
}

/** All families whose hosts this node knows. */
export async function listFamilies(world: World): Promise<readonly RegistryFamily[]> {
  const own = await loadCustomFamily(world);
  return own === undefined ? families : [...families, own];
}
