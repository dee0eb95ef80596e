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

export const AWS_CHECKS: readonly Check[] = [
  ...createPodChecks(
    "aws",
    ({ aws, allow }) =>
      aws?.roleArn === undefined && aws?.podIdentity !== true && allow?.annotationRoles === undefined,
    "aws.roleArn, aws.podIdentity or allow.annotationRoles",
  ),
  {
    path: ["aws", "podIdentity"],
    isViolated: ({ aws }) => aws?.podIdentity === true && aws.roleArn !== undefined,
    message: "the agent knows the pod's role: remove roleArn, or name it in chain",
  },
  {
    path: ["aws", "podIdentity"],
    isViolated: (rule) => rule.aws?.podIdentity === true && isForNode(rule),
    message: (rule) => `the agent is asked with a pod's token, and ${explainNodeIdentity(rule)}`,
  },
  {
    path: ["allow", "annotationRoles"],
    isViolated: ({ aws, allow }) => aws?.podIdentity === true && allow?.annotationRoles !== undefined,
    message:
      "the agent of aws.podIdentity knows the pod's role, and annotations have no effect: remove one of the two",
  },
  {
    path: ["aws", "externalId"],
    isViolated: ({ aws }) => aws?.externalId !== undefined && aws.roleArn === undefined,
    message: "it is for the role of roleArn, which is missing",
  },
  {
    path: ["aws", "externalId"],
    isViolated: (rule) =>
      rule.aws?.externalId !== undefined && (isForPodOnly(rule) || isNodeToken(rule.aws.subjectToken)),
    message:
      "STS takes none where a role is assumed with a token: put it into chain, with the role that asks for it",
  },
  ...(["profile", "configFile"] as const).flatMap((key): readonly Check[] => [
    {
      path: ["aws", key],
      isViolated: (rule) => rule.aws?.[key] !== undefined && isForPodOnly(rule),
      message: explainNodeSetting,
    },
    {
      path: ["aws", key],
      isViolated: ({ aws }) => aws?.[key] !== undefined && isNodeToken(aws.subjectToken),
      message: "the role is assumed with subjectToken: remove one of the two",
    },
  ]),
  ...createSubjectTokenChecks("aws", "roleArn", ({ aws }) => aws?.roleArn !== undefined),
];
