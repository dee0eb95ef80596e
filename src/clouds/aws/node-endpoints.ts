import { createEndpointResolver, type ResolveEndpoint, readEndpointSettings } from "./endpoints.ts";
import type { AwsNode } from "./node-context.ts";
import { STANDARD_ENDPOINT } from "./partitions.ts";
import { findNamedProfile } from "./selected-profile.ts";

/** Creates the endpoint resolver for a token that the node exchanges in another cloud. Neither a registry nor a rule affects it. */
export async function createNodeEndpointResolver(node: AwsNode): Promise<ResolveEndpoint> {
  return createEndpointResolver(
    STANDARD_ENDPOINT,
    {},
    readEndpointSettings(node.world.env, await findNamedProfile(node)),
  );
}
