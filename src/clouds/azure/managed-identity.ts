import { ManagedIdentityCredential } from "@azure/identity";
import type { Secret } from "../../core/secret.ts";
import { SECOND } from "../../core/time.ts";
import type { HttpResponse, World } from "../../core/world.ts";
import type { Destination } from "../../egress/destination.ts";
import { Egress } from "../../egress/egress.ts";
import { showValue } from "../../errors/show-value.ts";
import { refuseUnsupported } from "../../formats/choices.ts";
import { readEndpointUrl } from "../../formats/endpoint-url.ts";
import { requirePlatform } from "../shared/platform.ts";
import { getEntraToken, sdkOptions } from "./sdk.ts";

const IMDS_ORIGIN = "http://169.254.169.254";
/** The Arc agent's address and program, which are fixed (Azure Arc "Authenticate against Azure resources"). */
const ARC_ORIGIN = "http://127.0.0.1:40342";
const ARC_AGENT = "/opt/azcmagent/bin/himds";
/** 404 and 410 while an identity is being set up (Entra "Retry guidance" for managed identities). */
const SETTING_UP_STATUSES = [404, 410];
const SETTING_UP_RETRY_WINDOW = 15 * SECOND;

/** Selects one of the node's identities. Without any id: the system-assigned identity, or the only one. */
export interface ManagedIdentityId {
  readonly clientId?: string | undefined;
  readonly resourceId?: string | undefined;
  readonly objectId?: string | undefined;
}

interface ManagedToken {
  readonly token: Secret;
  /** The identity in messages. */
  readonly identity: string;
}

/**
 * Fetches a token of one of the node's managed identities.
 *
 * @param scope `RESOURCE/.default`
 * @throws ProviderError `azure-*`, `entra-*`, `environment-invalid`, `platform-*`, and the metadata codes
 */
export async function fetchManagedIdentityToken(
  scope: string,
  id: ManagedIdentityId,
  world: World,
): Promise<ManagedToken> {
  const { identity, options } = libraryOptions(id);
  const egress = new Egress(world, [await findIdentityEndpoint(world)]);
  const credential = new ManagedIdentityCredential({ ...options, ...sdkOptions(egress) });
  return { token: await getEntraToken(credential, scope, egress, { identity }), identity };
}

/** Returns the identity that azure.json or the rule selects, or else the one that the environment selects. */
export function selectManagedIdentity(
  configuredId: ManagedIdentityId | undefined,
  { env }: World,
): ManagedIdentityId {
  if (configuredId !== undefined) return configuredId;
  return {
    clientId: env.AZURE_CLIENT_ID,
    resourceId: env.AZURE_MANAGED_IDENTITY_RESOURCE_ID,
    objectId: env.AZURE_MANAGED_IDENTITY_OBJECT_ID,
  };
}

/** The library accepts one id only: the first takes precedence. */
function libraryOptions({ clientId, resourceId, objectId }: ManagedIdentityId) {
  if (clientId)
    return {
      identity: `managed identity with client id ${showValue("guid", clientId)}`,
      options: { clientId },
    };
  if (resourceId)
    return { identity: `managed identity ${showValue("resourceId", resourceId)}`, options: { resourceId } };
  if (objectId)
    return {
      identity: `managed identity with object id ${showValue("guid", objectId)}`,
      options: { objectId },
    };
  return { identity: "the node's managed identity", options: {} };
}

/** Returns the service that the library will contact: it uses the same variables and files. The egress allows no other. */
async function findIdentityEndpoint(world: World): Promise<Destination> {
  refuseUnsupported(world.env, "Azure");
  const arc = readEndpointUrl(world.env, "IDENTITY_ENDPOINT", "with-path");
  const arcMarker = readEndpointUrl(world.env, "IMDS_ENDPOINT", "with-path");
  if (arc && arcMarker) return createDestination(arc.origin);
  if (await world.hasFile(ARC_AGENT)) return createDestination(ARC_ORIGIN);
  const host = readEndpointUrl(world.env, "AZURE_POD_IDENTITY_AUTHORITY_HOST", "with-path");
  if (host) return createDestination(host.origin);
  await requirePlatform("azure", world);
  return createDestination(IMDS_ORIGIN);
}

function createDestination(origin: string): Destination {
  const retryWindow = ({ status }: HttpResponse) =>
    SETTING_UP_STATUSES.includes(status) ? SETTING_UP_RETRY_WINDOW : undefined;
  return { origin, kind: "metadata", stage: "identity", retryWindow };
}
