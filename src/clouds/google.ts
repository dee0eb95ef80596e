import { Compute, gaxios, gcpMetadata } from "google-auth-library";
import { Egress } from "../egress/egress.ts";
import { type ErrorCode, ProviderError } from "../errors.ts";
import type { GoogleAccess } from "../identities/google.ts";
import type { SubjectTokens } from "../identities/subject.ts";
import { Secret } from "../secret.ts";
import { HOUR, type Milliseconds, SECOND } from "../time.ts";
import type { Environment, HttpResponse, World } from "../world.ts";
import { failureOf, isToken, type Reading } from "./answer.ts";
import { requirePlatform } from "./platform.ts";

export interface AccessToken {
  readonly token: Secret;
  /** Wall clock. */
  readonly expiresAt: Milliseconds;
}

const METADATA = "http://169.254.169.254";
const DEFAULT_UNIVERSE = "googleapis.com";
/**
 * Reading Artifact Registry and Container Registry needs no more (Google "Access scopes in GKE"); the metadata server
 * of an instance with other scopes gives a token of those.
 */
const SCOPES = ["https://www.googleapis.com/auth/devstorage.read_only"];
/** GKE's metadata server renews in the background from 120 s before expiry: soon after, a longer one is there. */
const SHORT_LIFE: Milliseconds = 60 * SECOND;
const SHORT_WAIT: Milliseconds = 2 * SECOND;
/** The longest that Google gives is 12 h; more is a mistake of units. */
const LONGEST_LIFE: Milliseconds = 13 * HOUR;
/** A pull that begins at once still succeeds with this much left. */
const SHORTEST_LIFE: Milliseconds = 10 * SECOND;
const IDENTITY = "the instance's service account";

/**
 * An access token of the identity that the access comes to.
 *
 * @param universe the image's; a token of another is not handed out
 * @throws ProviderError `google-no-account`, `google-other-universe`, `token-expired` and the metadata codes
 */
export async function accessToken(
  universe: string,
  access: GoogleAccess,
  _subjectTokens: SubjectTokens,
  world: World,
): Promise<AccessToken> {
  if (access.start.kind !== "node") throw new ProviderError("internal", { detail: "not there yet" });
  return nodeToken(universe, world);
}

async function nodeToken(universe: string, world: World): Promise<AccessToken> {
  if (!world.env.GCE_METADATA_HOST) await requirePlatform("google", world);
  const origin = metadataOrigin(world.env);
  const egress = openEgress(origin, world);
  try {
    await requireUniverse(universe, egress);
    return await liveToken(egress, origin, world);
  } catch (error) {
    throw failureOf(error, egress, READING, { identity: IDENTITY });
  }
}

const READING: Reading = {
  vendorError: () => ({}),
  codeFor: (_vendor, { status }): ErrorCode | undefined => (status === 404 ? "google-no-account" : undefined),
};

function metadataOrigin({ GCE_METADATA_HOST: host }: Environment): string {
  if (!host) return METADATA;
  const url = URL.parse(/^https?:\/\//.test(host) ? host : `http://${host}`);
  if (url !== null && url.username === "") return url.origin;
  throw new ProviderError("environment-value", { detail: "GCE_METADATA_HOST is not host[:port]" });
}

function openEgress(origin: string, world: World): Egress {
  const egress = new Egress(world, [{ origin, kind: "metadata", stage: "identity" }]);
  useEgress(egress, origin);
  return egress;
}

/**
 * The library's door: `gcp-metadata` asks by the library's common gaxios. Its own retries, proxies and look at the
 * machine are shut off; whatever host it has in mind, the address is ours.
 */
function useEgress(egress: Egress, origin: string): void {
  gcpMetadata.setGCPResidency(true);
  gaxios.instance.defaults = {
    agent: noAgent,
    retryConfig: { shouldRetry: () => false },
    fetchImplementation: async (input, init) => {
      const { pathname, search } = new URL(String(input));
      const headers = Object.fromEntries(new Headers(init?.headers));
      const answer = await egress.send({ method: "GET", url: new URL(pathname + search, origin), headers });
      refuseForeign(answer, egress);
      return new Response(answer.body, { status: answer.status, headers: answer.headers });
    },
  };
}

/**
 * Google's metadata servers put their name on what they answer ("About VM metadata"); without it neither a token nor a 404
 * is Google's word. The failure is the egress's: the library would make one of its own of it.
 */
function refuseForeign({ status, headers }: HttpResponse, egress: Egress): void {
  if (headers["metadata-flavor"] === "Google" || (status >= 300 && status !== 404)) return;
  egress.failure = new ProviderError("metadata-foreign", {
    ...egress.asked?.facts,
    detail: "no Metadata-Flavor: Google on the answer",
  });
  throw egress.failure;
}

/** Named so that gaxios makes no proxy agent; never called, since the fetch below makes its own sockets. */
function noAgent(): never {
  throw new ProviderError("internal", { detail: "gaxios wants an agent" });
}

/** A metadata server that does not know the word is of the one universe there was before it. */
async function requireUniverse(wanted: string, egress: Egress): Promise<void> {
  const universe = await gcpMetadata.universe<unknown>("universe-domain").catch((error: unknown) => {
    if (egress.failure === undefined && egress.asked?.response?.status === 404) return DEFAULT_UNIVERSE;
    throw error;
  });
  if (universe === wanted) return;
  throw new ProviderError("google-other-universe", { detail: `the image's is ${wanted}` });
}

async function liveToken(egress: Egress, origin: string, world: World): Promise<AccessToken> {
  const first = await fetchToken(egress, world);
  if (first.expiresAt - world.now() >= SHORT_LIFE) return first;
  await world.sleep(SHORT_WAIT);
  if (first.expiresAt - world.now() >= SHORTEST_LIFE) return laterToken(first, origin, world);
  const second = await fetchToken(egress, world);
  if (second.expiresAt - world.now() >= SHORTEST_LIFE) return second;
  throw new ProviderError("token-expired", egress.asked?.facts);
}

/** The one in hand, or a better one that can be had in a single try. */
async function laterToken(first: AccessToken, origin: string, world: World): Promise<AccessToken> {
  const egress = openEgress(origin, { ...world, sleep: refuseToWait });
  try {
    const second = await fetchToken(egress, world);
    return second.expiresAt > first.expiresAt ? second : first;
  } catch {
    return first;
  }
}

/** In place of the pause before another try. */
async function refuseToWait(): Promise<never> {
  throw new ProviderError("internal", { detail: "a second try that nobody waits for" });
}

async function fetchToken(egress: Egress, world: World): Promise<AccessToken> {
  const client = new Compute({ scopes: SCOPES });
  await client.getAccessToken();
  const { access_token: token } = client.credentials;
  const expiresAt = expiryOf(client.credentials);
  if (typeof token === "string" && isToken(token) && expiresAt - world.now() <= LONGEST_LIFE)
    return { token: new Secret(token), expiresAt };
  throw new ProviderError("answer-malformed", {
    ...egress.asked?.facts,
    detail: "no access_token with expires_in",
  });
}

/**
 * Wall clock. The library makes `expiry_date` of `expires_in`, but passes over a life of 0 and takes one that the server
 * sent; NaN where there is no number.
 */
function expiryOf(credentials: { readonly expiry_date?: number | null }): Milliseconds {
  if ("expires_in" in credentials && credentials.expires_in === 0) return 0;
  return typeof credentials.expiry_date === "number" ? credentials.expiry_date : Number.NaN;
}
