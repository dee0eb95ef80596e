import type { CloudOptions } from "../cloud/cloud.ts";
import { ECR, ECR_LOGIN, ECR_PUBLIC, IMDS, IMDS_IN_REGION, POD_ROLE } from "./answers.ts";
import type { Place, Scene } from "./scene.ts";

const CN = "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/team/app";
const GOV = "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/team/app";
const EUSC = "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu/team/app";
const LOGIN = "ecr/GetAuthorizationToken";
const AGENT = "container/pod-identity";
const METADATA = ["imds/token", "imds/partition"];

const inPartition = (partition: string, region: string): CloudOptions => ({ aws: { partition, region } });
const CHINA = inPartition("aws-cn", "cn-north-1");
const GOVERNMENT = inPartition("aws-us-gov", "us-gov-west-1");

const refused = (registry: string, says: string): Pick<Scene, "expect" | "hosts"> => ({
  expect: {
    fails: "aws-other-partition",
    exit: 1,
    says: [`the registry's partition is ${registry}, that of ${says}`],
  },
  hosts: [],
});

const ruled = (aws: object): string =>
  JSON.stringify({
    apiVersion: "registry-credential-provider/v1",
    kind: "Config",
    rules: [{ match: ["*.dkr.ecr.*.amazonaws.com", "*.dkr.ecr.*.amazonaws.com.cn"], aws }],
  });
const keys = ({ cloud }: Place) => ({
  AWS_ACCESS_KEY_ID: cloud.awsUserKey.accessKeyId,
  AWS_SECRET_ACCESS_KEY: cloud.awsUserKey.secretAccessKey,
});
const profile = (region: string) => ({
  files: ({ cloud }: Place) => ({
    credentials: `[default]\nregion = ${region}\naws_access_key_id = ${cloud.awsUserKey.accessKeyId}\naws_secret_access_key = ${cloud.awsUserKey.secretAccessKey}\n`,
  }),
  env: ({ file }: Place) => ({ AWS_SHARED_CREDENTIALS_FILE: file("credentials") }),
});

/** The role of the node's instance. */
const INSTANCES: readonly Scene[] = [
  ...[
    [CN, "aws-cn"],
    [GOV, "aws-us-gov"],
    [EUSC, "aws-eusc"],
  ].map(
    ([image = "", partition = ""]): Scene => ({
      name: `an instance's role is not shown to a registry of ${partition}`,
      image,
      node: "aws",
      ...refused(partition, "the instance is aws"),
      asked: METADATA,
    }),
  ),
  {
    name: "an instance of China is not shown to a registry of aws",
    image: ECR,
    cloud: CHINA,
    ...refused("aws", "the instance is aws-cn"),
    asked: METADATA,
  },
  {
    name: "an instance of China assumes no role for a registry of aws",
    image: ECR,
    cloud: CHINA,
    config: ruled({ roleArn: "arn:aws:iam::123456789012:role/puller" }),
    ...refused("aws", "the instance is aws-cn"),
    asked: METADATA,
  },
  {
    name: "an instance of China logs in to a registry of its own partition",
    image: CN,
    cloud: CHINA,
    hosts: ["api.ecr.cn-north-1.amazonaws.com.cn"],
    expect: ECR_LOGIN,
    asked: [...IMDS, LOGIN],
  },
  {
    name: "an instance of GovCloud logs in to a registry of its own partition",
    image: GOV,
    cloud: GOVERNMENT,
    hosts: ["api.ecr.us-gov-west-1.amazonaws.com"],
    expect: ECR_LOGIN,
    asked: [...IMDS, LOGIN],
  },
  {
    name: "AWS_REGION spares the question for the partition",
    image: CN,
    cloud: CHINA,
    env: { AWS_REGION: "cn-northwest-1" },
    hosts: ["api.ecr.cn-north-1.amazonaws.com.cn"],
    expect: ECR_LOGIN,
    asked: [...IMDS_IN_REGION, LOGIN],
  },
  {
    name: "AWS_REGION of another partition is enough to refuse, and nobody is asked",
    image: CN,
    env: { AWS_REGION: "us-east-1" },
    ...refused("aws-cn", "the configured region is aws"),
  },
  {
    name: "a metadata service that knows no partition is of the default one",
    image: ECR,
    faults: [["imds/partition", { kind: "status", status: 404 }]],
    expect: ECR_LOGIN,
    asked: [...IMDS, LOGIN],
    times: { "imds/partition": [1, 1] },
  },
  {
    name: "and its keys are not shown to a registry of another",
    image: CN,
    faults: [["imds/partition", { kind: "status", status: 404 }]],
    ...refused("aws-cn", "the instance is aws by default"),
    asked: METADATA,
  },
  {
    name: "an image of ECR Public is pulled without a login by an instance of China",
    image: ECR_PUBLIC,
    cloud: CHINA,
    expect: { anonymous: true },
    asked: METADATA,
  },
];

/** Credentials of other sources. */
const SOURCES: readonly Scene[] = [
  {
    name: "environment keys are not shown to another partition where no region states theirs",
    image: CN,
    node: null,
    env: keys,
    ...refused("aws-cn", "environment keys is aws by default"),
  },
  {
    name: "environment keys are shown to the partition of AWS_DEFAULT_REGION",
    image: CN,
    node: null,
    cloud: CHINA,
    env: (place) => ({ ...keys(place), AWS_DEFAULT_REGION: "cn-north-1" }),
    hosts: ["api.ecr.cn-north-1.amazonaws.com.cn"],
    expect: ECR_LOGIN,
    asked: [LOGIN],
  },
  {
    name: "a rule's region states the partition of environment keys",
    image: CN,
    node: null,
    cloud: CHINA,
    env: keys,
    config: ruled({ region: "cn-north-1" }),
    hosts: ["api.ecr.cn-north-1.amazonaws.com.cn"],
    expect: ECR_LOGIN,
    asked: [LOGIN],
  },
  {
    name: "a rule's role states the partition of the keys that assume it",
    image: CN,
    node: null,
    cloud: {
      aws: {
        partition: "aws-cn",
        region: "cn-north-1",
        roles: { puller: { permissions: ["*"], trustedRoles: ["user"] } },
      },
    },
    env: keys,
    config: ruled({ roleArn: "arn:aws-cn:iam::123456789012:role/puller" }),
    hosts: ["sts.cn-north-1.amazonaws.com.cn", "api.ecr.cn-north-1.amazonaws.com.cn"],
    expect: ECR_LOGIN,
    asked: ["sts/AssumeRole", LOGIN],
  },
  {
    name: "a profile's keys are shown to the partition of its region",
    image: CN,
    node: null,
    cloud: CHINA,
    ...profile("cn-north-1"),
    hosts: ["api.ecr.cn-north-1.amazonaws.com.cn"],
    expect: ECR_LOGIN,
    asked: [LOGIN],
  },
  {
    name: "a profile's keys are not shown to another partition than its region's",
    image: CN,
    node: null,
    ...profile("us-east-1"),
    ...refused("aws-cn", "profile default is aws"),
  },
  {
    name: "keys of a role are of the partition of its ARN",
    image: CN,
    node: null,
    cloud: { aws: { partition: "aws-cn", region: "cn-north-1", roles: { puller: POD_ROLE } } },
    files: ({ cloud }) => ({ token: cloud.serviceAccountToken({ audience: "sts.amazonaws.com" }) }),
    env: ({ file }) => ({
      AWS_WEB_IDENTITY_TOKEN_FILE: file("token"),
      AWS_ROLE_ARN: "arn:aws-cn:iam::123456789012:role/puller",
    }),
    hosts: ["sts.cn-north-1.amazonaws.com.cn", "api.ecr.cn-north-1.amazonaws.com.cn"],
    expect: ECR_LOGIN,
    asked: ["sts/AssumeRoleWithWebIdentity", LOGIN],
  },
  {
    name: "keys are not shown to the STS of another partition than their role's",
    image: CN,
    node: null,
    files: ({ cloud }) => ({
      config: `[default]\nrole_arn = arn:aws:iam::123456789012:role/puller\nsource_profile = default\naws_access_key_id = ${cloud.awsUserKey.accessKeyId}\naws_secret_access_key = ${cloud.awsUserKey.secretAccessKey}\n`,
    }),
    env: ({ file }) => ({ AWS_CONFIG_FILE: file("config") }),
    expect: { fails: "aws-role-partition", exit: 1, says: ["role/puller", "is not of aws-cn"] },
    hosts: [],
  },
  {
    name: "keys of a container are not shown to another partition",
    image: CN,
    node: "aws-pod-identity",
    ...refused("aws-cn", "container endpoint is aws by default"),
    asked: [AGENT],
  },
];

const podIdentity = ruled({ podIdentity: true });
const POD = { audience: "pods.eks.amazonaws.com" } as const;
const agentAt = ({ cloud }: Place) => ({
  AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${cloud.addresses["container"]}/v1/credentials`,
});

/** Pods by EKS Pod Identity: the node's agent states no partition. */
const PODS: readonly Scene[] = [
  {
    name: "a pod's keys of the agent are not shown to another partition than the node's",
    image: CN,
    node: "aws",
    token: POD,
    config: podIdentity,
    env: agentAt,
    ...refused("aws-cn", "ServiceAccount shop/default by EKS Pod Identity is aws"),
    asked: [AGENT, ...METADATA],
  },
  {
    name: "a pod's keys of the agent are shown to a registry of the node's own partition",
    image: CN,
    node: "aws",
    cloud: CHINA,
    token: POD,
    config: podIdentity,
    env: agentAt,
    hosts: ["api.ecr.cn-north-1.amazonaws.com.cn"],
    expect: ECR_LOGIN,
    asked: [AGENT, ...METADATA, LOGIN],
  },
  {
    name: "for a registry of the default partition the metadata is not asked for a pod",
    image: ECR,
    node: "aws",
    token: POD,
    config: podIdentity,
    env: agentAt,
    expect: ECR_LOGIN,
    asked: [AGENT, LOGIN],
  },
  {
    name: "where no metadata may be asked, a pod's keys are of the default partition",
    image: CN,
    node: "aws",
    token: POD,
    config: podIdentity,
    env: (place) => ({ ...agentAt(place), AWS_EC2_METADATA_DISABLED: "true" }),
    ...refused("aws-cn", "ServiceAccount shop/default by EKS Pod Identity is aws by default"),
    asked: [AGENT],
  },
];

export const AWS_PARTITION_SCENES: readonly Scene[] = [...INSTANCES, ...SOURCES, ...PODS];
