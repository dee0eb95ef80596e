import { GetWebIdentityTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { Secret } from "../../core/secret.ts";
import { type Milliseconds, SECOND } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import type { SubjectToken } from "../../identities/subject-token.ts";
import { isToken, toProviderError } from "../shared/response.ts";
import { resolveNodeCredentials } from "./credential-chain.ts";
import { type AwsCredentials, parseTimestamp } from "./credentials.ts";
import { webIdentityTokenErrors } from "./errors.ts";
import { getAwsNode } from "./node-context.ts";
import { createNodeEndpointResolver } from "./node-endpoints.ts";
import { resolveNodeRegion } from "./region.ts";
import { sdkCredentials } from "./sdk.ts";
import { createStsEgress, stsConfig } from "./sts.ts";

/** Seconds: the longest and the shortest life that STS gives such a token (API reference, `GetWebIdentityToken`). */
const LONGEST = 3600;
const SHORTEST = 60;
/** The token must not outlive the session by STS's clock, which is not quite ours. */
const MARGIN: Milliseconds = 5 * SECOND;

/**
 * A token that says to others who the node is in AWS: of the account's own issuer, signed with RS256, which Google and Entra
 * both take. As long-lived as it may be: what is given for it elsewhere often lives no longer.
 *
 * @throws ProviderError `aws-federation-*`, and as the node's credentials and region
 */
export async function fetchWebIdentityToken(audience: string, world: World): Promise<SubjectToken> {
  const node = getAwsNode(world);
  const region = await resolveNodeRegion(node);
  const place = { region, resolveEndpoint: await createNodeEndpointResolver(node) };
  const by = await resolveNodeCredentials(
    { registryRegion: region, resolveEndpoint: place.resolveEndpoint },
    node,
  );
  const egress = createStsEgress(place, world);
  const client = new STSClient({ ...stsConfig(egress, place), credentials: sdkCredentials(by) });
  const command = new GetWebIdentityTokenCommand({
    Audience: [audience],
    DurationSeconds: lifeFor(by, world.now()),
    SigningAlgorithm: "RS256",
  });
  const answer = await client.send(command).catch((error: unknown) => {
    throw toProviderError(error, egress, webIdentityTokenErrors, { identity: by.source });
  });
  const token = answer.WebIdentityToken;
  if (token && isToken(token))
    return {
      token: new Secret(token),
      expiresAt: parseTimestamp(answer.Expiration),
      identityLabel: by.source,
    };
  const detail = "no token in it";
  throw new ProviderError("response-malformed", {
    ...egress.lastExchange?.facts,
    identity: by.source,
    detail,
  });
}

/** Of a session that is all but over STS says so itself, by its own clock. */
function lifeFor({ expiresAt = Number.POSITIVE_INFINITY }: AwsCredentials, now: Milliseconds): number {
  const left = Math.floor((expiresAt - now - MARGIN) / SECOND);
  return Math.max(SHORTEST, Math.min(LONGEST, left));
}
