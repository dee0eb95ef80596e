import { ProviderError } from "../../errors.ts";
import { requireRegion } from "./endpoints.ts";
import { instanceRegion } from "./imds.ts";
import type { NodeOfAws } from "./node.ts";
import { profileRegion } from "./profile.ts";

/**
 * The node's own region, where no registry's can stand in for it: the environment's, the profile's, the instance's.
 *
 * @throws ProviderError `environment-value`, and as the instance's metadata
 */
export async function nodeRegion(node: NodeOfAws): Promise<string> {
  const { AWS_REGION, AWS_DEFAULT_REGION } = node.world.env;
  const told = AWS_REGION || AWS_DEFAULT_REGION || (await profileRegion(node));
  if (!told) return node.session().then(instanceRegion).catch(explain);
  requireRegion(told);
  return told;
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
