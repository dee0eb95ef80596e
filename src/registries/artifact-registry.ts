import { GOOGLE_CLOUD } from "../clouds/google/services.ts";
import type { RegistryHost, RegistryName } from "../core/image-reference.ts";
import type { LoginCache, LoginResult } from "../core/login.ts";
import type { World } from "../core/world.ts";
import { resolveGoogleIdentity } from "../identities/google.ts";
import type { LoginContext } from "../identities/identity.ts";
import { podBehind } from "../identities/subject-token.ts";
import { lifeButMargin } from "./cache-duration.ts";
import type { Registry, RegistryFamily } from "./registry.ts";

/** The node's own token is the password: nothing is exchanged, so only the metadata service is asked. */
const METADATA = "http://metadata.google.internal";
const USERNAME = "oauth2accesstoken";

/** What the name of a registry says. */
interface Place {
  readonly universe: string;
  readonly location?: string;
}

/** `us`, `europe`, `europe-west12` */
const LOCATION = /^[a-z]+(-[a-z]+[1-9][0-9]?)?$/;
/** `u-germany-northeast1`: the partners' clouds known so far put `u-` before. */
const PARTNER_LOCATION = /^(u-)?[a-z]+(-[a-z]+[1-9][0-9]?)?$/;
/** Google alone can register names under `goog`. */
const PARTNER_LABEL = /^pkg-([a-z0-9]([a-z0-9-]*[a-z0-9])?)$/;

/** Partner clouds whose names follow no pattern: registry domain → universe. */
const PARTNER_UNIVERSES: ReadonlyMap<string, string> = new Map([
  ["s3nsregistry.fr", "s3nsapis.fr"],
  ["qs3nsregistry.fr", "qs3nsapis.fr"],
]);

/** Artifact Registry, what is left of Container Registry's names, and both in the clouds that partners run. */
export const artifactRegistry: RegistryFamily = {
  name: "artifact-registry",
  matchImages: [
    "gcr.io",
    "*.gcr.io",
    "container.cloud.google.com",
    "*.pkg.dev",
    "docker.*.rep.pkg.dev",
    "*.pkg-*.goog",
    ...[...PARTNER_UNIVERSES.keys()].map((domain) => `*.${domain}`),
  ],
  match: (host) => {
    const place =
      containerRegistry(host) ?? packageDomain(host) ?? regionalEndpoint(host) ?? partnerCloud(host);
    return place && registryOf(host, place);
  },
  listNames,
};

/** Hosts of Container Registry → the location of the Artifact Registry repository that they serve (Google's "gcr.io repositories"). */
const GCR_LOCATIONS: ReadonlyMap<string, string> = new Map([
  ["gcr.io", "us"],
  ["container.cloud.google.com", "us"],
  ["us.gcr.io", "us"],
  ["eu.gcr.io", "europe"],
  ["asia.gcr.io", "asia"],
]);

/**
 * The hosts of Container Registry that take a login (Google Cloud CLI, `DEFAULT_REGISTRIES_TO_AUTHENTICATE`). Its other hosts,
 * such as `k8s.gcr.io` and the mirrors of Docker Hub, serve public images only.
 */
const GCR_HOSTS: ReadonlySet<string> = new Set([
  ...GCR_LOCATIONS.keys(),
  "marketplace.gcr.io",
  "staging-k8s.gcr.io",
]);

function listNames(name: string): readonly RegistryName[] {
  const gcrLocation = GCR_LOCATIONS.get(name);
  if (gcrLocation !== undefined) return listGcrNames(name, gcrLocation);
  const location = parseLocation(name);
  if (location !== undefined) return [...listLocationNames(location), ...listGcrNamesInLocation(location)];
  const [, ...domain] = name.split(".");
  if (partnerUniverse(domain) === undefined) return [];
  // A partner's cloud has one location.
  return ["docker", "*-docker"].map((first) => ({ host: [first, ...domain].join(".") }));
}

/** Returns the location in a host name. It may hold a `*`. */
function parseLocation(name: string): string | undefined {
  const found =
    /^(?:([a-z0-9*-]+)-docker|\*)\.pkg\.dev$/.exec(name) ??
    /^docker\.([a-z0-9*-]+)\.rep\.pkg\.dev$/.exec(name);
  return found === null ? undefined : (found[1] ?? "*");
}

function listLocationNames(location: string): readonly RegistryName[] {
  return [{ host: `${location}-docker.pkg.dev` }, { host: `docker.${location}.rep.pkg.dev` }];
}

function listGcrNames(name: string, location: string): readonly RegistryName[] {
  const repository = gcrRepository(name);
  const same = [...GCR_LOCATIONS.keys()].filter((host) => gcrRepository(host) === repository);
  const translatePath = ([...segments]: readonly string[]) => {
    const length = countProjectSegments(segments);
    return segments.length < length ? segments : segments.toSpliced(length, 0, repository);
  };
  const translated = listLocationNames(location).map(({ host }) => ({ host, translatePath }));
  return [...same.map((host) => ({ host })), ...translated];
}

function listGcrNamesInLocation(location: string): readonly RegistryName[] {
  const hosts = [...GCR_LOCATIONS].filter(([, own]) => own === location);
  return hosts.map(([host]) => ({
    host,
    isPartial: true,
    translatePath: (segments) => {
      const length = countProjectSegments(segments);
      return segments[length] === gcrRepository(host) ? segments.toSpliced(length, 1) : undefined;
    },
  }));
}

/** Returns the repository that a host serves. It has the host's name: `us-docker.pkg.dev/PROJECT/gcr.io`. */
function gcrRepository(host: string): string {
  return host === "container.cloud.google.com" ? "gcr.io" : host;
}

/** A project is `PROJECT`, or `DOMAIN/PROJECT` for a domain-scoped one. Only the domain may hold a dot. */
function countProjectSegments([first = ""]: readonly string[]): number {
  return first.includes(".") ? 2 : 1;
}

function containerRegistry({ name }: RegistryHost): Place | undefined {
  return GCR_HOSTS.has(name) ? { universe: GOOGLE_CLOUD } : undefined;
}

/** `<location>-docker.pkg.dev` */
function packageDomain({ labels }: RegistryHost): Place | undefined {
  const [first = "", ...domain] = labels;
  if (domain.join(".") !== "pkg.dev" || !first.endsWith("-docker")) return undefined;
  const location = first.slice(0, -"-docker".length);
  return LOCATION.test(location) ? { universe: GOOGLE_CLOUD, location } : undefined;
}

/** `docker.<location>.rep.pkg.dev` */
function regionalEndpoint({ labels }: RegistryHost): Place | undefined {
  const [format, location = "", ...domain] = labels;
  if (format !== "docker" || domain.join(".") !== "rep.pkg.dev") return undefined;
  return LOCATION.test(location) ? { universe: GOOGLE_CLOUD, location } : undefined;
}

/** `docker.<domain>` and `<location>-docker.<domain>`: both are in the vendors' documents. */
function partnerCloud({ labels }: RegistryHost): Place | undefined {
  const [first = "", ...domain] = labels;
  const universe = partnerUniverse(domain);
  if (universe === undefined) return undefined;
  if (first === "docker") return { universe };
  const location = first.endsWith("-docker") ? first.slice(0, -"-docker".length) : "";
  return PARTNER_LOCATION.test(location) ? { universe, location } : undefined;
}

function partnerUniverse(domain: readonly string[]): string | undefined {
  const [label = "", top] = domain;
  const partner = domain.length === 2 && top === "goog" ? PARTNER_LABEL.exec(label)?.[1] : undefined;
  return partner === undefined ? PARTNER_UNIVERSES.get(domain.join(".")) : `apis-${partner}.goog`;
}

function registryOf(host: RegistryHost, place: Place): Registry {
  const region = place.location === undefined ? {} : { region: place.location };
  return {
    family: "artifact-registry",
    host,
    coordinates: { ...region, partition: place.universe, endpoint: METADATA },
    listNames,
    login: (asker, world, logins) => logIn(place, asker, world, logins),
  };
}

async function logIn(
  place: Place,
  asker: LoginContext,
  world: World,
  logins: LoginCache,
): Promise<LoginResult> {
  const identity = resolveGoogleIdentity(asker, {
    credentialsFile: world.env.GOOGLE_APPLICATION_CREDENTIALS,
  });
  const { credentialSource } = identity;
  const login = await logins({
    identity,
    pod: podBehind(credentialSource),
    files: [credentialSource.kind === "file" ? credentialSource.path : undefined],
    fetch: async (within) => {
      const { fetchGoogleAccessToken } = await import("../clouds/google/access-token.ts");
      const { subjectTokens } = await import("../clouds/subject-tokens.ts");
      const { token, expiresAt } = await fetchGoogleAccessToken(
        place.universe,
        identity,
        subjectTokens(within),
        within,
      );
      return { username: USERNAME, password: token, expiresAt };
    },
  });
  return { kind: "login", ...login, cacheFor: lifeButMargin(login.expiresAt, world.now()) };
}
