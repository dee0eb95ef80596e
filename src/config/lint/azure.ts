import type { Rule } from "../schema.ts";
import {
  type Check,
  createPodChecks,
  createSubjectTokenChecks,
  explainNodeSetting,
  isForPodOnly,
  isNodeToken,
} from "./check.ts";

const SECRETS = ["clientSecretFile", "clientSecretEnv", "certificateFile"] as const;
/** What whoever sees it can use again; a certificate's signature is for one sign-in host. */
const SHOWN = ["clientSecretFile", "clientSecretEnv"] as const;
/** The clouds' suffixes differ in their last label. */
const ENDS_ANYHOW = /^[^/]*\*[^./]*(?:\/.*)?$/;
const MANAGED = ["resourceId", "objectId"] as const;

export const AZURE_CHECKS: readonly Check[] = [
  ...createPodChecks(
    "azure",
    (rule) => !hasApplication(rule) && rule.allow?.annotationClients === undefined,
    "azure.tenantId and azure.clientId, or allow.annotationClients",
  ),
  {
    path: ["azure", "tenantId"],
    isViolated: ({ azure, allow }) =>
      azure?.tenantId !== undefined && azure.clientId === undefined && allow?.annotationClients === undefined,
    message: "a tenant without an application is nobody: set clientId",
  },
  ...SECRETS.flatMap((key, place): readonly Check[] => [
    {
      path: ["azure", key],
      isViolated: (rule) => rule.azure?.[key] !== undefined && !hasApplication(rule),
      message: "it is an application's: set tenantId and clientId",
    },
    {
      path: ["azure", key],
      isViolated: ({ azure }) =>
        azure?.[key] !== undefined && SECRETS.slice(0, place).some((other) => azure[other] !== undefined),
      message: `an application is proved in one way: leave one of ${SECRETS.join(", ")}`,
    },
    {
      path: ["azure", key],
      isViolated: ({ azure }) => azure?.[key] !== undefined && isNodeToken(azure.subjectToken),
      message: "an application is proved in one way: remove it, or subjectToken",
    },
    {
      path: ["azure", key],
      isViolated: (rule) => rule.azure?.[key] !== undefined && isForPodOnly(rule),
      message: explainNodeSetting,
    },
  ]),
  ...MANAGED.flatMap((key, place): readonly Check[] => [
    {
      path: ["azure", key],
      isViolated: ({ azure }) =>
        azure?.[key] !== undefined &&
        ["clientId" as const, ...MANAGED.slice(0, place)].some((other) => azure[other] !== undefined),
      message: `a managed identity is named once: leave one of clientId, ${MANAGED.join(", ")}`,
    },
    {
      path: ["azure", key],
      isViolated: (rule) => rule.azure?.[key] !== undefined && isForPodOnly(rule),
      message: explainNodeSetting,
    },
  ]),
  ...SHOWN.map(
    (key): Check => ({
      path: ["azure", key],
      isViolated: ({ azure, match }) =>
        azure?.[key] !== undefined &&
        azure.endpoints?.authority === undefined &&
        match.some((pattern) => ENDS_ANYHOW.test(pattern)),
      message:
        "it would be shown to several clouds of Azure, and which one a pod's author chooses: end match in one of them",
    }),
  ),
  ...createSubjectTokenChecks("azure", "tenantId and clientId", hasApplication),
];

function hasApplication({ azure }: Rule): boolean {
  return azure?.tenantId !== undefined && azure.clientId !== undefined;
}
