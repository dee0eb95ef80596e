import { ProviderError } from "../../errors/provider-error.ts";
import { type AwsRegion, findConfiguredRegion } from "./configured-region.ts";
import { fetchInstanceRegion } from "./imds.ts";
import type { AwsNode } from "./node-context.ts";
import { readProfileRegion } from "./profile-settings.ts";
import { findNamedProfile } from "./selected-profile.ts";

/**
 * The node's own region, where no registry's can stand in for it: the environment's, the profile's, the instance's.
 *
 * @throws ProviderError `environment-invalid`, `aws-profile-setting`, and as the shared files and the instance's metadata
 */
export async function resolveNodeRegion(node: AwsNode): Promise<AwsRegion> {
  const named = await findNamedProfile(node);
  const configured = findConfiguredRegion(undefined, node.world.env) ?? (named && readProfileRegion(named));
  return configured ?? node.session().then(fetchInstanceRegion).catch(explain);
}

/** Its own hint says how to have an identity: what is missing here is a region. */
function explain(error: unknown): never {
  if (!(error instanceof ProviderError)) throw error;
  throw new ProviderError(error.code, {
    ...error.facts,
    identity: "AWS_REGION, AWS_DEFAULT_REGION, the profile's region: not set",
    hint: "set AWS_REGION in the provider's env, beside AWS credentials where the node is not of AWS; or let the instance's metadata be asked",
  });
}
