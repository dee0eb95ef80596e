import type { World } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { formatServiceAccount, type Pod } from "../../identities/pod.ts";
import { containerUrl, requestCredentials } from "./container-credentials.ts";
import type { AwsCredentials } from "./credentials.ts";
import { raceAddresses } from "./happy-eyeballs.ts";

/** The node's agent of EKS Pod Identity (EKS User Guide, "Understand how EKS Pod Identity works"). */
const AGENTS = ["http://169.254.170.23/v1/credentials", "http://[fd00:ec2::23]/v1/credentials"];

/**
 * The role that EKS has associated with the pod's ServiceAccount: the agent shows EKS the token and gives what comes back.
 *
 * @throws ProviderError `aws-container-endpoint`, `aws-container-refused` and the metadata codes
 */
export async function fetchPodIdentityCredentials(pod: Pod, world: World): Promise<AwsCredentials> {
  const whose = formatServiceAccount(pod);
  const configured = world.env.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  const urls = configured ? [containerUrl(configured)] : AGENTS.map((agent) => new URL(agent));
  const source = `${whose} by EKS Pod Identity`;
  const ask = (url: URL) => requestCredentials({ url, authorization: pod.token.expose(), source }, world);
  return raceAddresses(urls, ask, world).catch((error: unknown) => {
    throw error instanceof ProviderError
      ? error.with({ identity: source, hint: hintFor(error, whose) })
      : error;
  });
}

/** What EKS says (EKS Auth API Reference, `AssumeRoleForPodIdentity`), or that there is no agent. */
const HINTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    AccessDeniedException: "allow the node's role eks-auth:AssumeRoleForPodIdentity",
    ExpiredTokenException: "check the node's clock, and whether the kubelet renews the pod's token",
    InvalidTokenException: "check that the token is of this cluster and for pods.eks.amazonaws.com",
  }),
);

function hintFor({ code, facts }: ProviderError, whose: string): string | undefined {
  if (facts.vendorCode === "ResourceNotFoundException")
    return `create a Pod Identity association of the cluster for ${whose}`;
  if (code === "metadata-refused" || code === "metadata-timeout")
    return "check that the add-on eks-pod-identity-agent runs on this node";
  return HINTS.get(facts.vendorCode ?? "");
}
