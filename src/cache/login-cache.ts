import type { LoginCache, PreparedLogin } from "../core/login.ts";
import type { World } from "../core/world.ts";
import type { CacheScope } from "./cache-key.ts";
import { Slot } from "./cached-login.ts";
import type { Vault } from "./sealed-store.ts";

/**
 * Logins from the cache. A fresh one is served by what is loaded here, which asks nobody; all else is in `single-flight.ts`.
 *
 * @param vault asked for it with the first errand; undefined: there is no cache
 */
export function cachedLogins(vault: () => Vault | undefined, purpose: CacheScope, world: World): LoginCache {
  return async (errand) => {
    const opened = mayBeKept(errand) ? vault() : undefined;
    if (opened === undefined) return errand.fetch(world);
    const slot = new Slot(opened, purpose, errand, world);
    const found = slot.find();
    if (found?.state === "fresh") {
      slot.countHit();
      return found.login;
    }
    const { fetchOnce } = await import("./single-flight.ts");
    return fetchOnce(errand, slot, world);
  };
}

/** A token without the uid of its ServiceAccount does not tell it from a later one of the same name. */
function mayBeKept({ pod }: PreparedLogin): boolean {
  return pod === undefined || pod.uid !== undefined;
}
