import { gaxios } from "google-auth-library";
import type { AuthClient } from "google-auth-library/build/src/auth/authclient.js";
import { Secret } from "../../core/secret.ts";
import type { Milliseconds } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import { Egress } from "../../egress/egress.ts";
import { nameOf, ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import type { GoogleIdentity } from "../../identities/google.ts";
import type { GetSubjectToken } from "../../identities/subject-token.ts";
import { isToken, toProviderError } from "../shared/response.ts";
import { impersonateAccounts } from "./clients.ts";
import { googleErrors } from "./errors.ts";
import { planExchange, resolveDestinations } from "./exchange-plan.ts";
import { gaxiosOptions } from "./gaxios-transport.ts";
import { configureGcpMetadata } from "./metadata.ts";
import { resolveGoogleServices, routeToServices } from "./services.ts";
import { createSourceClient } from "./source-client.ts";
import { type GoogleAccessToken, MAX_TOKEN_LIFETIME, MIN_TOKEN_LIFETIME } from "./token-limits.ts";

/**
 * An access token that is not the instance's own: by a subject token, a key, or an account that is impersonated.
 *
 * @throws ProviderError
 */
export async function exchangeForAccessToken(
  universe: string,
  access: GoogleIdentity,
  subjectTokens: GetSubjectToken,
  world: World,
): Promise<GoogleAccessToken> {
  const services = resolveGoogleServices(universe, access.endpoints);
  const plan = await planExchange(universe, access, services, world);
  const { metadata, destinations } = await resolveDestinations(plan, services, world);
  const egress = new Egress(world, destinations);
  if (metadata !== undefined) configureGcpMetadata(egress, metadata.origin);
  // All of them speak JSON, whatever they call it.
  const transporter = new gaxios.Gaxios({
    ...gaxiosOptions(egress, routeToServices(services)),
    responseType: "json",
  });
  const around = { universe, services, egress, transporter, subjectTokens, world };
  const start = await createSourceClient(plan, around);
  const identity = [
    start.identityLabel,
    ...plan.impersonate.map(({ email }) => showValue("serviceAccount", email)),
  ].join(" as ");
  try {
    const client = impersonateAccounts(start.client, plan.impersonate, around);
    return await tokenOf(client, start.maxExpiry, egress, world);
  } catch (error) {
    const failed = toProviderError(withoutContents(error), egress, googleErrors(egress, plan.start), {
      identity,
    });
    throw failed.code === "google-federation-refused" ? failed.with({ detail: start.subject }) : failed;
  }
}

/** The library's errors hold all that was sent, the subject token too: only the name of one goes on. */
function withoutContents(error: unknown): Error {
  if (error instanceof ProviderError) return error;
  return Object.assign(new Error("an error of Google's library"), { name: nameOf(error) });
}

/** @param maxExpiry the token is worth nothing from then on, whatever its own expiry */
async function tokenOf(
  client: AuthClient,
  maxExpiry: Milliseconds | undefined,
  egress: Egress,
  world: World,
): Promise<GoogleAccessToken> {
  const { res } = await client.getAccessToken();
  const { access_token: token, expiry_date: own } = client.credentials;
  const known = [isOver(res?.data) ? 0 : (own ?? undefined), maxExpiry].filter((time) => time !== undefined);
  const expiresAt = known.length === 0 ? undefined : Math.min(...known);
  const life = (expiresAt ?? Number.POSITIVE_INFINITY) - world.now();
  if (typeof token !== "string" || !isToken(token) || Number.isNaN(life) || isTooLong(life))
    throw new ProviderError("response-malformed", {
      ...egress.lastExchange?.facts,
      detail: "no token with its expiry",
    });
  if (life < MIN_TOKEN_LIFETIME) throw new ProviderError("token-expired", egress.lastExchange?.facts);
  return { token: new Secret(token), expiresAt };
}

const isTooLong = (life: Milliseconds): boolean =>
  life !== Number.POSITIVE_INFINITY && life > MAX_TOKEN_LIFETIME;

/** The library passes over a life of 0 as if nothing were said. */
function isOver(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "expires_in" in answer && answer.expires_in === 0;
}
