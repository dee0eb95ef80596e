import { createEndpointResolver, type ResolveEndpoint, readEndpointSettings } from "./endpoints.ts";
import type { AwsNode } from "./node-context.ts";
import { STANDARD_ENDPOINT } from "./partitions.ts";
import { findNamedProfile } from "./selected-profile.ts";

/** Resolves endpoints for a token of the node's that is for another cloud: neither an AWS registry nor a rule affects them. */
export async function createNodeEndpointResolver(node: AwsNode): Promise<ResolveEndpoint> {
  return createEndpointResolver(
    STANDARD_ENDPOINT,
    {},
    readEndpointSettings(node.world.env, await findNamedProfile(node)),
  );
}
