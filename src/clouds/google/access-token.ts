import { Compute } from "google-auth-library";
import { Secret } from "../../core/secret.ts";
import { type Milliseconds, SECOND } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import { Egress } from "../../egress/egress.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import type { GoogleIdentity } from "../../identities/google.ts";
import type { GetSubjectToken } from "../../identities/subject-token.ts";
import { isToken, toProviderError } from "../shared/response.ts";
import {
  assertInstanceUniverse,
  configureGcpMetadata,
  findGoogleMetadata,
  INSTANCE_LABEL,
  metadataErrors,
} from "./metadata.ts";
import {
  type GoogleAccessToken,
  MAX_TOKEN_LIFETIME,
  MIN_TOKEN_LIFETIME,
  STORAGE_READ_ONLY_SCOPE,
} from "./token-limits.ts";

/** GKE's metadata server renews in the background from 120 s before expiry: soon after, a longer one is there. */
const SHORT_LIFE: Milliseconds = 60 * SECOND;
const SHORT_WAIT: Milliseconds = 2 * SECOND;

/**
 * An access token of the identity that the access comes to.
 *
 * @param universe the image's; a token of another is not handed out
 * @throws ProviderError `google-*`, `token-expired`, `pod-token-*`, those of the subject token and the metadata codes
 */
export async function fetchGoogleAccessToken(
  universe: string,
  access: GoogleIdentity,
  subjectTokens: GetSubjectToken,
  world: World,
): Promise<GoogleAccessToken> {
  if (access.credentialSource.kind === "node" && access.impersonate === undefined)
    return nodeToken(universe, world);
  const { exchangeForAccessToken } = await import("./exchange.ts");
  return exchangeForAccessToken(universe, access, subjectTokens, world);
}

async function nodeToken(universe: string, world: World): Promise<GoogleAccessToken> {
  const metadata = await findGoogleMetadata(world);
  const open = (within: World) => {
    const egress = new Egress(within, [metadata]);
    configureGcpMetadata(egress, metadata.origin);
    return egress;
  };
  const egress = open(world);
  try {
    await assertInstanceUniverse(universe, egress);
    return await liveToken(egress, open, world);
  } catch (error) {
    throw toProviderError(error, egress, metadataErrors("google-instance-has-no-account"), {
      identity: INSTANCE_LABEL,
    });
  }
}

/** A token of the instance, whose expiry is always known. */
type NodeToken = GoogleAccessToken & { readonly expiresAt: Milliseconds };

async function liveToken(egress: Egress, open: (world: World) => Egress, world: World): Promise<NodeToken> {
  const first = await fetchToken(egress, world);
  if (first.expiresAt - world.now() >= SHORT_LIFE) return first;
  await world.sleep(SHORT_WAIT);
  if (first.expiresAt - world.now() >= MIN_TOKEN_LIFETIME) return laterToken(first, open, world);
  const second = await fetchToken(egress, world);
  if (second.expiresAt - world.now() >= MIN_TOKEN_LIFETIME) return second;
  throw new ProviderError("token-expired", egress.lastExchange?.facts);
}

/** The one in hand, or a better one that can be had in a single try. */
async function laterToken(
  first: NodeToken,
  open: (world: World) => Egress,
  world: World,
): Promise<NodeToken> {
  const egress = open({ ...world, sleep: refuseToWait });
  try {
    const second = await fetchToken(egress, world);
    return second.expiresAt > first.expiresAt ? second : first;
  } catch (error) {
    if (
      toProviderError(error, egress, metadataErrors("google-instance-has-no-account"), {}).code === "internal"
    )
      throw error;
    return first;
  }
}

/** In place of the pause before another try. */
async function refuseToWait(): Promise<never> {
  throw new ProviderError("deadline", { detail: "no time for another attempt" });
}

async function fetchToken(egress: Egress, world: World): Promise<NodeToken> {
  const client = new Compute({ scopes: [STORAGE_READ_ONLY_SCOPE] });
  await client.getAccessToken();
  const { access_token: token } = client.credentials;
  const expiresAt = expiryOf(client.credentials);
  if (typeof token === "string" && isToken(token) && expiresAt - world.now() <= MAX_TOKEN_LIFETIME)
    return { token: new Secret(token), expiresAt };
  throw new ProviderError("response-malformed", {
    ...egress.lastExchange?.facts,
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
