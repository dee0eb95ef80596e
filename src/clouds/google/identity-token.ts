import { Secret } from "../../core/secret.ts";
import type { World } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { readJwtExpiry } from "../../formats/jwt.ts";
import type { SubjectToken } from "../../identities/subject-token.ts";
import { INSTANCE_LABEL, openMetadata, readMetadata } from "./metadata.ts";
import { MIN_TOKEN_LIFETIME } from "./token-limits.ts";

/**
 * Fetches the instance's identity token for an audience (Compute Engine, "Verify the identity of VMs"), which another cloud
 * accepts. The full format also holds the account's email, which trust policies may require.
 *
 * @throws ProviderError `google-instance-has-no-service-account`, `token-expired` and the metadata codes
 */
export async function fetchGoogleIdentityToken(audience: string, world: World): Promise<SubjectToken> {
  // Compute Engine labels this response `text/html`.
  const metadata = await openMetadata(world, { ignoreHtmlContentType: true });
  const query = new URLSearchParams({ audience, format: "full" });
  const path = `instance/service-accounts/default/identity?${query}`;
  const token = new Secret(
    (await readMetadata(path, metadata, "google-instance-has-no-service-account")).trim(),
  );
  const facts = { ...metadata.egress.lastExchange?.facts, identity: INSTANCE_LABEL };
  const expiresAt = readJwtExpiry(token);
  if (expiresAt === undefined)
    throw new ProviderError("response-malformed", { ...facts, detail: "no token with an expiry" });
  if (expiresAt - world.now() < MIN_TOKEN_LIFETIME) throw new ProviderError("token-expired", facts);
  return { token, expiresAt, identityLabel: INSTANCE_LABEL };
}
