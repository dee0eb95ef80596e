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
import { createAwsNode } from "./node-context.ts";
import { createNodeEndpointResolver } from "./node-endpoints.ts";
import { resolveNodeRegion } from "./region.ts";
import { createSdkCredentials } from "./sdk.ts";
import { createStsConfig, createStsEgress } from "./sts.ts";

/** The limits of `DurationSeconds` (STS API reference, `GetWebIdentityToken`). */
const MAX_DURATION = 3600;
const MIN_DURATION = 60;
/** The token must not outlive the session by STS's clock, which may differ from the node's. */
const CLOCK_MARGIN: Milliseconds = 5 * SECOND;

/**
 * Requests a JWT that proves the node's AWS identity to another cloud. The account's own issuer signs it with RS256, which Google
 * and Entra both accept. It has the maximum lifetime, because the credentials that the other cloud returns often end with it.
 *
 * @throws ProviderError `aws-federation-*`, and the codes of the node's credentials and region
 */
export async function fetchWebIdentityToken(audience: string, world: World): Promise<SubjectToken> {
  const node = createAwsNode(world);
  const region = await resolveNodeRegion(node);
  const endpoint = { region, resolveEndpoint: await createNodeEndpointResolver(node) };
  const credentials = await resolveNodeCredentials(
    { fallbackRegion: region, resolveEndpoint: endpoint.resolveEndpoint },
    node,
  );
  const egress = createStsEgress(endpoint, world);
  const client = new STSClient({
    ...createStsConfig(egress, endpoint),
    credentials: createSdkCredentials(credentials),
  });
  const command = new GetWebIdentityTokenCommand({
    Audience: [audience],
    DurationSeconds: computeDuration(credentials, world.now()),
    SigningAlgorithm: "RS256",
  });
  const response = await client.send(command).catch((error: unknown) => {
    throw toProviderError(error, egress, webIdentityTokenErrors, { identity: credentials.source });
  });
  const token = response.WebIdentityToken;
  if (token && isToken(token))
    return {
      token: new Secret(token),
      expiresAt: parseTimestamp(response.Expiration),
      identityLabel: credentials.source,
    };
  const detail = "no token in the response";
  throw new ProviderError("response-malformed", {
    ...egress.lastExchange?.facts,
    identity: credentials.source,
    detail,
  });
}

/** Returns the duration in seconds. STS itself rejects a session that ends in less than the minimum. */
function computeDuration(
  { expiresAt = Number.POSITIVE_INFINITY }: AwsCredentials,
  now: Milliseconds,
): number {
  const left = Math.floor((expiresAt - now - CLOCK_MARGIN) / SECOND);
  return Math.max(MIN_DURATION, Math.min(MAX_DURATION, left));
}
