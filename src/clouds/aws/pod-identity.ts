import type { World } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { formatServiceAccount, type Pod } from "../../identities/pod.ts";
import { parseContainerUrl, requestCredentials } from "./container-credentials.ts";
import type { AwsCredentials } from "./credentials.ts";
import { raceAddresses } from "./happy-eyeballs.ts";

/** The addresses of the EKS Pod Identity agent on the node (EKS User Guide, "Understand how EKS Pod Identity works"). */
const AGENT_URLS = ["http://169.254.170.23/v1/credentials", "http://[fd00:ec2::23]/v1/credentials"];

/**
 * Fetches credentials of the role that is associated with the pod's ServiceAccount. The agent exchanges the pod's token for them at
 * EKS.
 *
 * @throws ProviderError `aws-container-endpoint-invalid`, `aws-container-refused` and the metadata codes
 */
export async function fetchPodIdentityCredentials(pod: Pod, world: World): Promise<AwsCredentials> {
  const serviceAccount = formatServiceAccount(pod);
  const configured = world.env.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  const urls = configured ? [parseContainerUrl(configured)] : AGENT_URLS.map((agent) => new URL(agent));
  const source = `${serviceAccount} by EKS Pod Identity`;
  const send = (url: URL) => requestCredentials({ url, authorization: pod.token.expose(), source }, world);
  return raceAddresses(urls, send, world).catch((error: unknown) => {
    throw error instanceof ProviderError
      ? error.with({ identity: source, hint: getPodIdentityHint(error, serviceAccount) })
      : error;
  });
}

/** Hints by the error code of EKS (EKS Auth API Reference, `AssumeRoleForPodIdentity`). */
const EKS_HINTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    AccessDeniedException: "allow the node's role eks-auth:AssumeRoleForPodIdentity",
    ExpiredTokenException: "check the node's clock, and whether the kubelet renews the pod's token",
    InvalidTokenException: "check that the token is from this cluster and for pods.eks.amazonaws.com",
  }),
);

function getPodIdentityHint({ code, facts }: ProviderError, serviceAccount: string): string | undefined {
  if (facts.vendorCode === "ResourceNotFoundException")
    return `create a Pod Identity association in the cluster for ${serviceAccount}`;
  if (code === "metadata-refused" || code === "metadata-timeout")
    return "check that the add-on eks-pod-identity-agent runs on this node";
  return EKS_HINTS.get(facts.vendorCode ?? "");
}
