import type { World } from "../../core/world.ts";
import type { GoogleIdentity } from "../../identities/google.ts";
import type { GetSubjectToken } from "../../identities/subject-token.ts";
import { fetchNodeToken } from "./instance-token.ts";
import type { GoogleAccessToken } from "./token-limits.ts";

/**
 * Fetches an access token of the identity.
 *
 * @param universe the image's universe; a token of another one is not returned
 * @throws ProviderError `google-*`, `token-expired`, `pod-token-*`, the subject token's codes and the metadata codes
 */
export async function fetchGoogleAccessToken(
  universe: string,
  identity: GoogleIdentity,
  getSubjectToken: GetSubjectToken,
  world: World,
): Promise<GoogleAccessToken> {
  if (identity.credentialSource.kind === "node" && identity.impersonate === undefined)
    return fetchNodeToken(universe, world);
  const { exchangeForAccessToken } = await import("./exchange.ts");
  return exchangeForAccessToken(universe, identity, getSubjectToken, world);
}
