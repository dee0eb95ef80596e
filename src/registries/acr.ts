import { AZURE_CLOUDS, type AzureCloud } from "../clouds/azure/clouds.ts";
import type { ListNames, RegistryHost } from "../core/image-reference.ts";
import type { PreparedLogin } from "../core/login.ts";
import { HOUR, MINUTE, type Milliseconds } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { readJwtExpiry } from "../formats/jwt.ts";
import { type AzureCredentialSource, resolveAzureIdentity } from "../identities/azure.ts";
import type { LoginContext } from "../identities/identity.ts";
import { computeRemainingLifetime, zeroIfTooShort } from "./lifetime.ts";
import type { Coordinates, Registry, RegistryFamily } from "./registry.ts";

/** `<name>`, or `<name>-<hash>` with a domain name label. Registry names themselves contain no hyphen. */
const REGISTRY = /^[a-z0-9]{1,50}(-[a-z0-9]+)?$/;
const REGION = /^[a-z][a-z0-9]*$/;

/** The user name that marks the password as an ACR refresh token (Azure/acr `docs/AAD-OAuth.md`). */
const USERNAME = "00000000-0000-0000-0000-000000000000";

/**
 * Azure Container Registry: `<name>[-<hash>].<suffix>` and `<name>[-<hash>].<region>.geo.<suffix>`. Data endpoints
 * (`.data.`) and private links (`.privatelink.`) accept no login.
 */
export const acr: RegistryFamily = createAcrFamily(AZURE_CLOUDS);

/**
 * Returns ACR in the custom Azure cloud that AZURE_ENVIRONMENT_FILEPATH describes, such as Azure Stack Hub; undefined without
 * the variable.
 *
 * @throws ProviderError `azure-environment-file-invalid`, `file-*`
 */
export async function loadCustomAcr(world: World): Promise<RegistryFamily | undefined> {
  if (!world.env.AZURE_ENVIRONMENT_FILEPATH) return undefined;
  const { readCustomCloud } = await import("../clouds/azure/environment-file.ts");
  const cloud = await readCustomCloud(world);
  return cloud && createAcrFamily([cloud]);
}

function createAcrFamily(clouds: readonly AzureCloud[]): RegistryFamily {
  const suffixes = clouds.map(({ suffix }) => suffix.join("."));
  const listNames = listNamesUnder(suffixes);
  return {
    name: "acr",
    section: "azure",
    matchImages: suffixes.flatMap((suffix) => [`*.${suffix}`, `*.*.geo.${suffix}`]),
    match: (host) => {
      const cloud = clouds.find(
        ({ suffix }) => host.labels.slice(-suffix.length).join(".") === suffix.join("."),
      );
      const coordinates = cloud && parseAcrHost(host, cloud);
      return coordinates && createAcrRegistry(host, cloud, coordinates, listNames);
    },
    listNames,
  };
}

/** Lists a registry's global name and its regional names. A region has one if it has a replica, which the name does not tell. */
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

function parseAcrHost(host: RegistryHost, cloud: AzureCloud): Coordinates | undefined {
  const [name = "", region, geo, ...more] = host.labels.slice(0, -cloud.suffix.length);
  if (!REGISTRY.test(name) || more.length > 0) return undefined;
  const coordinates = { partition: cloud.name, endpoint: `https://${host.name}/oauth2/exchange` };
  if (region === undefined) return coordinates;
  return geo === "geo" && REGION.test(region) ? { ...coordinates, region } : undefined;
}

function createAcrRegistry(
  host: RegistryHost,
  cloud: AzureCloud,
  coordinates: Coordinates,
  listNames: ListNames,
): Registry {
  return {
    family: "acr",
    section: "azure",
    host,
    coordinates,
    listNames,
    prepareLogin: (context) => prepareAcrLogin(host, cloud, context),
    cacheDuration: acrCacheDuration,
  };
}

function prepareAcrLogin(host: RegistryHost, cloud: AzureCloud, context: LoginContext): PreparedLogin {
  const identity = resolveAzureIdentity(context, cloud.audience);
  const file = findIdentityFile(identity.credentialSource);
  return {
    identity,
    files: file === undefined ? [] : [file],
    isCacheable: true,
    fetch: async (world) => {
      const { fetchAcrRefreshToken } = await import("../clouds/azure/acr-token.ts");
      const { createSubjectTokenGetter } = await import("../clouds/subject-tokens.ts");
      const password = await fetchAcrRefreshToken(
        host.name,
        cloud,
        identity,
        createSubjectTokenGetter(world),
        world,
      );
      return { username: USERNAME, password, expiresAt: readJwtExpiry(password) };
    },
  };
}

function findIdentityFile(source: AzureCredentialSource): string | undefined {
  if (source.kind === "node") return source.azureConfigPath;
  return source.kind === "assertion" ? undefined : source.file;
}

/**
 * The remaining lifetime minus 5 min, at most an hour: after that a role that was removed, or a registry's switch to ABAC, takes
 * effect.
 */
export function acrCacheDuration(expiresAt: Milliseconds | undefined, now: Milliseconds): Milliseconds {
  return zeroIfTooShort(Math.min(computeRemainingLifetime(expiresAt, now, "exchange") - 5 * MINUTE, HOUR));
}
