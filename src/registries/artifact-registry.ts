import { GOOGLE_CLOUD } from "../clouds/google/services.ts";
import type { RegistryHost, RegistryName } from "../core/image-reference.ts";
import type { PreparedLogin } from "../core/login.ts";
import { MINUTE, type Milliseconds } from "../core/time.ts";
import { resolveGoogleIdentity } from "../identities/google.ts";
import type { LoginContext } from "../identities/identity.ts";
import { computeRemainingLifetime, zeroIfTooShort } from "./lifetime.ts";
import type { Registry, RegistryFamily } from "./registry.ts";

/** The password is the access token itself, so a node's login needs a request to the metadata server only. */
const METADATA = "http://metadata.google.internal";
const USERNAME = "oauth2accesstoken";

/** The universe and location in a registry name. */
interface RegistryLocation {
  readonly universe: string;
  readonly location?: string;
}

/** `us`, `europe`, `europe-west12` */
const LOCATION = /^[a-z]+(-[a-z]+[1-9][0-9]?)?$/;
/** `u-germany-northeast1`: the partner clouds known so far use the prefix `u-`. */
const PARTNER_LOCATION = /^(u-)?[a-z]+(-[a-z]+[1-9][0-9]?)?$/;
/** Only Google can register names under `goog`. */
const PARTNER_LABEL = /^pkg-([a-z0-9]([a-z0-9-]*[a-z0-9])?)$/;

/** Partner clouds with names that follow no pattern: registry domain to universe. */
const PARTNER_UNIVERSES: ReadonlyMap<string, string> = new Map([
  ["s3nsregistry.fr", "s3nsapis.fr"],
  ["qs3nsregistry.fr", "qs3nsapis.fr"],
]);

/** Artifact Registry, Container Registry's remaining names, and both in the clouds that partners operate. */
export const artifactRegistry: RegistryFamily = {
  name: "artifact-registry",
  section: "google",
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
    const location = GCR_HOSTS.has(host.name)
      ? { universe: GOOGLE_CLOUD }
      : (parsePackageHost(host) ?? parseRegionalHost(host) ?? parsePartnerHost(host));
    return location && createArtifactRegistry(host, location);
  },
  listNames: listArtifactRegistryNames,
};

/** Hosts of Container Registry, and the location of the Artifact Registry repository that they serve (Google's "gcr.io repositories"). */
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

function listArtifactRegistryNames(name: string): readonly RegistryName[] {
  const gcrLocation = GCR_LOCATIONS.get(name);
  if (gcrLocation !== undefined) return listGcrNames(name, gcrLocation);
  const location = parseLocation(name);
  if (location !== undefined) return [...listLocationNames(location), ...listGcrNamesInLocation(location)];
  const [, ...domain] = name.split(".");
  if (findPartnerUniverse(domain) === undefined) return [];
  // A partner cloud has one location.
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
  const repository = formatGcrRepository(name);
  const same = [...GCR_LOCATIONS.keys()].filter((host) => formatGcrRepository(host) === repository);
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
      return segments[length] === formatGcrRepository(host) ? segments.toSpliced(length, 1) : undefined;
    },
  }));
}

/** Returns the repository that a host serves. It has the host's name: `us-docker.pkg.dev/PROJECT/gcr.io`. */
function formatGcrRepository(host: string): string {
  return host === "container.cloud.google.com" ? "gcr.io" : host;
}

/** A project is `PROJECT`, or `DOMAIN/PROJECT` for a domain-scoped one. Only the domain may hold a dot. */
function countProjectSegments([first = ""]: readonly string[]): number {
  return first.includes(".") ? 2 : 1;
}

/** `<location>-docker.pkg.dev` */
function parsePackageHost({ labels }: RegistryHost): RegistryLocation | undefined {
  const [first = "", ...domain] = labels;
  if (domain.join(".") !== "pkg.dev" || !first.endsWith("-docker")) return undefined;
  const location = first.slice(0, -"-docker".length);
  return LOCATION.test(location) ? { universe: GOOGLE_CLOUD, location } : undefined;
}

/** `docker.<location>.rep.pkg.dev` */
function parseRegionalHost({ labels }: RegistryHost): RegistryLocation | undefined {
  const [format, location = "", ...domain] = labels;
  if (format !== "docker" || domain.join(".") !== "rep.pkg.dev") return undefined;
  return LOCATION.test(location) ? { universe: GOOGLE_CLOUD, location } : undefined;
}

/** `docker.<domain>` and `<location>-docker.<domain>`, both documented by the partners. */
function parsePartnerHost({ labels }: RegistryHost): RegistryLocation | undefined {
  const [first = "", ...domain] = labels;
  const universe = findPartnerUniverse(domain);
  if (universe === undefined) return undefined;
  if (first === "docker") return { universe };
  const location = first.endsWith("-docker") ? first.slice(0, -"-docker".length) : "";
  return PARTNER_LOCATION.test(location) ? { universe, location } : undefined;
}

function findPartnerUniverse(domain: readonly string[]): string | undefined {
  const [label = "", top] = domain;
  const partner = domain.length === 2 && top === "goog" ? PARTNER_LABEL.exec(label)?.[1] : undefined;
  return partner === undefined ? PARTNER_UNIVERSES.get(domain.join(".")) : `apis-${partner}.goog`;
}

function createArtifactRegistry(host: RegistryHost, { universe, location }: RegistryLocation): Registry {
  return {
    family: "artifact-registry",
    section: "google",
    host,
    coordinates: {
      ...(location === undefined ? {} : { region: location }),
      partition: universe,
      endpoint: METADATA,
    },
    listNames: listArtifactRegistryNames,
    prepareLogin: (context) => prepareGoogleLogin(universe, context),
    cacheDuration: googleCacheDuration,
  };
}

function prepareGoogleLogin(universe: string, context: LoginContext): PreparedLogin {
  const identity = resolveGoogleIdentity(context);
  const { credentialSource: source } = identity;
  return {
    identity,
    files: source.kind === "file" ? [source.path] : [],
    isCacheable: true,
    fetch: async (world) => {
      const { fetchGoogleAccessToken } = await import("../clouds/google/access-token.ts");
      const { createSubjectTokenGetter } = await import("../clouds/subject-tokens.ts");
      const { token, expiresAt } = await fetchGoogleAccessToken(
        universe,
        identity,
        createSubjectTokenGetter(world),
        world,
      );
      return { username: USERNAME, password: token, expiresAt };
    },
  };
}

/**
 * The remaining lifetime minus 10 %, and minus 5 min at least. A metadata server returns the same token until minutes before it
 * expires, so a short lifetime is not an error.
 */
export function googleCacheDuration(expiresAt: Milliseconds | undefined, now: Milliseconds): Milliseconds {
  const lifetime = computeRemainingLifetime(expiresAt, now);
  return zeroIfTooShort(lifetime - Math.max(5 * MINUTE, lifetime / 10));
}
