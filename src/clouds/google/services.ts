import type { GoogleIdentity } from "../../identities/google.ts";

/** Origins of the services that exchange tokens. */
export interface GoogleServices {
  readonly sts: string;
  readonly iamCredentials: string;
  readonly oauth2: string;
}

/** The public universe. Partner clouds have universes of their own. */
export const GOOGLE_CLOUD = "googleapis.com";
/** The library exchanges a JWT signed with a key only here. */
const LIBRARY_OAUTH2 = `https://oauth2.${GOOGLE_CLOUD}`;

/** Returns the services of the image's universe. The operator's endpoints take precedence. */
export function resolveGoogleServices(
  universe: string,
  endpoints: GoogleIdentity["endpoints"],
): GoogleServices {
  return {
    sts: endpoints.sts ?? `https://sts.${universe}`,
    iamCredentials: endpoints.iamCredentials ?? `https://iamcredentials.${universe}`,
    oauth2: endpoints.oauth2 ?? LIBRARY_OAUTH2,
  };
}

/** Returns where a request of the library really goes. Only the OAuth endpoint cannot be configured in the library. */
export function routeToServices({ oauth2 }: GoogleServices): (url: URL) => URL {
  return (url) => (url.origin === LIBRARY_OAUTH2 ? new URL(url.pathname + url.search, oauth2) : url);
}
