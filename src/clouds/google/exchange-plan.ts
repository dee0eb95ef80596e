import type { World } from "../../core/world.ts";
import type { Destination } from "../../egress/destination.ts";
import type { GoogleIdentity, GooglePool } from "../../identities/google.ts";
import type { SubjectTokenSource } from "../../identities/subject-token.ts";
import { sourceDestinations } from "./credential-source.ts";
import {
  type FileCredentials,
  type Impersonation,
  readCredentialsFile,
  USUAL_LIFETIME,
} from "./credentials-file.ts";
import { metadataDestination } from "./metadata.ts";
import { isIncomplete } from "./pool-audience.ts";
import { type Services, tokenDestination } from "./services.ts";

/** The way to a token: what to start with, and whom to impersonate after it, one after the other. */
export interface Plan {
  readonly start:
    | { readonly kind: "node" }
    | { readonly kind: "federated"; readonly pool: GooglePool; readonly subject: SubjectTokenSource }
    | FileCredentials;
  readonly impersonate: readonly Impersonation[];
}

/** @throws ProviderError as `readCredentialsFile` */
export async function planOf(
  universe: string,
  { credentialSource, impersonate: email }: GoogleIdentity,
  services: Services,
  world: World,
): Promise<Plan> {
  const last = email === undefined ? [] : [{ email, lifetime: USUAL_LIFETIME }];
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
export async function destinationsOf(plan: Plan, services: Services, world: World): Promise<Destinations> {
  const metadata = asksMetadata(plan) ? await metadataDestination(world) : undefined;
  const { start, impersonate } = plan;
  const exchange = start.kind === "key" ? services.oauth2 : services.sts;
  const origins = [
    ...(start.kind === "node" ? [] : [exchange]),
    ...(impersonate.length === 0 ? [] : [services.iamCredentials]),
  ];
  const source = start.kind === "external" ? sourceDestinations(start.source) : [];
  const local = metadata === undefined ? source : [metadata];
  return { metadata, destinations: [...local, ...origins.map(tokenDestination)] };
}

function asksMetadata({ start }: Plan): boolean {
  return start.kind === "node" || (start.kind === "federated" && isIncomplete(start.pool));
}
