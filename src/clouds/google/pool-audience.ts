import { gcpMetadata } from "google-auth-library";
import type { Egress } from "../../egress/egress.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { formatGkeAudience, formatProviderResourceName, type GooglePool } from "../../identities/google.ts";
import { toProviderError } from "../shared/response.ts";
import { INSTANCE_LABEL, metadataErrors } from "./metadata.ts";

/** What STS is told of the pool, and whom the subject token must be for, where that was not known before. */
interface PoolAudience {
  /** The `audience` of the exchange. */
  readonly audience: string;
  readonly tokenAudience: string | undefined;
}

type GkePool = GooglePool & { readonly kind: "gke" };

/** Google's names of projects, locations and clusters: nothing that could end a part of the cluster's URL. */
const PROJECT = /^([a-z0-9.-]{1,100}:)?[a-z0-9-]{1,100}$/;
const PLACE = /^[a-z0-9-]{1,64}$/;

/** Whether the metadata server must be asked for a part of the name. */
export function needsMetadata(pool: GooglePool): pool is GkePool {
  if (pool.kind === "provider" || pool.projectId === undefined) return pool.kind === "gke";
  return pool.identityProvider === undefined && !(pool.location && pool.clusterName);
}

/**
 * @param egress leads to the metadata server, where it must be asked
 * @throws ProviderError `google-cluster-unknown` and the metadata codes
 */
export async function resolvePoolAudience(
  pool: GooglePool,
  universe: string,
  egress: Egress,
): Promise<PoolAudience> {
  if (pool.kind === "provider")
    return { audience: formatProviderResourceName(pool.name), tokenAudience: undefined };
  const ask = (property: string, shape: RegExp) => attribute(property, shape, egress);
  const project = pool.projectId ?? (await ask("project/project-id", PROJECT));
  const cluster = pool.identityProvider ?? (await clusterUrl(pool, project, universe, ask));
  return {
    audience: `identitynamespace:${formatGkeAudience(project)}:${cluster}`,
    // As upstream has it, its two arguments say nothing of the token.
    tokenAudience: pool.audience ?? (pool.identityProvider ? undefined : formatGkeAudience(project)),
  };
}

/** The cluster as the issuer of its tokens (GKE API, `projects.locations.clusters`). */
async function clusterUrl(
  { location, clusterName }: GkePool,
  project: string,
  universe: string,
  ask: (property: string, shape: RegExp) => Promise<string>,
): Promise<string> {
  const where = location ?? (await ask("instance/attributes/cluster-location", PLACE));
  const name = clusterName ?? (await ask("instance/attributes/cluster-name", PLACE));
  return `https://container.${universe}/v1/projects/${project}/locations/${where}/clusters/${name}`;
}

async function attribute(property: string, shape: RegExp, egress: Egress): Promise<string> {
  const [type = "", ...path] = property.split("/");
  const value = await read(type, path.join("/")).catch((error: unknown) => {
    throw toProviderError(error, egress, metadataErrors("google-cluster-unknown"), {
      identity: INSTANCE_LABEL,
    });
  });
  if (typeof value === "string" && shape.test(value)) return value;
  throw new ProviderError("response-malformed", { ...egress.lastExchange?.facts, detail: `no ${property}` });
}

function read(type: string, property: string): Promise<unknown> {
  return type === "project" ? gcpMetadata.project(property) : gcpMetadata.instance(property);
}
