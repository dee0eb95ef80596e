import { findNodeSource, identityMode } from "../policy.ts";
import type { Rule } from "../schema.ts";

/** One way in which the settings of a rule contradict each other, or cannot work. */
export interface Check {
  /** Below the rule: what is shown as the place. */
  readonly path: readonly [string, ...string[]];
  readonly isViolated: (rule: Rule) => boolean;
  readonly message: string | ((rule: Rule) => string);
}

export const NOTHING_FOR_A_POD = "nothing names an identity for a pod: set";

/** Reports whether the rule can use a pod's identity, alone or with the node's as the fallback. */
export function isForPods(rule: Rule): boolean {
  const mode = identityMode(rule);
  return mode === "pod" || mode === "pod-then-node";
}

/** Reports whether the rule never uses a pod's identity, so that settings for pods have no effect. */
export function isForNode(rule: Rule): boolean {
  return identityMode(rule) === "node";
}

/** Reports whether the rule never uses the node's identity, so that settings for the node have no effect. */
export function isForPodOnly(rule: Rule): boolean {
  return identityMode(rule) === "pod";
}

/** Explains why the rule's identity is the node's. */
export function explainNodeIdentity(rule: Rule): string {
  return rule.identity === "node"
    ? "identity is node"
    : `${findNodeSource(rule)} makes the rule's identity the node's`;
}

/** Explains why a setting for the node has no effect: the rule's identity is the pod's. */
export function explainNodeSetting(rule: Rule): string {
  const reason =
    rule.identity === "pod" ? "identity is pod" : "subjectToken: request makes the rule's identity the pod's";
  return `it is the node's, and ${reason}`;
}

/** A token that is not the pod's. */
export function isNodeToken(subjectToken: string | undefined): boolean {
  return subjectToken !== undefined && subjectToken !== "request";
}

/** Returns the checks that a rule for pods, by `identity` or by `subjectToken`, names an identity for them. */
export function createPodChecks(
  cloud: "aws" | "google" | "azure",
  namesNothing: (rule: Rule) => boolean,
  remedy: string,
): readonly Check[] {
  const isViolated = (rule: Rule) => isForPods(rule) && namesNothing(rule);
  const message = `${NOTHING_FOR_A_POD} ${remedy}`;
  return [
    { path: ["identity"], isViolated, message },
    {
      path: [cloud, "subjectToken"],
      isViolated: (rule) => rule.identity === undefined && isViolated(rule),
      message,
    },
  ];
}

/** What holds of subject tokens in each cloud: whose they may be, and that they are for something. */
export function createSubjectTokenChecks(
  cloud: "aws" | "google" | "azure",
  target: string,
  hasTarget: (rule: Rule) => boolean,
): readonly Check[] {
  const path = [cloud, "subjectToken"] as const;
  const token = (rule: Rule) => rule[cloud]?.subjectToken;
  const audience = [cloud, "subjectTokenAudience"] as const;
  return [
    {
      path,
      isViolated: (rule) => isNodeToken(token(rule)) && rule.identity === "pod",
      message: "identity pod takes the pod's own token, and no other",
    },
    {
      path,
      isViolated: (rule) => token(rule) === "request" && isForNode(rule),
      message: (rule) => `the request's token is the pod's, and ${explainNodeIdentity(rule)}`,
    },
    {
      path: audience,
      isViolated: (rule) =>
        rule[cloud]?.subjectTokenAudience !== undefined && isForNode(rule) && !isNodeToken(token(rule)),
      message: (rule) => `no token is exchanged: ${explainNodeIdentity(rule)}, and subjectToken names none`,
    },
    {
      path,
      isViolated: (rule) => isNodeToken(token(rule)) && !hasTarget(rule),
      message: `nothing is named that the token is exchanged for: set ${target}`,
    },
    {
      path,
      isViolated: (rule) => token(rule) === "azure" && rule[cloud]?.subjectTokenAudience === undefined,
      message: "a token of Azure is for an application: set subjectTokenAudience to its ID URI",
    },
  ];
}
