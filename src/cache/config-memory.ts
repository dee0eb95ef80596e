import type { ConfigMemory } from "../config/load.ts";
import type { Part } from "../config/part.ts";
import { isMapping } from "../json.ts";
import { VERSION } from "../version.ts";
import type { World } from "../world.ts";
import { attempt } from "./attempt.ts";
import { cacheDirectory } from "./place.ts";
import { type Vault, vaultAt } from "./vault.ts";

const FORMAT = "rules 2";

/**
 * In the cache's folder: the one that is known without the file. A file that names another is judged each time: it has the say where
 * things are kept, and whether. So no folder is made before it is read.
 */
export const configMemory: ConfigMemory = {
  recall: (basis, world) => {
    const place = isThere(world) ? placeFor(basis, world) : undefined;
    const content = place && attempt(() => place.vault.read(place.name), world);
    return isPart(content) ? content : undefined;
  },
  // Swept at once: whoever creates pods chooses the hosts.
  keep: async (basis, part, world) => {
    const place = part.cache === undefined ? placeFor(basis, world) : undefined;
    if (place === undefined) return;
    const { sweep } = await import("./sweep.ts");
    attempt(() => {
      place.vault.write(place.name, { ...part });
      sweep(place.vault, world);
    }, world);
  },
};

function isThere(world: World): boolean {
  const directory = cacheDirectory(undefined, world);
  return directory !== undefined && world.stampOf(directory) !== undefined;
}

function placeFor(
  basis: readonly string[],
  world: World,
): { readonly vault: Vault; readonly name: string } | undefined {
  const vault = vaultAt(cacheDirectory(undefined, world), world);
  return vault && { vault, name: `${vault.nameOf([FORMAT, VERSION, ...basis])}.rules` };
}

/** What is under this boot's seal was judged by this version of the program, before it was put there. */
function isPart(content: unknown): content is Part {
  return isMapping(content) && Array.isArray(content["rules"]) && Array.isArray(content["mirrors"]);
}
