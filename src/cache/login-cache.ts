import type { LoginCache, PreparedLogin } from "../core/login.ts";
import type { World } from "../core/world.ts";
import type { CacheScope } from "./cache-key.ts";
import { CachedLogin } from "./cached-login.ts";
import type { SealedStore } from "./sealed-store.ts";

/**
 * Returns the logins of a scope from the cache. A fresh login is served without a network request and without loading
 * `single-flight.ts`, which does everything else.
 *
 * @param openStore called for a cacheable login only; undefined: the cache is off or unusable
 */
export function createLoginCache(
  openStore: () => SealedStore | undefined,
  scope: CacheScope,
  world: World,
): LoginCache {
  return {
    getOrFetch: async (prepared) => {
      const store = isCacheable(prepared) ? openStore() : undefined;
      if (store === undefined) return prepared.fetch(world);
      const cached = new CachedLogin(store, scope, prepared, world);
      const found = cached.findLogin();
      if (found?.state === "fresh") {
        cached.countHit();
        return found.login;
      }
      const { fetchOnce } = await import("./single-flight.ts");
      return fetchOnce(prepared, cached, world);
    },
  };
}

/** A pod's login needs the UID of its ServiceAccount in the key: a recreated ServiceAccount has the same name. */
function isCacheable({ isCacheable, identity: { pod } }: PreparedLogin): boolean {
  return isCacheable && (pod === undefined || pod.uid !== undefined);
}
