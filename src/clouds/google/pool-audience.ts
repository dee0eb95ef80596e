import type { World } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { formatGkeAudience, formatProviderResourceName, type GooglePool } from "../../identities/google.ts";
import { type MetadataServer, openMetadata, readMetadata } from "./metadata.ts";

interface PoolAudience {
  /** The `audience` of the exchange at STS. */
  readonly audience: string;
  /** The audience that the subject token must have; undefined if it was checked before, or is not restricted. */
  readonly tokenAudience: string | undefined;
}

/** Google's names of projects, locations and clusters. None of them can end a segment of the cluster's URL. */
const PROJECT_ID_PATTERN = /^([a-z0-9.-]{1,100}:)?[a-z0-9-]{1,100}$/;
const LOCATION_OR_CLUSTER_PATTERN = /^[a-z0-9-]{1,64}$/;

/**
 * Resolves the audience of a pool. What the configuration leaves out is read from the metadata server.
 *
 * @throws ProviderError `google-cluster-unknown` and the metadata codes
 */
export async function resolvePoolAudience(
  pool: GooglePool,
  universe: string,
  world: World,
): Promise<PoolAudience> {
  if (pool.kind === "provider")
    return { audience: formatProviderResourceName(pool.name), tokenAudience: undefined };
  let metadata: MetadataServer | undefined;
  const read = async (property: string, pattern: RegExp) => {
    metadata ??= await openMetadata(world);
    const value = await readMetadata(property, metadata, "google-cluster-unknown");
    if (pattern.test(value)) return value;
    throw new ProviderError("response-malformed", {
      ...metadata.egress.lastExchange?.facts,
      detail: `no ${property}`,
    });
  };
  const project = pool.projectId ?? (await read("project/project-id", PROJECT_ID_PATTERN));
  let cluster = pool.identityProvider;
  if (cluster === undefined) {
    const location =
      pool.location ?? (await read("instance/attributes/cluster-location", LOCATION_OR_CLUSTER_PATTERN));
    const name =
      pool.clusterName ?? (await read("instance/attributes/cluster-name", LOCATION_OR_CLUSTER_PATTERN));
    // The issuer of the cluster's tokens (GKE API, `projects.locations.clusters`).
    cluster = `https://container.${universe}/v1/projects/${project}/locations/${location}/clusters/${name}`;
  }
  return {
    audience: `identitynamespace:${formatGkeAudience(project)}:${cluster}`,
    // Upstream's two arguments do not restrict the token's audience.
    tokenAudience: pool.audience ?? (pool.identityProvider ? undefined : formatGkeAudience(project)),
  };
}
