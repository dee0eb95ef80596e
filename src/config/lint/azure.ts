import type { Rule } from "../schema.ts";
import { type Check, explainNodeSetting, isForPodOnly, isOthers, podChecks, subjectChecks } from "./check.ts";

const SECRETS = ["clientSecretFile", "clientSecretEnv", "certificateFile"] as const;
/** What whoever sees it can use again; a certificate's signature is for one sign-in host. */
const SHOWN = ["clientSecretFile", "clientSecretEnv"] as const;
/** The clouds' suffixes differ in their last label. */
const ENDS_ANYHOW = /^[^/]*\*[^./]*(?:\/.*)?$/;
const MANAGED = ["resourceId", "objectId"] as const;

export const AZURE_CHECKS: readonly Check[] = [
  ...podChecks(
    "azure",
    (rule) => !hasApplication(rule) && rule.allow?.annotationClients === undefined,
    "azure.tenantId and azure.clientId, or allow.annotationClients",
  ),
  {
    at: ["azure", "tenantId"],
    wrong: ({ azure, allow }) =>
      azure?.tenantId !== undefined && azure.clientId === undefined && allow?.annotationClients === undefined,
    says: "a tenant without an application is nobody: set clientId",
  },
  ...SECRETS.flatMap((key, place): readonly Check[] => [
    {
      at: ["azure", key],
      wrong: (rule) => rule.azure?.[key] !== undefined && !hasApplication(rule),
      says: "it is an application's: set tenantId and clientId",
    },
    {
      at: ["azure", key],
      wrong: ({ azure }) =>
        azure?.[key] !== undefined && SECRETS.slice(0, place).some((other) => azure[other] !== undefined),
      says: `an application is proved in one way: leave one of ${SECRETS.join(", ")}`,
    },
    {
      at: ["azure", key],
      wrong: ({ azure }) => azure?.[key] !== undefined && isOthers(azure.subjectToken),
      says: "an application is proved in one way: remove it, or subjectToken",
    },
    {
      at: ["azure", key],
      wrong: (rule) => rule.azure?.[key] !== undefined && isForPodOnly(rule),
      says: explainNodeSetting,
    },
  ]),
  ...MANAGED.flatMap((key, place): readonly Check[] => [
    {
      at: ["azure", key],
      wrong: ({ azure }) =>
        azure?.[key] !== undefined &&
        ["clientId" as const, ...MANAGED.slice(0, place)].some((other) => azure[other] !== undefined),
      says: `a managed identity is named once: leave one of clientId, ${MANAGED.join(", ")}`,
    },
    {
      at: ["azure", key],
      wrong: (rule) => rule.azure?.[key] !== undefined && isForPodOnly(rule),
      says: explainNodeSetting,
    },
  ]),
  ...SHOWN.map(
    (key): Check => ({
      at: ["azure", key],
      wrong: ({ azure, match }) =>
        azure?.[key] !== undefined &&
        azure.endpoints?.authority === undefined &&
        match.some((pattern) => ENDS_ANYHOW.test(pattern)),
      says: "it would be shown to several clouds of Azure, and which one a pod's author chooses: end match in one of them",
    }),
  ),
  ...subjectChecks("azure", "tenantId and clientId", hasApplication),
];

function hasApplication({ azure }: Rule): boolean {
  return azure?.tenantId !== undefined && azure.clientId !== undefined;
}
