import type { LoginCache, PreparedLogin } from "../core/login.ts";
import type { World } from "../core/world.ts";
import type { CacheScope } from "./cache-key.ts";
import { CachedLogin } from "./cached-login.ts";
import type { SealedStore } from "./sealed-store.ts";

/**
 * Logins from the cache. A fresh one is served by what is loaded here, which asks nobody; all else is in `single-flight.ts`.
 *
 * @param vault asked for it with the first errand; undefined: there is no cache
 */
export function createLoginCache(
  vault: () => SealedStore | undefined,
  purpose: CacheScope,
  world: World,
): LoginCache {
  return async (errand) => {
    const opened = isCacheable(errand) ? vault() : undefined;
    if (opened === undefined) return errand.fetch(world);
    const slot = new CachedLogin(opened, purpose, errand, world);
    const found = slot.findLogin();
    if (found?.state === "fresh") {
      slot.countHit();
      return found.login;
    }
    const { fetchOnce } = await import("./single-flight.ts");
    return fetchOnce(errand, slot, world);
  };
}

/** A token without the uid of its ServiceAccount does not tell it from a later one of the same name. */
function isCacheable({ pod }: PreparedLogin): boolean {
  return pod === undefined || pod.uid !== undefined;
}
