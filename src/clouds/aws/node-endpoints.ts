import { type Endpoints, endpointsFor, readEndpointSettings } from "./endpoints.ts";
import type { NodeOfAws } from "./node.ts";
import { STANDARD } from "./partitions.ts";
import { findNamedProfile } from "./profile.ts";

/** The endpoints of the node itself, where no registry of AWS and no rule has a say. */
export async function nodeEndpoints(node: NodeOfAws): Promise<Endpoints> {
  return endpointsFor(STANDARD, {}, readEndpointSettings(node.world.env, await findNamedProfile(node)));
}
