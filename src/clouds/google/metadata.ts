import { gaxios, gcpMetadata } from "google-auth-library";
import type { Environment, HttpResponse, World } from "../../core/world.ts";
import type { Destination } from "../../egress/destination.ts";
import type { Egress } from "../../egress/egress.ts";
import { type ErrorCode, ProviderError } from "../../errors/provider-error.ts";
import { refuseUnsupported, refuseVariable } from "../../formats/choices.ts";
import { parseEndpointUrl } from "../../formats/endpoint-url.ts";
import { requirePlatform } from "../shared/platform.ts";
import type { ErrorMapping } from "../shared/response.ts";
import { gaxiosOptions } from "./gaxios-transport.ts";
import { GOOGLE_CLOUD } from "./services.ts";

const METADATA = "http://169.254.169.254";

/** Whose token the metadata server gives, for messages. */
export const INSTANCE_LABEL = "the instance's service account";

/**
 * Where the metadata server of this node is.
 *
 * @throws ProviderError `platform-mismatch`, `platform-without-metadata`, `environment-invalid`
 */
export async function findGoogleMetadata(world: World): Promise<Destination> {
  refuseUnsupported(world.env, "Google");
  if (!world.env.GCE_METADATA_HOST) await requirePlatform("google", world);
  return { origin: metadataOrigin(world.env), kind: "metadata", stage: "identity" };
}

function metadataOrigin({ GCE_METADATA_HOST: host }: Environment): string {
  if (!host) return METADATA;
  const text = /^https?:\/\//.test(host) ? host : `http://${host}`;
  return parseEndpointUrl(text, "without-path", (problem) => refuseVariable("GCE_METADATA_HOST", problem))
    .origin;
}

/**
 * `gcp-metadata` asks by the library's common gaxios. Its look at the machine is shut off; whatever host it has in mind, the
 * address is ours.
 */
export function configureGcpMetadata(egress: Egress, origin: string): void {
  gcpMetadata.setGCPResidency(true);
  const route = ({ pathname, search }: URL) => new URL(pathname + search, origin);
  gaxios.instance.defaults = gaxiosOptions(egress, route, (answer) => refuseForeign(answer, egress));
}

/**
 * Google's metadata servers put their name on what they answer ("About VM metadata"); without it neither a token nor a 404
 * is Google's word. The failure is the egress's: the library would make one of its own of it.
 */
function refuseForeign({ status, headers }: HttpResponse, egress: Egress): void {
  if (headers["metadata-flavor"] === "Google" || (status >= 300 && status !== 404)) return;
  egress.lastFailure = new ProviderError("metadata-wrong-service", {
    ...egress.lastExchange?.facts,
    detail: "no Metadata-Flavor: Google on the answer",
  });
  throw egress.lastFailure;
}

/**
 * A metadata server that does not know the word is of the one universe there was before it.
 *
 * @throws ProviderError `google-universe-mismatch`; what the library throws
 */
export async function assertInstanceUniverse(wanted: string, egress: Egress): Promise<void> {
  const universe = await gcpMetadata.universe<unknown>("universe-domain").catch((error: unknown) => {
    if (egress.lastFailure === undefined && egress.lastExchange?.response?.status === 404)
      return GOOGLE_CLOUD;
    throw error;
  });
  if (universe === wanted) return;
  throw new ProviderError("google-universe-mismatch", { detail: `the image's is ${wanted}` });
}

/** How an answer of the metadata server is read whose 404 means this. */
export function metadataErrors(absent: ErrorCode): ErrorMapping {
  return {
    vendorError: () => ({}),
    codeFor: (_vendor, { status }) => (status === 404 ? absent : undefined),
  };
}
