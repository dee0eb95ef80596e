import type { AuthClient } from "google-auth-library/build/src/auth/authclient.js";
import { Impersonated } from "google-auth-library/build/src/auth/impersonated.js";
import { Secret } from "../../core/secret.ts";
import type { Milliseconds } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import { Egress } from "../../egress/egress.ts";
import { describeThrown, ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import { isJsonObject } from "../../formats/json.ts";
import type { GoogleIdentity } from "../../identities/google.ts";
import type { GetSubjectToken } from "../../identities/subject-token.ts";
import { isToken, toProviderError } from "../shared/response.ts";
import type { Impersonation } from "./credentials-file.ts";
import { googleErrors } from "./errors.ts";
import { listDestinations, planExchange } from "./exchange-plan.ts";
import { gaxiosOptions } from "./gaxios-transport.ts";
import { resolveGoogleServices, routeToServices } from "./services.ts";
import { createSourceClient, type ExchangeContext } from "./source-client.ts";
import {
  CLOUD_PLATFORM_SCOPE,
  type GoogleAccessToken,
  MAX_TOKEN_LIFETIME,
  MIN_TOKEN_LIFETIME,
  STORAGE_READ_ONLY_SCOPE,
} from "./token-limits.ts";

/**
 * Fetches an access token by federation, with a key, or by impersonation.
 *
 * @throws ProviderError
 */
export async function exchangeForAccessToken(
  universe: string,
  identity: GoogleIdentity,
  getSubjectToken: GetSubjectToken,
  world: World,
): Promise<GoogleAccessToken> {
  const services = resolveGoogleServices(universe, identity.endpoints);
  const plan = await planExchange(universe, identity, services, world);
  const egress = new Egress(world, listDestinations(plan, services));
  const transporterOptions = gaxiosOptions(egress, routeToServices(services));
  const context = { universe, services, egress, transporterOptions, getSubjectToken, world };
  const { client, identityLabel, maxExpiry, claims } = await createSourceClient(plan, context);
  const accounts = plan.impersonate.map(({ email }) => showValue("serviceAccount", email));
  try {
    return await requestToken(
      impersonateAccounts(client, plan.impersonate, context),
      maxExpiry,
      egress,
      world,
    );
  } catch (error) {
    const facts = { identity: [identityLabel, ...accounts].join(" as ") };
    const failed = toProviderError(withoutContents(error), egress, googleErrors(egress, plan.source), facts);
    throw failed.code === "google-federation-refused" ? failed.with({ detail: claims }) : failed;
  }
}

/** Impersonates each account with the token of the previous one. */
function impersonateAccounts(
  client: AuthClient,
  accounts: readonly Impersonation[],
  { services, transporterOptions }: ExchangeContext,
): AuthClient {
  return accounts.reduce(
    (sourceClient, { email, lifetime }, index) =>
      new Impersonated({
        sourceClient,
        targetPrincipal: email,
        targetScopes: [index === accounts.length - 1 ? STORAGE_READ_ONLY_SCOPE : CLOUD_PLATFORM_SCOPE],
        lifetime,
        endpoint: services.iamCredentials,
        transporterOptions,
      }),
    client,
  );
}

/** Keeps only the name of a library error: the error itself holds the request, with the subject token. */
function withoutContents(error: unknown): Error {
  if (error instanceof ProviderError) return error;
  return Object.assign(new Error("an error of Google's library"), { name: describeThrown(error) });
}

/** @param maxExpiry upper bound on the token's expiry */
async function requestToken(
  client: AuthClient,
  maxExpiry: Milliseconds | undefined,
  egress: Egress,
  world: World,
): Promise<GoogleAccessToken> {
  const { res } = await client.getAccessToken();
  const { access_token: token, expiry_date: libraryExpiry } = client.credentials;
  // The library treats `expires_in: 0` as a missing expiry.
  const response: unknown = res?.data;
  const isExpired = isJsonObject(response) && response["expires_in"] === 0;
  const ownExpiry = isExpired ? 0 : (libraryExpiry ?? undefined);
  const expiries = [ownExpiry, maxExpiry].filter((time) => time !== undefined);
  const expiresAt = expiries.length === 0 ? undefined : Math.min(...expiries);
  const lifetime = expiresAt === undefined ? MAX_TOKEN_LIFETIME : expiresAt - world.now();
  const facts = egress.lastExchange?.facts;
  // The comparison is false for NaN, which the library makes of a malformed expiry.
  if (typeof token !== "string" || !isToken(token) || !(lifetime <= MAX_TOKEN_LIFETIME))
    throw new ProviderError("response-malformed", { ...facts, detail: "no token with an expiry" });
  if (lifetime < MIN_TOKEN_LIFETIME) throw new ProviderError("token-expired", facts);
  return { token: new Secret(token), expiresAt };
}
