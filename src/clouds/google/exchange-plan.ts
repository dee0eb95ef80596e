import type { World } from "../../core/world.ts";
import type { Destination } from "../../egress/destination.ts";
import type { GoogleIdentity, GooglePool } from "../../identities/google.ts";
import type { SubjectTokenSource } from "../../identities/subject-token.ts";
import { listSourceDestinations } from "./credential-source.ts";
import {
  DEFAULT_IMPERSONATION_LIFETIME,
  type FileCredentials,
  type Impersonation,
  readCredentialsFile,
} from "./credentials-file.ts";
import { findGoogleMetadata } from "./metadata.ts";
import { needsMetadata } from "./pool-audience.ts";
import { type GoogleServices, tokenDestination } from "./services.ts";

/** The way to a token: what to start with, and whom to impersonate after it, one after the other. */
export interface ExchangePlan {
  readonly start:
    | { readonly kind: "node" }
    | { readonly kind: "federated"; readonly pool: GooglePool; readonly subject: SubjectTokenSource }
    | FileCredentials;
  readonly impersonate: readonly Impersonation[];
}

/** @throws ProviderError as `readCredentialsFile` */
export async function planExchange(
  universe: string,
  { credentialSource, impersonate: email }: GoogleIdentity,
  services: GoogleServices,
  world: World,
): Promise<ExchangePlan> {
  const last = email === undefined ? [] : [{ email, lifetime: DEFAULT_IMPERSONATION_LIFETIME }];
  if (credentialSource.kind !== "file") return { start: credentialSource, impersonate: last };
  const file = await readCredentialsFile(credentialSource, universe, services, world);
  const first = file.kind === "external" && file.impersonate ? [file.impersonate] : [];
  return { start: file, impersonate: [...first, ...last] };
}

interface Destinations {
  /** The metadata server, where it is asked. */
  readonly metadata: Destination | undefined;
  readonly destinations: readonly Destination[];
}

/** Exactly the places that this way leads to. */
export async function resolveDestinations(
  plan: ExchangePlan,
  services: GoogleServices,
  world: World,
): Promise<Destinations> {
  const metadata = asksMetadata(plan) ? await findGoogleMetadata(world) : undefined;
  const { start, impersonate } = plan;
  const exchange = start.kind === "key" ? services.oauth2 : services.sts;
  const origins = [
    ...(start.kind === "node" ? [] : [exchange]),
    ...(impersonate.length === 0 ? [] : [services.iamCredentials]),
  ];
  const source = start.kind === "external" ? listSourceDestinations(start.source) : [];
  const local = metadata === undefined ? source : [metadata];
  return { metadata, destinations: [...local, ...origins.map(tokenDestination)] };
}

function asksMetadata({ start }: ExchangePlan): boolean {
  return start.kind === "node" || (start.kind === "federated" && needsMetadata(start.pool));
}
