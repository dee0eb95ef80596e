import { ProviderError } from "../../errors/provider-error.ts";
import { type AwsRegion, findConfiguredRegion } from "./configured-region.ts";
import { fetchInstanceRegion } from "./imds.ts";
import type { AwsNode } from "./node-context.ts";
import { readProfileRegion } from "./profile-settings.ts";
import { findNamedProfile } from "./selected-profile.ts";

/**
 * Returns the node's region for a token that is not for an AWS registry: from the environment, the profile or the instance.
 *
 * @throws ProviderError `environment-invalid`, `aws-profile-setting-invalid`, and the codes of the shared files and the instance metadata
 */
export async function resolveNodeRegion(node: AwsNode): Promise<AwsRegion> {
  const named = await findNamedProfile(node);
  const configured = findConfiguredRegion(undefined, node.world.env) ?? (named && readProfileRegion(named));
  if (configured !== undefined) return configured;
  return node
    .session()
    .then(fetchInstanceRegion)
    .catch((error: unknown) => {
      if (!(error instanceof ProviderError)) throw error;
      // The usual hint of these codes is about credentials. Here a region is missing.
      throw new ProviderError(error.code, {
        ...error.facts,
        identity: "AWS_REGION, AWS_DEFAULT_REGION, the profile's region: not set",
        hint: "set AWS_REGION in the provider's env; a node outside AWS also needs AWS credentials there",
      });
    });
}
