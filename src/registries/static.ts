import type { StaticRule } from "../config/schema.ts";
import type { RegistryHost } from "../core/image-reference.ts";
import { requireAllowed } from "../identities/identity.ts";
import type { Registry } from "./registry.ts";

/** Any host, with the static login of a rule. */
export function createStaticRegistry(host: RegistryHost, rule: StaticRule): Registry {
  return {
    family: "static",
    section: "static",
    host,
    coordinates: { partition: "static", endpoint: `https://${host.name}` },
    prepareLogin: (context) => {
      requireAllowed(context);
      return {
        identity: { pod: undefined },
        files: [],
        isCacheable: false,
        fetch: async (world) => {
          const { readStaticLogin } = await import("./static-login.ts");
          return readStaticLogin(host, rule, context, world);
        },
      };
    },
    // Only an identity token states its expiry.
    cacheDuration: (expiresAt = Number.POSITIVE_INFINITY, now) => expiresAt - now,
  };
}
