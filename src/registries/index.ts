import type { ImageReference } from "../image.ts";
import { acr } from "./acr.ts";
import { artifactRegistry } from "./artifact-registry.ts";
import { ecr } from "./ecr.ts";
import { ecrPublic } from "./ecr-public.ts";
import type { Registry, RegistryFamily } from "./registry.ts";

/** Every family; no host belongs to two, so their order has no meaning. */
export const families: readonly RegistryFamily[] = [ecr, ecrPublic, artifactRegistry, acr];

/** The registry of an image, or undefined where it is nobody's here. */
export function findRegistry(image: ImageReference): Registry | undefined {
  for (const family of families) {
    const registry = family.match(image.host);
    if (registry !== undefined) return registry;
  }
  return undefined;
}
