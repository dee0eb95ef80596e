import { gcpMetadata } from "google-auth-library";
import { Secret } from "../../core/secret.ts";
import type { World } from "../../core/world.ts";
import { Egress } from "../../egress/egress.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { readJwtExpiry } from "../../formats/jwt.ts";
import type { SubjectToken } from "../../identities/subject-token.ts";
import { toProviderError } from "../shared/response.ts";
import { configureGcpMetadata, findGoogleMetadata, INSTANCE_LABEL, metadataErrors } from "./metadata.ts";
import { MIN_TOKEN_LIFETIME } from "./token-limits.ts";

/** The account is named by its email in one of this format, which trust policies of other clouds may want. */
const FORMAT = "full";

/**
 * A token that says to others who the instance is (Compute Engine, "Verify the identity of VMs"), signed by Google.
 *
 * @throws ProviderError `google-instance-has-no-account`, `token-expired` and the metadata codes
 */
export async function fetchGoogleIdentityToken(audience: string, world: World): Promise<SubjectToken> {
  const metadata = await findGoogleMetadata(world);
  // This one answer is `text/html` on Compute Engine.
  const egress = new Egress(world, [{ ...metadata, ignoreHtmlContentType: true }]);
  configureGcpMetadata(egress, metadata.origin);
  const answer = await gcpMetadata
    .instance<unknown>({
      property: "service-accounts/default/identity",
      params: { audience, format: FORMAT },
    })
    .catch((error: unknown) => {
      throw toProviderError(error, egress, metadataErrors("google-instance-has-no-account"), {
        identity: INSTANCE_LABEL,
      });
    });
  return checked(answer, egress, world);
}

function checked(answer: unknown, egress: Egress, world: World): SubjectToken {
  const facts = { ...egress.lastExchange?.facts, identity: INSTANCE_LABEL };
  const token = new Secret(typeof answer === "string" ? answer.trim() : "");
  const expiresAt = readJwtExpiry(token);
  if (expiresAt === undefined)
    throw new ProviderError("response-malformed", { ...facts, detail: "no token with its expiry" });
  if (expiresAt - world.now() < MIN_TOKEN_LIFETIME) throw new ProviderError("token-expired", facts);
  return { token, expiresAt, identityLabel: INSTANCE_LABEL };
}
