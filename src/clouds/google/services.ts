import type { Destination } from "../../egress/destination.ts";
import type { GoogleIdentity } from "../../identities/google.ts";

/** Origins of the services that exchange tokens. */
export interface GoogleServices {
  readonly sts: string;
  readonly iamCredentials: string;
  readonly oauth2: string;
}

export const GOOGLE_CLOUD = "googleapis.com";
/** The library knows no other place to trade a key's signature for a token. */
const OAUTH2 = `https://oauth2.${GOOGLE_CLOUD}`;

/** @param universe the image's; the operator's endpoints stand in place of its own */
export function resolveGoogleServices(
  universe: string,
  endpoints: GoogleIdentity["endpoints"],
): GoogleServices {
  return {
    sts: endpoints.sts ?? `https://sts.${universe}`,
    iamCredentials: endpoints.iamCredentials ?? `https://iamcredentials.${universe}`,
    oauth2: endpoints.oauth2 ?? OAUTH2,
  };
}

export function tokenDestination(origin: string): Destination {
  return { origin: new URL(origin).origin, kind: "token", stage: "identity" };
}

/** Where a request of the library goes: all as it says, but for the one place that cannot be told to it. */
export function routeToServices({ oauth2 }: GoogleServices): (asked: URL) => URL {
  return (asked) => (asked.origin === OAUTH2 ? new URL(asked.pathname + asked.search, oauth2) : asked);
}
