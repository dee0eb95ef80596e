import type { Rule } from "./schema.ts";

/** One way in which the settings of a rule contradict each other, or cannot work. */
export interface Check {
  /** Below the rule: what is shown as the place. */
  readonly at: readonly [string, ...string[]];
  readonly wrong: (rule: Rule) => boolean;
  readonly says: string;
}

export const NODES_OWN = "it is the node's, and identity is pod";
export const NOTHING_FOR_A_POD = "nothing names an identity for a pod: set";

/** Who asks is said to be a pod, if only at first. */
export function isForPods({ identity }: Rule): boolean {
  return identity === "pod" || identity === "pod-then-node";
}

/** A token that is not the pod's. */
export function isOthers(subjectToken: string | undefined): boolean {
  return subjectToken !== undefined && subjectToken !== "request";
}

/** What holds of subject tokens in each cloud: whose they may be, and that they are for something. */
export function subjectChecks(
  cloud: "aws" | "google" | "azure",
  target: string,
  hasTarget: (rule: Rule) => boolean,
): readonly Check[] {
  const at = [cloud, "subjectToken"] as const;
  const token = (rule: Rule) => rule[cloud]?.subjectToken;
  return [
    {
      at,
      wrong: (rule) => isOthers(token(rule)) && rule.identity === "pod",
      says: "identity pod takes the pod's own token, and no other",
    },
    {
      at,
      wrong: (rule) => token(rule) === "request" && rule.identity === "node",
      says: "the request's token is the pod's, and identity is node",
    },
    {
      at,
      wrong: (rule) => isOthers(token(rule)) && !hasTarget(rule),
      says: `nothing is named that the token is exchanged for: set ${target}`,
    },
    {
      at,
      wrong: (rule) => token(rule) === "azure" && rule[cloud]?.subjectTokenAudience === undefined,
      says: "a token of Azure is for an application: set subjectTokenAudience to its ID URI",
    },
  ];
}
