import {
  type Check,
  explainNodeIdentity,
  explainNodeSetting,
  isForNode,
  isForPodOnly,
  isOthers,
  podChecks,
  subjectChecks,
} from "./check.ts";

export const GOOGLE_CHECKS: readonly Check[] = [
  ...podChecks("google", (rule) => !hasPool(rule), "google.workloadIdentityProvider or google.gke"),
  {
    at: ["google", "gke"],
    wrong: ({ google }) => google?.gke !== undefined && google.workloadIdentityProvider !== undefined,
    says: "a token is exchanged at one pool: remove gke or workloadIdentityProvider",
  },
  {
    at: ["google", "gke"],
    wrong: (rule) =>
      rule.google?.gke !== undefined && isForNode(rule) && rule.google.credentialsFile === undefined,
    says: (rule) => `GKE's pool trusts pods' tokens, and ${explainNodeIdentity(rule)}`,
  },
  {
    at: ["google", "workloadIdentityProvider"],
    wrong: ({ google, identity }) =>
      google?.workloadIdentityProvider !== undefined && identity === "node" && !isOthers(google.subjectToken),
    says: "identity is node, and no token is named for the provider: set subjectToken",
  },
  {
    at: ["google", "credentialsFile"],
    wrong: (rule) => rule.google?.credentialsFile !== undefined && isForPodOnly(rule),
    says: explainNodeSetting,
  },
  {
    at: ["google", "credentialsFile"],
    wrong: (rule) =>
      rule.google?.credentialsFile !== undefined && rule.identity !== "pod-then-node" && hasPool(rule),
    says: "the file is an identity already: remove it, or gke and workloadIdentityProvider",
  },
  {
    at: ["google", "credentialsFile"],
    wrong: ({ google }) => google?.credentialsFile !== undefined && isOthers(google.subjectToken),
    says: "the file is an identity already: remove it, or subjectToken",
  },
  {
    at: ["allow", "annotationServiceAccounts"],
    wrong: (rule) => rule.allow?.annotationServiceAccounts !== undefined && !hasPool(rule),
    says: "no pool takes the pod's token: set google.workloadIdentityProvider or google.gke",
  },
  {
    at: ["google", "subjectTokenAudience"],
    wrong: (rule) => rule.google?.subjectTokenAudience !== undefined && !isForNode(rule) && !hasPool(rule),
    says: "no token is exchanged: set google.workloadIdentityProvider or google.gke",
  },
  ...subjectChecks(
    "google",
    "workloadIdentityProvider",
    ({ google }) => google?.workloadIdentityProvider !== undefined,
  ),
];

function hasPool({ google }: Parameters<Check["wrong"]>[0]): boolean {
  return google?.workloadIdentityProvider !== undefined || google?.gke !== undefined;
}
