import { gcpMetadata } from "google-auth-library";
import { Secret } from "../../core/secret.ts";
import type { World } from "../../core/world.ts";
import { Egress } from "../../egress/egress.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { expiryOf } from "../../formats/jwt.ts";
import type { SubjectToken } from "../../identities/subject-token.ts";
import { toProviderError } from "../shared/response.ts";
import { INSTANCE, metadataDestination, readingOf, useMetadata } from "./metadata.ts";
import { SHORTEST_LIFE } from "./token-limits.ts";

/** The account is named by its email in one of this format, which trust policies of other clouds may want. */
const FORMAT = "full";

/**
 * A token that says to others who the instance is (Compute Engine, "Verify the identity of VMs"), signed by Google.
 *
 * @throws ProviderError `google-no-account`, `token-expired` and the metadata codes
 */
export async function identityToken(audience: string, world: World): Promise<SubjectToken> {
  const metadata = await metadataDestination(world);
  // This one answer is `text/html` on Compute Engine.
  const egress = new Egress(world, [{ ...metadata, ignoreHtmlContentType: true }]);
  useMetadata(egress, metadata.origin);
  const answer = await gcpMetadata
    .instance<unknown>({
      property: "service-accounts/default/identity",
      params: { audience, format: FORMAT },
    })
    .catch((error: unknown) => {
      throw toProviderError(error, egress, readingOf("google-no-account"), { identity: INSTANCE });
    });
  return checked(answer, egress, world);
}

function checked(answer: unknown, egress: Egress, world: World): SubjectToken {
  const facts = { ...egress.lastExchange?.facts, identity: INSTANCE };
  const token = new Secret(typeof answer === "string" ? answer.trim() : "");
  const expiresAt = expiryOf(token);
  if (expiresAt === undefined)
    throw new ProviderError("answer-malformed", { ...facts, detail: "no token with its expiry" });
  if (expiresAt - world.now() < SHORTEST_LIFE) throw new ProviderError("token-expired", facts);
  return { token, expiresAt, identityLabel: INSTANCE };
}
