import type { StaticRule } from "../config/schema.ts";
import { ProviderError } from "../errors.ts";
import { requireAllowed } from "../identities/identity.ts";
import type { RegistryHost } from "../image.ts";
import type { Registry } from "./registry.ts";

/** Any registry for which a rule has a login in a file. */
export function staticRegistry(host: RegistryHost, _rule: StaticRule): Registry {
  return {
    family: "static",
    host,
    coordinates: { partition: "static", endpoint: `https://${host.name}` },
    login: async (asker) => {
      requireAllowed(asker);
      throw new ProviderError("internal", { detail: "static logins are not there yet" });
    },
  };
}
