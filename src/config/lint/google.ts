import {
  type Check,
  createPodChecks,
  createSubjectTokenChecks,
  explainNodeIdentity,
  explainNodeSetting,
  isForNode,
  isForPodOnly,
  isNodeToken,
} from "./check.ts";

export const GOOGLE_CHECKS: readonly Check[] = [
  ...createPodChecks("google", (rule) => !hasPool(rule), "google.workloadIdentityProvider or google.gke"),
  {
    path: ["google", "gke"],
    isViolated: ({ google }) => google?.gke !== undefined && google.workloadIdentityProvider !== undefined,
    message: "a token is exchanged at one pool: remove gke or workloadIdentityProvider",
  },
  {
    path: ["google", "gke"],
    isViolated: (rule) =>
      rule.google?.gke !== undefined && isForNode(rule) && rule.google.credentialsFile === undefined,
    message: (rule) => `GKE's pool trusts pods' tokens, and ${explainNodeIdentity(rule)}`,
  },
  {
    path: ["google", "workloadIdentityProvider"],
    isViolated: ({ google, identity }) =>
      google?.workloadIdentityProvider !== undefined &&
      identity === "node" &&
      !isNodeToken(google.subjectToken),
    message: "identity is node, and no token is named for the provider: set subjectToken",
  },
  {
    path: ["google", "credentialsFile"],
    isViolated: (rule) => rule.google?.credentialsFile !== undefined && isForPodOnly(rule),
    message: explainNodeSetting,
  },
  {
    path: ["google", "credentialsFile"],
    isViolated: (rule) =>
      rule.google?.credentialsFile !== undefined && rule.identity !== "pod-then-node" && hasPool(rule),
    message: "the file is an identity already: remove it, or gke and workloadIdentityProvider",
  },
  {
    path: ["google", "credentialsFile"],
    isViolated: ({ google }) => google?.credentialsFile !== undefined && isNodeToken(google.subjectToken),
    message: "the file is an identity already: remove it, or subjectToken",
  },
  {
    path: ["allow", "annotationServiceAccounts"],
    isViolated: (rule) => rule.allow?.annotationServiceAccounts !== undefined && !hasPool(rule),
    message: "no pool takes the pod's token: set google.workloadIdentityProvider or google.gke",
  },
  {
    path: ["google", "subjectTokenAudience"],
    isViolated: (rule) =>
      rule.google?.subjectTokenAudience !== undefined && !isForNode(rule) && !hasPool(rule),
    message: "no token is exchanged: set google.workloadIdentityProvider or google.gke",
  },
  ...createSubjectTokenChecks(
    "google",
    "workloadIdentityProvider",
    ({ google }) => google?.workloadIdentityProvider !== undefined,
  ),
];

function hasPool({ google }: Parameters<Check["isViolated"]>[0]): boolean {
  return google?.workloadIdentityProvider !== undefined || google?.gke !== undefined;
}
