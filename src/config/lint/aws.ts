import { identityMode } from "../policy.ts";
import {
  type Check,
  createNodeCredentialChecks,
  createPodChecks,
  createSubjectTokenChecks,
  createTokenConflictChecks,
  explainNodeIdentity,
  isForNode,
  isNodeToken,
} from "./check.ts";

export const AWS_CHECKS: readonly Check[] = [
  ...createPodChecks(
    "aws",
    ({ aws, allow }) =>
      aws?.roleArn !== undefined || aws?.podIdentity === true || allow?.annotationRoles !== undefined,
    "aws.roleArn, aws.podIdentity or allow.annotationRoles",
  ),
  {
    path: ["aws", "podIdentity"],
    isViolated: ({ aws }) => aws?.podIdentity === true && aws.roleArn !== undefined,
    message:
      "not allowed with roleArn, because EKS Pod Identity selects the role: remove roleArn, or move it to chain",
  },
  {
    path: ["aws", "podIdentity"],
    isViolated: (rule) => rule.aws?.podIdentity === true && isForNode(rule),
    message: (rule) => `EKS Pod Identity requires a pod's token, but ${explainNodeIdentity(rule)}`,
  },
  {
    path: ["allow", "annotationRoles"],
    isViolated: ({ aws }) => aws?.podIdentity === true,
    message:
      "annotations have no effect with aws.podIdentity, because EKS Pod Identity selects the role: remove one of the two",
  },
  {
    path: ["aws", "externalId"],
    isViolated: ({ aws }) => aws?.roleArn === undefined,
    message: "requires roleArn",
  },
  {
    path: ["aws", "externalId"],
    isViolated: (rule) => identityMode(rule) === "pod" || isNodeToken(rule.aws?.subjectToken),
    message:
      "AssumeRoleWithWebIdentity accepts no external ID: move it to the role in chain that requires it",
  },
  ...createNodeCredentialChecks("aws", ["profile", "configFile"]),
  ...createTokenConflictChecks("aws", ["profile", "configFile"]),
  ...createSubjectTokenChecks("aws", "roleArn", ({ aws }) => aws?.roleArn !== undefined),
];
