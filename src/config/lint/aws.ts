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

export const AWS_CHECKS: readonly Check[] = [
  ...podChecks(
    "aws",
    ({ aws, allow }) =>
      aws?.roleArn === undefined && aws?.podIdentity !== true && allow?.annotationRoles === undefined,
    "aws.roleArn, aws.podIdentity or allow.annotationRoles",
  ),
  {
    at: ["aws", "podIdentity"],
    wrong: ({ aws }) => aws?.podIdentity === true && aws.roleArn !== undefined,
    says: "the agent knows the pod's role: remove roleArn, or name it in chain",
  },
  {
    at: ["aws", "podIdentity"],
    wrong: (rule) => rule.aws?.podIdentity === true && isForNode(rule),
    says: (rule) => `the agent is asked with a pod's token, and ${explainNodeIdentity(rule)}`,
  },
  {
    at: ["allow", "annotationRoles"],
    wrong: ({ aws, allow }) => aws?.podIdentity === true && allow?.annotationRoles !== undefined,
    says: "the agent of aws.podIdentity knows the pod's role, and annotations have no effect: remove one of the two",
  },
  {
    at: ["aws", "externalId"],
    wrong: ({ aws }) => aws?.externalId !== undefined && aws.roleArn === undefined,
    says: "it is for the role of roleArn, which is missing",
  },
  {
    at: ["aws", "externalId"],
    wrong: (rule) =>
      rule.aws?.externalId !== undefined && (isForPodOnly(rule) || isOthers(rule.aws.subjectToken)),
    says: "STS takes none where a role is assumed with a token: put it into chain, with the role that asks for it",
  },
  ...(["profile", "configFile"] as const).flatMap((key): readonly Check[] => [
    {
      at: ["aws", key],
      wrong: (rule) => rule.aws?.[key] !== undefined && isForPodOnly(rule),
      says: explainNodeSetting,
    },
    {
      at: ["aws", key],
      wrong: ({ aws }) => aws?.[key] !== undefined && isOthers(aws.subjectToken),
      says: "the role is assumed with subjectToken: remove one of the two",
    },
  ]),
  ...subjectChecks("aws", "roleArn", ({ aws }) => aws?.roleArn !== undefined),
];
