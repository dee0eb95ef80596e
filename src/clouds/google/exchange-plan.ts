import type { World } from "../../core/world.ts";
import type { Destination } from "../../egress/destination.ts";
import type { GoogleIdentity, GooglePool } from "../../identities/google.ts";
import type { SubjectTokenSource } from "../../identities/subject-token.ts";
import {
  DEFAULT_IMPERSONATION_LIFETIME,
  type FileCredentials,
  type Impersonation,
  readCredentialsFile,
} from "./credentials-file.ts";
import type { GoogleServices } from "./services.ts";

/** The way to an access token: the source of the first token, then the service accounts to impersonate in turn. */
export interface ExchangePlan {
  readonly source:
    | { readonly kind: "node" }
    | { readonly kind: "federated"; readonly pool: GooglePool; readonly subject: SubjectTokenSource }
    | FileCredentials;
  readonly impersonate: readonly Impersonation[];
}

/** Plans the exchange. Reads the credentials file, if there is one. Throws as `readCredentialsFile`. */
export async function planExchange(
  universe: string,
  { credentialSource, impersonate: email }: GoogleIdentity,
  services: GoogleServices,
  world: World,
): Promise<ExchangePlan> {
  const last = email === undefined ? [] : [{ email, lifetime: DEFAULT_IMPERSONATION_LIFETIME }];
  if (credentialSource.kind !== "file") return { source: credentialSource, impersonate: last };
  const file = await readCredentialsFile(credentialSource, universe, services, world);
  const first = file.kind === "external" && file.impersonate ? [file.impersonate] : [];
  return { source: file, impersonate: [...first, ...last] };
}

/** Returns the services that the exchange may reach. The metadata server is not among them: it is opened by itself. */
export function listDestinations(
  { source, impersonate }: ExchangePlan,
  services: GoogleServices,
): readonly Destination[] {
  const tokenOrigins = [
    ...(source.kind === "node" ? [] : [source.kind === "key" ? services.oauth2 : services.sts]),
    ...(impersonate.length === 0 ? [] : [services.iamCredentials]),
  ];
  const destinations = tokenOrigins.map(
    (origin): Destination => ({ origin: new URL(origin).origin, kind: "token", stage: "identity" }),
  );
  if (source.kind !== "external" || source.tokenSource.kind !== "url") return destinations;
  // A service on the node: it has the short timeouts of a metadata service and is never reached through a proxy.
  return [{ origin: source.tokenSource.url.origin, kind: "metadata", stage: "identity" }, ...destinations];
}
