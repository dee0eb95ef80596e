import { AZURE_CLOUDS, type AzureCloud } from "../clouds/azure/clouds.ts";
import type { ListNames, RegistryHost } from "../core/image-reference.ts";
import type { LoginCache, LoginResult } from "../core/login.ts";
import type { World } from "../core/world.ts";
import { readJwtExpiry } from "../formats/jwt.ts";
import { resolveAzureIdentity } from "../identities/azure.ts";
import type { LoginContext } from "../identities/identity.ts";
import { podBehind } from "../identities/subject-token.ts";
import { hourOrLifeButMargin } from "./cache-duration.ts";
import type { Coordinates, Registry, RegistryFamily } from "./registry.ts";

/** `<name>` or, with a domain name label, `<name>-<hash>`: registry names themselves hold no hyphen. */
const REGISTRY = /^[a-z0-9]{1,50}(-[a-z0-9]+)?$/;
const REGION = /^[a-z][a-z0-9]*$/;

/** ACR's sign that the password is a token of its own (Azure/acr `docs/AAD-OAuth.md`). */
const USERNAME = "00000000-0000-0000-0000-000000000000";

/**
 * Azure Container Registry: `<name>[-<hash>].<suffix>` and `<name>[-<hash>].<region>.geo.<suffix>`. Data endpoints
 * (`.data.`) and private links (`.privatelink.`) take no login.
 */
export const acr: RegistryFamily = familyOf(AZURE_CLOUDS);

/**
 * The same in a cloud that only a file of the node describes.
 *
 * @returns undefined where there is none
 * @throws ProviderError `azure-environment-file-invalid`, `file-*`
 */
export async function customAcr(world: World): Promise<RegistryFamily | undefined> {
  if (!world.env.AZURE_ENVIRONMENT_FILEPATH) return undefined;
  const { readCustomCloud } = await import("../clouds/azure/environment-file.ts");
  const cloud = await readCustomCloud(world);
  return cloud && familyOf([cloud]);
}

function familyOf(clouds: readonly AzureCloud[]): RegistryFamily {
  const suffixes = clouds.map(({ suffix }) => suffix.join("."));
  const listNames = listNamesUnder(suffixes);
  return {
    name: "acr",
    matchImages: suffixes.flatMap((suffix) => [`*.${suffix}`, `*.*.geo.${suffix}`]),
    match: (host) => {
      const cloud = clouds.find((one) => isUnder(host, one));
      return cloud && registryOf(host, cloud, listNames);
    },
    listNames,
  };
}

/** Lists a registry's global name and its regional names, which exist in each region with a replica: the name does not tell which. */
function listNamesUnder(suffixes: readonly string[]): ListNames {
  const ends = suffixes.map((suffix) => `.${suffix}`);
  return (name) => {
    const end = ends.find((one) => name.endsWith(one));
    if (end === undefined) return [];
    const [own = "", region, geo] = name.slice(0, -end.length).split(".");
    if (region !== undefined && geo !== "geo") return [];
    return [{ host: own + end }, { host: `${own}.*.geo${end}` }];
  };
}

function isUnder(host: RegistryHost, { suffix }: AzureCloud): boolean {
  return host.labels.slice(-suffix.length).join(".") === suffix.join(".");
}

function registryOf(host: RegistryHost, cloud: AzureCloud, listNames: ListNames): Registry | undefined {
  const coordinates = coordinatesOf(host.labels.slice(0, -cloud.suffix.length), cloud.name, host);
  if (coordinates === undefined) return undefined;
  return {
    family: "acr",
    host,
    coordinates,
    listNames,
    login: (asker, world, logins) => logIn(host, cloud, asker, world, logins),
  };
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

/** An Entra token of whoever it is to be, exchanged for the registry's own. */
async function logIn(
  host: RegistryHost,
  cloud: AzureCloud,
  asker: LoginContext,
  world: World,
  logins: LoginCache,
): Promise<LoginResult> {
  const identity = resolveAzureIdentity(asker, { audience: cloud.audience, env: world.env });
  const { credentialSource } = identity;
  const login = await logins({
    identity,
    pod: podBehind(credentialSource),
    files: [
      credentialSource.kind === "node"
        ? credentialSource.azureConfigPath
        : "file" in credentialSource
          ? credentialSource.file
          : undefined,
    ],
    fetch: async (within) => {
      const { fetchAcrRefreshToken } = await import("../clouds/azure/acr-token.ts");
      const { subjectTokens } = await import("../clouds/subject-tokens.ts");
      const password = await fetchAcrRefreshToken(host.name, cloud, identity, subjectTokens(within), within);
      return { username: USERNAME, password, expiresAt: readJwtExpiry(password) };
    },
  });
  return { kind: "login", ...login, cacheFor: hourOrLifeButMargin(login.expiresAt, world.now()) };
}
