import type { StaticRule } from "../config/schema.ts";
import type { RegistryHost } from "../core/image-reference.ts";
import type { Registry } from "./registry.ts";

/** Any registry for which a rule has a login. */
export function staticRegistry(host: RegistryHost, rule: StaticRule): Registry {
  return {
    family: "static",
    host,
    coordinates: { partition: "static", endpoint: `https://${host.name}` },
    login: async (asker, world) => {
      const { logIn } = await import("./static-login.ts");
      return logIn(host, rule, asker, world);
    },
  };
}
