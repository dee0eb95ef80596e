import type { Rule } from "../schema.ts";
import {
  type Check,
  createExclusiveChecks,
  createNodeCredentialChecks,
  createPodChecks,
  createSubjectTokenChecks,
  createTokenConflictChecks,
  explainNodeIdentity,
  isForNode,
  isNodeToken,
} from "./check.ts";

const POOL_SETTINGS = "google.workloadIdentityProvider or google.gke";

export const GOOGLE_CHECKS: readonly Check[] = [
  ...createPodChecks("google", hasPool, POOL_SETTINGS),
  ...createExclusiveChecks("google", ["workloadIdentityProvider", "gke"]),
  {
    path: ["google", "gke"],
    isViolated: (rule) => isForNode(rule) && rule.google?.credentialsFile === undefined,
    message: (rule) =>
      `GKE's workload identity pool accepts only pods' tokens, but ${explainNodeIdentity(rule)}`,
  },
  {
    path: ["google", "workloadIdentityProvider"],
    isViolated: ({ google, identity }) => identity === "node" && !isNodeToken(google?.subjectToken),
    message: "identity is node, but there is no token to exchange: set subjectToken",
  },
  ...createNodeCredentialChecks("google", ["credentialsFile"]),
  {
    path: ["google", "credentialsFile"],
    isViolated: (rule) => rule.identity !== "pod-then-node" && hasPool(rule),
    message: "not allowed with gke or workloadIdentityProvider, except for identity: pod-then-node",
  },
  ...createTokenConflictChecks("google", ["credentialsFile"]),
  {
    path: ["allow", "annotationServiceAccounts"],
    isViolated: (rule) => !hasPool(rule),
    message: `requires ${POOL_SETTINGS}`,
  },
  {
    path: ["google", "subjectTokenAudience"],
    isViolated: (rule) => !isForNode(rule) && !hasPool(rule),
    message: `no token is exchanged: set ${POOL_SETTINGS}`,
  },
  ...createSubjectTokenChecks(
    "google",
    "workloadIdentityProvider",
    ({ google }) => google?.workloadIdentityProvider !== undefined,
  ),
];

function hasPool({ google }: Rule): boolean {
  return google?.workloadIdentityProvider !== undefined || google?.gke !== undefined;
}
