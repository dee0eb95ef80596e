import type { Rule } from "../schema.ts";
import {
  type Check,
  createExclusiveChecks,
  createNodeCredentialChecks,
  createPodChecks,
  createSubjectTokenChecks,
  createTokenConflictChecks,
} from "./check.ts";

const APPLICATION_CREDENTIALS = ["clientSecretFile", "clientSecretEnv", "certificateFile"] as const;
/**
 * Credentials that a sign-in host receives and could use elsewhere. The signature of a certificate is valid for one host
 * only.
 */
const REUSABLE_SECRETS = ["clientSecretFile", "clientSecretEnv"] as const;
/** A pattern with a `*` in the last label of the host, by which the suffixes of the Azure clouds differ. */
const MATCHES_SEVERAL_CLOUDS = /^[^/]*\*[^./]*(?:\/.*)?$/;

export const AZURE_CHECKS: readonly Check[] = [
  ...createPodChecks(
    "azure",
    (rule) => hasApplication(rule) || rule.allow?.annotationClients !== undefined,
    "azure.tenantId and azure.clientId, or allow.annotationClients",
  ),
  {
    path: ["azure", "tenantId"],
    isViolated: ({ azure, allow }) => azure?.clientId === undefined && allow?.annotationClients === undefined,
    message: "requires clientId",
  },
  ...APPLICATION_CREDENTIALS.map(
    (key): Check => ({
      path: ["azure", key],
      isViolated: (rule) => !hasApplication(rule),
      message: "requires tenantId and clientId",
    }),
  ),
  ...createExclusiveChecks("azure", APPLICATION_CREDENTIALS),
  ...createTokenConflictChecks("azure", APPLICATION_CREDENTIALS),
  ...createNodeCredentialChecks("azure", [...APPLICATION_CREDENTIALS, "resourceId", "objectId"]),
  ...createExclusiveChecks("azure", ["clientId", "resourceId", "objectId"]),
  ...REUSABLE_SECRETS.map(
    (key): Check => ({
      path: ["azure", key],
      isViolated: ({ azure, match }) =>
        azure?.endpoints?.authority === undefined &&
        match.some((pattern) => MATCHES_SEVERAL_CLOUDS.test(pattern)),
      message:
        "match covers several Azure clouds, so a pod author could choose which of them receives the secret: end each pattern in the domain of one cloud",
    }),
  ),
  ...createSubjectTokenChecks("azure", "tenantId and clientId", hasApplication),
];

function hasApplication({ azure }: Rule): boolean {
  return azure?.tenantId !== undefined && azure.clientId !== undefined;
}
