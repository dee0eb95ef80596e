import { Secret } from "../../core/secret.ts";
import { type Milliseconds, SECOND } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { isToken, parseJsonResponse } from "../shared/response.ts";
import {
  assertInstanceUniverse,
  INSTANCE_LABEL,
  type MetadataServer,
  openMetadata,
  readMetadata,
} from "./metadata.ts";
import {
  type GoogleAccessToken,
  MAX_TOKEN_LIFETIME,
  MIN_TOKEN_LIFETIME,
  STORAGE_READ_ONLY_SCOPE,
} from "./token-limits.ts";

/** GKE's metadata server refreshes a token in the background from 120 s before its expiry: a longer one follows soon. */
const REFETCH_BELOW: Milliseconds = 60 * SECOND;
const REFETCH_DELAY: Milliseconds = 2 * SECOND;

type InstanceToken = GoogleAccessToken & { readonly expiresAt: Milliseconds };

/**
 * Fetches an access token of the instance that lasts long enough for a pull.
 *
 * @param universe the image's universe; a token of another one is not returned
 * @throws ProviderError `google-universe-mismatch`, `google-instance-has-no-service-account`, `token-expired` and the metadata codes
 */
export async function fetchNodeToken(universe: string, world: World): Promise<InstanceToken> {
  const metadata = await openMetadata(world);
  await assertInstanceUniverse(universe, metadata);
  const first = await fetchInstanceToken(STORAGE_READ_ONLY_SCOPE, metadata, world);
  if (first.expiresAt - world.now() >= REFETCH_BELOW) return first;
  await world.sleep(REFETCH_DELAY);
  if (first.expiresAt - world.now() >= MIN_TOKEN_LIFETIME) return preferLaterToken(first, world);
  const second = await fetchInstanceToken(STORAGE_READ_ONLY_SCOPE, metadata, world);
  if (second.expiresAt - world.now() >= MIN_TOKEN_LIFETIME) return second;
  throw new ProviderError("token-expired", {
    ...metadata.egress.lastExchange?.facts,
    identity: INSTANCE_LABEL,
  });
}

/** Makes one attempt at a token that expires later. A failure does not matter, because the first token is still usable. */
async function preferLaterToken(first: InstanceToken, world: World): Promise<InstanceToken> {
  try {
    const metadata = await openMetadata(world, { withoutRetries: true });
    const second = await fetchInstanceToken(STORAGE_READ_ONLY_SCOPE, metadata, world);
    return second.expiresAt > first.expiresAt ? second : first;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return first;
  }
}

/**
 * Fetches an access token of the instance, however short its lifetime.
 *
 * @throws ProviderError `google-instance-has-no-service-account`, `response-malformed` and the metadata codes
 */
export async function fetchInstanceToken(
  scope: string,
  metadata: MetadataServer,
  world: World,
): Promise<InstanceToken> {
  const path = `instance/service-accounts/default/token?scopes=${encodeURIComponent(scope)}`;
  const body = await readMetadata(path, metadata, "google-instance-has-no-service-account");
  const facts = { ...metadata.egress.lastExchange?.facts, identity: INSTANCE_LABEL };
  const { access_token: token, expires_in: lifetime } = parseJsonResponse(body, facts);
  if (typeof token === "string" && isToken(token) && typeof lifetime === "number") {
    if (lifetime * SECOND <= MAX_TOKEN_LIFETIME)
      return { token: new Secret(token), expiresAt: world.now() + lifetime * SECOND };
  }
  throw new ProviderError("response-malformed", { ...facts, detail: "no access_token with expires_in" });
}
