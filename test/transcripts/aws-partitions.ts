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
    fails: "aws-partition-mismatch",
    exit: 1,
    says: [`the registry's partition is ${registry}, but the partition of ${says}`],
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

/** Credentials of the instance's role. */
const INSTANCES: readonly Scene[] = [
  ...[
    [CN, "aws-cn"],
    [GOV, "aws-us-gov"],
    [EUSC, "aws-eusc"],
  ].map(
    ([image = "", partition = ""]): Scene => ({
      name: `an instance's credentials are not sent to a registry of ${partition}`,
      image,
      node: "aws",
      ...refused(partition, "the instance is aws"),
      requests: METADATA,
    }),
  ),
  {
    name: "credentials of an instance in China are not sent to a registry of aws",
    image: ECR,
    cloud: CHINA,
    ...refused("aws", "the instance is aws-cn"),
    requests: METADATA,
  },
  {
    name: "an instance in China assumes no role for a registry of aws",
    image: ECR,
    cloud: CHINA,
    config: ruled({ roleArn: "arn:aws:iam::123456789012:role/puller" }),
    ...refused("aws", "the instance is aws-cn"),
    requests: METADATA,
  },
  {
    name: "an instance in China gets a login for a registry of its own partition",
    image: CN,
    cloud: CHINA,
    hosts: ["api.ecr.cn-north-1.amazonaws.com.cn"],
    expect: ECR_LOGIN,
    requests: [...IMDS, LOGIN],
  },
  {
    name: "an instance in GovCloud gets a login for a registry of its own partition",
    image: GOV,
    cloud: GOVERNMENT,
    hosts: ["api.ecr.us-gov-west-1.amazonaws.com"],
    expect: ECR_LOGIN,
    requests: [...IMDS, LOGIN],
  },
  {
    name: "with AWS_REGION the instance's partition is not requested",
    image: CN,
    cloud: CHINA,
    env: { AWS_REGION: "cn-northwest-1" },
    hosts: ["api.ecr.cn-north-1.amazonaws.com.cn"],
    expect: ECR_LOGIN,
    requests: [...IMDS_IN_REGION, LOGIN],
  },
  {
    name: "AWS_REGION of another partition is refused without any request",
    image: CN,
    env: { AWS_REGION: "us-east-1" },
    ...refused("aws-cn", "AWS_REGION is aws"),
  },
  {
    name: "without a partition in the metadata, the default partition is assumed",
    image: ECR,
    faults: [["imds/partition", { kind: "status", status: 404 }]],
    expect: ECR_LOGIN,
    requests: [...IMDS, LOGIN],
    times: { "imds/partition": [1, 1] },
  },
  {
    name: "without a partition in the metadata, keys are not sent to another than the default partition",
    image: CN,
    faults: [["imds/partition", { kind: "status", status: 404 }]],
    ...refused("aws-cn", "the instance is aws by default"),
    requests: METADATA,
  },
  {
    name: "an instance in China pulls an image of ECR Public without a login",
    image: ECR_PUBLIC,
    cloud: CHINA,
    expect: { anonymous: true },
    requests: METADATA,
  },
];

/** Credentials from other sources. */
const SOURCES: readonly Scene[] = [
  {
    name: "environment keys without a region are not sent to another partition",
    image: CN,
    node: null,
    env: keys,
    ...refused("aws-cn", "environment keys is aws by default"),
  },
  {
    name: "environment keys are sent to the partition of AWS_DEFAULT_REGION",
    image: CN,
    node: null,
    cloud: CHINA,
    env: (place) => ({ ...keys(place), AWS_DEFAULT_REGION: "cn-north-1" }),
    hosts: ["api.ecr.cn-north-1.amazonaws.com.cn"],
    expect: ECR_LOGIN,
    requests: [LOGIN],
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
    requests: [LOGIN],
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
    requests: ["sts/AssumeRole", LOGIN],
  },
  {
    name: "a profile's keys are sent to the partition of its region",
    image: CN,
    node: null,
    cloud: CHINA,
    ...profile("cn-north-1"),
    hosts: ["api.ecr.cn-north-1.amazonaws.com.cn"],
    expect: ECR_LOGIN,
    requests: [LOGIN],
  },
  {
    name: "a profile's keys are not sent to another partition than its region's",
    image: CN,
    node: null,
    ...profile("us-east-1"),
    ...refused("aws-cn", "profile default is aws"),
  },
  {
    name: "a role's keys belong to the partition of its ARN",
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
    requests: ["sts/AssumeRoleWithWebIdentity", LOGIN],
  },
  {
    name: "keys are not sent to the STS of another partition than the role's",
    image: CN,
    node: null,
    files: ({ cloud }) => ({
      config: `[default]\nrole_arn = arn:aws:iam::123456789012:role/puller\nsource_profile = default\naws_access_key_id = ${cloud.awsUserKey.accessKeyId}\naws_secret_access_key = ${cloud.awsUserKey.secretAccessKey}\n`,
    }),
    env: ({ file }) => ({ AWS_CONFIG_FILE: file("config") }),
    expect: {
      fails: "aws-role-partition-mismatch",
      exit: 1,
      says: ["role/puller", "is not in partition aws-cn"],
    },
    hosts: [],
  },
  {
    name: "container credentials are not sent to another partition",
    image: CN,
    node: "aws-pod-identity",
    ...refused("aws-cn", "container endpoint is aws by default"),
    requests: [AGENT],
  },
];

/** A misspelt region states no partition, and the default partition must not replace it. */
const MISSPELT: readonly Scene[] = ["AWS_REGION", "AWS_DEFAULT_REGION"].flatMap((variable) =>
  [GOV, ECR].flatMap((image) =>
    ["us-gv-west-1", "useast1"].map(
      (region): Scene => ({
        name: `${variable}=${region} is an error with keys, for ${image}`,
        image,
        node: null,
        env: (place) => ({ ...keys(place), [variable]: region }),
        expect: {
          fails: "environment-invalid",
          exit: 2,
          says: [
            `${variable} is not an AWS region: ${region === "useast1" ? "(value not shown)" : `"${region}"`}`,
          ],
        },
        requests: [],
      }),
    ),
  ),
);

/** Misspelt regions of China. The keys, also of China, must not reach the partition that the image names. */
const MISSPELT_CHINA: readonly Scene[] = [
  "cn-north1",
  "CN-NORTH-1",
  "cn-north-1a",
  "cn-north-1 ",
  "cnn-north-1",
].flatMap((region): readonly Scene[] => {
  const base = { image: ECR, node: null, cloud: CHINA, hosts: [], requests: [] } as const;
  return [
    {
      ...base,
      name: `keys with AWS_REGION="${region}" are not sent to a registry of aws, even if AWS_DEFAULT_REGION is valid`,
      env: (place) => ({
        ...keys(place),
        AWS_SESSION_TOKEN: "canary",
        AWS_REGION: region,
        AWS_DEFAULT_REGION: "us-east-1",
      }),
      expect: {
        fails: "environment-invalid",
        exit: 2,
        says: ["AWS_REGION is not an AWS region", /^(?!.*canary)/],
      },
    },
    {
      ...base,
      name: `keys with aws.region "${region}" are not sent to a registry of aws`,
      env: keys,
      config: ruled({ region }),
      expect: { fails: "config-invalid", exit: 2, says: ["rules[0].aws.region"] },
    },
    ...(region.endsWith(" ")
      ? []
      : [
          {
            ...base,
            ...profile(region),
            name: `keys of a profile with region = ${region} are not sent to a registry of aws`,
            expect: {
              fails: "aws-profile-setting-invalid",
              exit: 2,
              says: ["profile default: region: is not an AWS region"],
            },
          } as const,
        ]),
  ];
});

/** Configured roles of another partition than the image's. */
const FOREIGN_ROLE = "arn:aws:iam::123456789012:role/puller";
const ROLES: readonly Scene[] = [
  {
    name: "a rule's role of another partition than the registry's is refused",
    image: GOV,
    node: null,
    env: (place) => ({ ...keys(place), AWS_REGION: "us-gov-west-1" }),
    config: ruled({ roleArn: FOREIGN_ROLE }),
    expect: { fails: "aws-role-partition-mismatch", exit: 1 },
    requests: [],
  },
  {
    name: "AWS_ECR_ROLE_ARN of another partition than the registry's is refused",
    image: GOV,
    node: null,
    token: { audience: "sts.amazonaws.com" },
    env: { AWS_ECR_ROLE_ARN: FOREIGN_ROLE },
    expect: { fails: "aws-role-partition-mismatch", exit: 1 },
    requests: [],
  },
  {
    name: "an image of ECR Public is pulled without a login if AWS_REGION is in another partition",
    image: ECR_PUBLIC,
    node: null,
    env: (place) => ({ ...keys(place), AWS_REGION: "us-gov-west-1" }),
    expect: { anonymous: true },
    requests: [],
  },
];

const podIdentity = ruled({ podIdentity: true });
const POD = { audience: "pods.eks.amazonaws.com" } as const;
const agentAt = ({ cloud }: Place) => ({
  AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${cloud.addresses["container"]}/v1/credentials`,
});

/** Credentials of EKS Pod Identity, whose agent does not state a partition. */
const PODS: readonly Scene[] = [
  {
    name: "a pod's credentials are not sent to another partition than the node's",
    image: CN,
    node: "aws",
    token: POD,
    config: podIdentity,
    env: agentAt,
    ...refused("aws-cn", "ServiceAccount shop/default by EKS Pod Identity is aws"),
    requests: [AGENT, ...METADATA],
  },
  {
    name: "a pod's credentials are sent to a registry of the node's own partition",
    image: CN,
    node: "aws",
    cloud: CHINA,
    token: POD,
    config: podIdentity,
    env: agentAt,
    hosts: ["api.ecr.cn-north-1.amazonaws.com.cn"],
    expect: ECR_LOGIN,
    requests: [AGENT, ...METADATA, LOGIN],
  },
  {
    name: "the metadata is not requested for a pod and a registry of the default partition",
    image: ECR,
    node: "aws",
    token: POD,
    config: podIdentity,
    env: agentAt,
    expect: ECR_LOGIN,
    requests: [AGENT, LOGIN],
  },
  {
    name: "with the metadata disabled, a pod's credentials belong to the default partition",
    image: CN,
    node: "aws",
    token: POD,
    config: podIdentity,
    env: (place) => ({ ...agentAt(place), AWS_EC2_METADATA_DISABLED: "true" }),
    ...refused("aws-cn", "ServiceAccount shop/default by EKS Pod Identity is aws by default"),
    requests: [AGENT],
  },
];

export const AWS_PARTITION_SCENES: readonly Scene[] = [
  ...INSTANCES,
  ...SOURCES,
  ...PODS,
  ...MISSPELT,
  ...MISSPELT_CHINA,
  ...ROLES,
];
