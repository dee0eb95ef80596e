import { findNodeSource, identityMode, type Section } from "../policy.ts";
import type { Rule } from "../schema.ts";

/** A way in which the settings of one rule contradict each other, or cannot work. */
export interface Check {
  /** The setting that the message is about. The check applies only to rules that have this setting. */
  readonly path: readonly [setting: "identity" | "allow" | Section, key?: string];
  readonly isViolated: (rule: Rule) => boolean;
  readonly message: string | ((rule: Rule) => string);
}

type Cloud = Exclude<Section, "static">;

export function hasSetting(rule: Rule, [setting, key]: Check["path"]): boolean {
  const value = rule[setting];
  return value !== undefined && (key === undefined || Object.hasOwn(Object(value), key));
}

export const NO_POD_IDENTITY = "no pod identity is configured: set";

/** Reports whether the rule can use a pod's identity, alone or with the node's as the fallback. */
export function isForPods(rule: Rule): boolean {
  const mode = identityMode(rule);
  return mode === "pod" || mode === "pod-then-node";
}

/** Reports whether the rule never uses a pod's identity, so that settings for pods have no effect. */
export function isForNode(rule: Rule): boolean {
  return identityMode(rule) === "node";
}

/** Explains why the rule's identity is the node's. */
export function explainNodeIdentity(rule: Rule): string {
  return rule.identity === "node" ? "identity is node" : `${findNodeSource(rule)} implies identity: node`;
}

/** Reports whether a subject token comes from the node: from a file or from the node's own cloud. */
export function isNodeToken(subjectToken: string | undefined): boolean {
  return subjectToken !== undefined && subjectToken !== "request";
}

/** Returns the checks that at most one of the keys of a section is set. The message is about the later key. */
export function createExclusiveChecks(section: Section, keys: readonly string[]): readonly Check[] {
  return keys.map((key, index) => ({
    path: [section, key],
    isViolated: (rule) => keys.slice(0, index).some((other) => hasSetting(rule, [section, other])),
    message: `set only one of ${keys.join(", ")}`,
  }));
}

/** Returns the checks that credentials of the node are not set in a rule that uses only the pod's identity. */
export function createNodeCredentialChecks(cloud: Cloud, keys: readonly string[]): readonly Check[] {
  return keys.map((key) => ({
    path: [cloud, key],
    isViolated: (rule) => identityMode(rule) === "pod",
    message: ({ identity }) =>
      identity === "pod"
        ? "not allowed with identity: pod (these are node credentials)"
        : "not allowed with subjectToken: request, which implies identity: pod (these are node credentials)",
  }));
}

/** Returns the checks that a rule with a subject token from the node has no other credentials. */
export function createTokenConflictChecks(cloud: Cloud, keys: readonly string[]): readonly Check[] {
  return keys.map((key) => ({
    path: [cloud, key],
    isViolated: (rule) => isNodeToken(rule[cloud]?.subjectToken),
    message: "not allowed with subjectToken: remove one of the two",
  }));
}

/** Returns the checks that a rule for pods, by `identity` or by `subjectToken`, configures an identity for them. */
export function createPodChecks(
  cloud: Cloud,
  hasPodIdentity: (rule: Rule) => boolean,
  settings: string,
): readonly Check[] {
  const isViolated = (rule: Rule) => isForPods(rule) && !hasPodIdentity(rule);
  const message = `${NO_POD_IDENTITY} ${settings}`;
  return [
    { path: ["identity"], isViolated, message },
    {
      path: [cloud, "subjectToken"],
      isViolated: (rule) => rule.identity === undefined && isViolated(rule),
      message,
    },
  ];
}

/**
 * Returns the checks of `subjectToken` and `subjectTokenAudience`.
 *
 * @param target the settings for which the token is exchanged
 */
export function createSubjectTokenChecks(
  cloud: Cloud,
  target: string,
  hasTarget: (rule: Rule) => boolean,
): readonly Check[] {
  const path = [cloud, "subjectToken"] as const;
  const token = (rule: Rule) => rule[cloud]?.subjectToken;
  return [
    {
      path,
      isViolated: (rule) => isNodeToken(token(rule)) && rule.identity === "pod",
      message: "only request is allowed with identity: pod",
    },
    {
      path,
      isViolated: (rule) => token(rule) === "request" && isForNode(rule),
      message: (rule) => `request is the pod's token, but ${explainNodeIdentity(rule)}`,
    },
    {
      path,
      isViolated: (rule) => isNodeToken(token(rule)) && !hasTarget(rule),
      message: `requires ${target}`,
    },
    {
      path,
      isViolated: (rule) => token(rule) === "azure" && !hasSetting(rule, [cloud, "subjectTokenAudience"]),
      message: "an Azure token needs an audience: set subjectTokenAudience to the application ID URI",
    },
    {
      path: [cloud, "subjectTokenAudience"],
      isViolated: (rule) => isForNode(rule) && !isNodeToken(token(rule)),
      message: (rule) => `no token is exchanged: ${explainNodeIdentity(rule)}, and subjectToken is not set`,
    },
  ];
}
