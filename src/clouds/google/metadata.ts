import type { HttpResponse, World } from "../../core/world.ts";
import type { Destination } from "../../egress/destination.ts";
import { Egress } from "../../egress/egress.ts";
import { type ErrorCode, ProviderError } from "../../errors/provider-error.ts";
import { refuseUnsupported, refuseVariable } from "../../formats/choices.ts";
import { parseEndpointUrl } from "../../formats/endpoint-url.ts";
import { requirePlatform } from "../shared/platform.ts";
import { type ErrorMapping, errorFromResponse } from "../shared/response.ts";
import { GOOGLE_CLOUD } from "./services.ts";

const METADATA_ORIGIN = "http://169.254.169.254";
const METADATA_ROOT = "/computeMetadata/v1/";

/** The instance's identity in messages. */
export const INSTANCE_LABEL = "the instance's service account";

/** The metadata server of this node (Compute Engine, "About VM metadata"). */
export interface MetadataServer {
  readonly origin: string;
  readonly egress: Egress;
}

/**
 * Returns the metadata server of this node. No request is made yet.
 *
 * @throws ProviderError `platform-mismatch`, `platform-without-metadata`, `environment-invalid`
 */
export async function openMetadata(
  world: World,
  settings: Pick<Destination, "ignoreHtmlContentType" | "withoutRetries"> = {},
): Promise<MetadataServer> {
  refuseUnsupported(world.env, "Google");
  if (!world.env.GCE_METADATA_HOST) await requirePlatform("google", world);
  const host = world.env.GCE_METADATA_HOST || METADATA_ORIGIN;
  const text = /^https?:\/\//.test(host) ? host : `http://${host}`;
  const refuse = (problem: string) => refuseVariable("GCE_METADATA_HOST", problem);
  const { origin } = parseEndpointUrl(text, "without-path", refuse);
  return {
    origin,
    egress: new Egress(world, [{ origin, kind: "metadata", stage: "identity", ...settings }]),
  };
}

/**
 * Reads a value as text.
 *
 * @param path the value's path, with its query
 * @param notFound the error code for a 404
 * @throws ProviderError `notFound` and the metadata codes
 */
export async function readMetadata(
  path: string,
  server: MetadataServer,
  notFound: ErrorCode,
): Promise<string> {
  return requireBody(await requestMetadata(path, server), server, notFound);
}

/**
 * Throws if the node belongs to another universe than the image. A metadata server that does not know the universe is older
 * than partner universes, and belongs to the public one.
 *
 * @throws ProviderError `google-universe-mismatch` and the metadata codes
 */
export async function assertInstanceUniverse(expected: string, server: MetadataServer): Promise<void> {
  const response = await requestMetadata("universe/universe-domain", server);
  const universe =
    response.status === 404
      ? GOOGLE_CLOUD
      : requireBody(response, server, "google-instance-has-no-service-account");
  if (universe === expected) return;
  throw new ProviderError("google-universe-mismatch", {
    detail: `the image's is ${expected}`,
    identity: INSTANCE_LABEL,
  });
}

/**
 * Google's metadata servers put their name on every response. Without it, neither a value nor a 404 is Google's: another
 * service listens at the address.
 */
async function requestMetadata(path: string, { origin, egress }: MetadataServer): Promise<HttpResponse> {
  const url = new URL(METADATA_ROOT + path, origin);
  const response = await egress
    .send({ method: "GET", url, headers: { "metadata-flavor": "Google" } })
    .catch((error: unknown) => {
      throw error instanceof ProviderError ? error.with({ identity: INSTANCE_LABEL }) : error;
    });
  const { status, headers } = response;
  if (headers["metadata-flavor"] === "Google" || (status >= 300 && status !== 404)) return response;
  throw new ProviderError("metadata-wrong-service", {
    ...egress.lastExchange?.facts,
    detail: "no Metadata-Flavor: Google in the response",
    identity: INSTANCE_LABEL,
  });
}

function requireBody(response: HttpResponse, { egress }: MetadataServer, notFound: ErrorCode): string {
  if (response.status === 200) return response.body;
  throw errorFromResponse(response, egress, metadataErrors(notFound), { identity: INSTANCE_LABEL });
}

/** Returns the error mapping of a metadata service. `notFound` is the error code for a 404. */
export function metadataErrors(notFound: ErrorCode): ErrorMapping {
  return {
    readVendorError: () => ({}),
    codeFor: (_vendor, { status }) => (status === 404 ? notFound : undefined),
  };
}
