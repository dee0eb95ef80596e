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

const IMDS = "http://169.254.169.254";
/** The Arc agent's fixed address and program (Azure Arc "Authenticate against Azure resources"). */
const ARC = "http://127.0.0.1:40342";
const ARC_AGENT = "/opt/azcmagent/bin/himds";
/** 404 and 410 while an identity is being set up (Entra "Retry guidance" for managed identities). */
const SETTING_UP = [404, 410];
const PATIENCE = 15 * SECOND;

/** Which of the node's identities; none of them: the system-assigned or only one. */
export interface ManagedIdentityId {
  readonly clientId?: string | undefined;
  readonly resourceId?: string | undefined;
  readonly objectId?: string | undefined;
}

interface ManagedToken {
  readonly token: Secret;
  /** Whose it is, for messages. */
  readonly identity: string;
}

/**
 * @param scope `RESOURCE/.default`
 * @throws ProviderError `azure-*`, `entra-*`, `environment-invalid`, `platform-*`, and the codes of metadata
 */
export async function fetchManagedIdentityToken(
  scope: string,
  choice: ManagedIdentityId,
  world: World,
): Promise<ManagedToken> {
  const { identity, options } = selected(choice);
  const egress = new Egress(world, [await findIdentityEndpoint(world)]);
  const credential = new ManagedIdentityCredential({ ...options, ...sdkOptions(egress) });
  return { token: await getEntraToken(credential, scope, egress, { identity }), identity };
}

/** Named by azure.json's one field or by a rule; or else by the environment, which has a name for each. */
export function selectManagedIdentity(
  named: ManagedIdentityId | undefined,
  { env }: World,
): ManagedIdentityId {
  if (named !== undefined) return named;
  return {
    clientId: env.AZURE_CLIENT_ID,
    resourceId: env.AZURE_MANAGED_IDENTITY_RESOURCE_ID,
    objectId: env.AZURE_MANAGED_IDENTITY_OBJECT_ID,
  };
}

/** The library takes one of them: the first that is there. */
function selected({ clientId, resourceId, objectId }: ManagedIdentityId) {
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

/** Which service the library will ask: it chooses by the same marks, and the egress lets it reach no other. */
async function findIdentityEndpoint(world: World): Promise<Destination> {
  refuseUnsupported(world.env, "Azure");
  const arc = readEndpointUrl(world.env, "IDENTITY_ENDPOINT", "with-path");
  const arcMark = readEndpointUrl(world.env, "IMDS_ENDPOINT", "with-path");
  if (arc && arcMark) return destination(arc.origin);
  if (await world.hasFile(ARC_AGENT)) return destination(ARC);
  const host = readEndpointUrl(world.env, "AZURE_POD_IDENTITY_AUTHORITY_HOST", "with-path");
  if (host) return destination(host.origin);
  await requirePlatform("azure", world);
  return destination(IMDS);
}

function destination(origin: string): Destination {
  const retryWindow = ({ status }: HttpResponse) => (SETTING_UP.includes(status) ? PATIENCE : undefined);
  return { origin, kind: "metadata", stage: "identity", retryWindow };
}
