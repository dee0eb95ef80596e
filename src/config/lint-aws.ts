import {
  type Check,
  isForPods,
  isOthers,
  NODES_OWN,
  NOTHING_FOR_A_POD,
  subjectChecks,
} from "./lint-check.ts";

export const AWS_CHECKS: readonly Check[] = [
  {
    at: ["identity"],
    wrong: (rule) => {
      const { roleArn, podIdentity } = rule.aws ?? {};
      const named = [roleArn, podIdentity || undefined, rule.allow?.annotationRoles];
      return isForPods(rule) && named.every((one) => one === undefined);
    },
    says: `${NOTHING_FOR_A_POD} aws.roleArn, aws.podIdentity or allow.annotationRoles`,
  },
  {
    at: ["aws", "podIdentity"],
    wrong: ({ aws }) => aws?.podIdentity === true && aws.roleArn !== undefined,
    says: "the agent knows the pod's role: remove roleArn, or name it in chain",
  },
  {
    at: ["aws", "podIdentity"],
    wrong: ({ aws, identity }) => aws?.podIdentity === true && identity === "node",
    says: "the agent is asked with a pod's token, and identity is node",
  },
  {
    at: ["aws", "podIdentity"],
    wrong: ({ aws }) => aws?.podIdentity === true && isOthers(aws.subjectToken),
    says: "the agent takes the pod's own token: remove subjectToken",
  },
  {
    at: ["aws", "externalId"],
    wrong: ({ aws }) => aws?.externalId !== undefined && aws.roleArn === undefined,
    says: "it is for the role of roleArn, which is missing",
  },
  {
    at: ["aws", "externalId"],
    wrong: ({ aws, identity }) =>
      aws?.externalId !== undefined && (identity === "pod" || isOthers(aws.subjectToken)),
    says: "STS takes none where a role is assumed with a token: put it into chain, with the role that asks for it",
  },
  ...(["profile", "configFile"] as const).flatMap((key): readonly Check[] => [
    {
      at: ["aws", key],
      wrong: ({ aws, identity }) => aws?.[key] !== undefined && identity === "pod",
      says: NODES_OWN,
    },
    {
      at: ["aws", key],
      wrong: ({ aws }) => aws?.[key] !== undefined && isOthers(aws.subjectToken),
      says: "the role is assumed with subjectToken: remove one of the two",
    },
  ]),
  ...subjectChecks("aws", "roleArn", ({ aws }) => aws?.roleArn !== undefined),
];
