/**
 * Names that the configurations of config/scenarios/ share: the principals that the clouds trust, and the requests to
 * them.
 */

import { HOUR } from "../../src/core/time.ts";
import type { ErrorCode } from "../../src/errors/codes.ts";
import { GOOGLE_ISSUER } from "../cloud/google-tokens.ts";
import type { AzureApp } from "../cloud/options.ts";
import { OUTBOUND_ISSUER } from "../cloud/sts-outbound.ts";
import type { Failing } from "../transcripts/scene.ts";

export const CLUSTER = "https://oidc.cluster.example";
export const OUTBOUND = OUTBOUND_ISSUER;
export const GOOGLE = GOOGLE_ISSUER;
/** `sub` of the fake metadata server's identity tokens. */
export const GOOGLE_NODE = "104023876223456789012";
export const TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
export const CLIENT = "00001111-aaaa-2222-bbbb-3333cccc4444";
export const AUDIENCE = "api://AzureADTokenExchange";

export const ECR_IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1";
export const GOOGLE_IMAGE = "europe-docker.pkg.dev/shop-images/containers/web:1";
export const ACR_IMAGE = "shopimages.azurecr.io/web:1";

export const ECR_LOGIN = { login: "AWS", life: 12 * HOUR };
export const GOOGLE_LOGIN = { login: "oauth2accesstoken", life: HOUR };
export const ACR_LOGIN = { login: "00000000-0000-0000-0000-000000000000", life: 3 * HOUR };

/** Exit 1 with any hint: the transcripts test the texts. */
export const refused = (fails: ErrorCode): Failing => ({ fails, exit: 1, hint: /./ });

export const ECR_HOST = "api.ecr.eu-west-1.amazonaws.com";
export const STS_HOST = "sts.eu-west-1.amazonaws.com";
export const GOOGLE_STS_HOST = "sts.googleapis.com";
export const ENTRA_HOST = "login.microsoftonline.com";
export const ACR_HOST = "shopimages.azurecr.io";

export const WEB = { namespace: "shop", serviceAccount: "web" };
/** A ServiceAccount with the same name in a namespace that the rule does not allow. */
export const INTRUDER = { namespace: "guests", serviceAccount: "web" };

export const formatSubject = ({ namespace, serviceAccount }: typeof WEB): string =>
  `system:serviceaccount:${namespace}:${serviceAccount}`;

export const providerName = (pool: string, provider: string): string =>
  `projects/123456789012/locations/global/workloadIdentityPools/${pool}/providers/${provider}`;

/** A principal of a pool that may get the permission to read images. */
export const principal = (pool: string, subject: string, projectNumber = "123456789012"): string =>
  `principal://iam.googleapis.com/projects/${projectNumber}/locations/global/workloadIdentityPools/${pool}/subject/${subject}`;

export function application(trust: { issuer: string; subject: string; audience?: string }): AzureApp {
  return {
    clientId: CLIENT,
    objectId: "99998888-aaaa-7777-bbbb-6666cccc5555",
    federated: [{ audience: AUDIENCE, ...trust }],
    pulls: [ACR_HOST],
  };
}
