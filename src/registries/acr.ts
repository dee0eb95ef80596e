import { expiryOf } from "../clouds/jwt.ts";
import { type AzureAccess, azureAccess } from "../identities/azure.ts";
import type { RegistryHost } from "../image.ts";
import type { LoginResult } from "../login.ts";
import { subjectTokens } from "../subject-token.ts";
import type { World } from "../world.ts";
import { hourOrLifeButMargin } from "./cache-for.ts";
import type { Coordinates, RegistryFamily } from "./registry.ts";

/** One Azure cloud and the suffix of its registries. `azurecr.de` is closed and belongs to nobody's pulls any more. */
const SUFFIXES = [
  { labels: ["azurecr", "io"], cloud: "AzureCloud" },
  { labels: ["azurecr", "cn"], cloud: "AzureChinaCloud" },
  { labels: ["azurecr", "us"], cloud: "AzureUSGovernment" },
  { labels: ["azurecr", "sovcloud-azure", "fr"], cloud: "AzureBleuCloud" },
  { labels: ["azurecr", "sovcloud-azure", "de"], cloud: "AzureDelosCloud" },
] as const;

/** `<name>` or, with a domain name label, `<name>-<hash>`: registry names themselves hold no hyphen. */
const REGISTRY = /^[a-z0-9]{1,50}(-[a-z0-9]+)?$/;
const REGION = /^[a-z][a-z0-9]*$/;

/** What federated credentials are for by default (Entra "Workload identity federation", national clouds). */
const AUDIENCE = "api://AzureADTokenExchange";
const AUDIENCES: Readonly<Record<string, string>> = {
  AzureUSGovernment: "api://AzureADTokenExchangeUSGov",
  AzureChinaCloud: "api://AzureADTokenExchangeChina",
};

/** ACR's sign that the password is a token of its own (Azure/acr `docs/AAD-OAuth.md`). */
const USERNAME = "00000000-0000-0000-0000-000000000000";

/**
 * Azure Container Registry: `<name>[-<hash>].<suffix>` and `<name>[-<hash>].<region>.geo.<suffix>`. Data endpoints
 * (`.data.`) and private links (`.privatelink.`) take no login.
 */
export const acr: RegistryFamily = {
  name: "acr",
  matchImages: SUFFIXES.flatMap(({ labels }) => [`*.${labels.join(".")}`, `*.*.geo.${labels.join(".")}`]),
  match: (host) => {
    const coordinates = read(host);
    if (coordinates === undefined) return undefined;
    return {
      family: "acr",
      host,
      coordinates,
      login: async (asker, world) => {
        const around = { now: world.now(), audience: AUDIENCES[coordinates.partition] ?? AUDIENCE };
        return logIn(host, coordinates.partition, azureAccess(asker, around), world);
      },
    };
  },
};

function read(host: RegistryHost): Coordinates | undefined {
  for (const { labels, cloud } of SUFFIXES) {
    const own = host.labels.slice(0, -labels.length);
    if (host.labels.slice(own.length).join(".") !== labels.join(".")) continue;
    return coordinatesOf(own, cloud, host);
  }
  return undefined;
}

function coordinatesOf(
  own: readonly string[],
  partition: string,
  host: RegistryHost,
): Coordinates | undefined {
  const [name = "", region, geo, ...more] = own;
  if (!REGISTRY.test(name) || more.length > 0) return undefined;
  const endpoint = `https://${host.name}/oauth2/exchange`;
  if (region === undefined) return { partition, endpoint };
  return geo === "geo" && REGION.test(region) ? { partition, endpoint, region } : undefined;
}

/** An Entra token of the node, exchanged for the registry's own. */
async function logIn(
  host: RegistryHost,
  cloud: string,
  access: AzureAccess,
  world: World,
): Promise<LoginResult> {
  const { refreshToken } = await import("../clouds/azure.ts");
  const password = await refreshToken(host.name, cloud, access, subjectTokens(world), world);
  const cacheFor = hourOrLifeButMargin(expiryOf(password.expose()), world.now());
  return { kind: "login", username: USERNAME, password, cacheFor };
}
