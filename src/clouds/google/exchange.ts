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
import { impersonated } from "./clients.ts";
import { refusalsOf } from "./errors.ts";
import { destinationsOf, planOf } from "./exchange-plan.ts";
import { doorTo } from "./gaxios-transport.ts";
import { useMetadata } from "./metadata.ts";
import { routeTo, servicesOf } from "./services.ts";
import { startOf } from "./source-client.ts";
import { type AccessToken, LONGEST_LIFE, SHORTEST_LIFE } from "./token-limits.ts";

/**
 * An access token that is not the instance's own: by a subject token, a key, or an account that is impersonated.
 *
 * @throws ProviderError
 */
export async function exchangedToken(
  universe: string,
  access: GoogleIdentity,
  subjectTokens: GetSubjectToken,
  world: World,
): Promise<AccessToken> {
  const services = servicesOf(universe, access.endpoints);
  const plan = await planOf(universe, access, services, world);
  const { metadata, destinations } = await destinationsOf(plan, services, world);
  const egress = new Egress(world, destinations);
  if (metadata !== undefined) useMetadata(egress, metadata.origin);
  // All of them speak JSON, whatever they call it.
  const transporter = new gaxios.Gaxios({ ...doorTo(egress, routeTo(services)), responseType: "json" });
  const around = { universe, services, egress, transporter, subjectTokens, world };
  const start = await startOf(plan, around);
  const identity = [
    start.whose,
    ...plan.impersonate.map(({ email }) => showValue("serviceAccount", email)),
  ].join(" as ");
  try {
    const client = impersonated(start.client, plan.impersonate, around);
    return await tokenOf(client, start.endsBy, egress, world);
  } catch (error) {
    const failed = toProviderError(withoutContents(error), egress, refusalsOf(egress, plan.start), {
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

/** @param endsBy the token is worth nothing from then on, whatever its own expiry */
async function tokenOf(
  client: AuthClient,
  endsBy: Milliseconds | undefined,
  egress: Egress,
  world: World,
): Promise<AccessToken> {
  const { res } = await client.getAccessToken();
  const { access_token: token, expiry_date: own } = client.credentials;
  const known = [isOver(res?.data) ? 0 : (own ?? undefined), endsBy].filter((time) => time !== undefined);
  const expiresAt = known.length === 0 ? undefined : Math.min(...known);
  const life = (expiresAt ?? Number.POSITIVE_INFINITY) - world.now();
  if (typeof token !== "string" || !isToken(token) || Number.isNaN(life) || isTooLong(life))
    throw new ProviderError("answer-malformed", {
      ...egress.lastExchange?.facts,
      detail: "no token with its expiry",
    });
  if (life < SHORTEST_LIFE) throw new ProviderError("token-expired", egress.lastExchange?.facts);
  return { token: new Secret(token), expiresAt };
}

const isTooLong = (life: Milliseconds): boolean => life !== Number.POSITIVE_INFINITY && life > LONGEST_LIFE;

/** The library passes over a life of 0 as if nothing were said. */
function isOver(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "expires_in" in answer && answer.expires_in === 0;
}
