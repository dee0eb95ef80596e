import { MINUTE } from "../../src/core/time.ts";
import type { CloudOptions } from "../cloud/cloud.ts";
import { GOOGLE_ISSUER } from "../cloud/google-tokens.ts";
import type { AwsRole } from "../cloud/options.ts";
import { encodeRaw } from "../kubelet/encode-request.ts";
import {
  ACR,
  APP,
  ECR,
  ECR_LOGIN,
  ECR_PUBLIC,
  IMDS,
  IMDS_IN_REGION,
  PKG_DEV,
  POD_ROLE,
  TENANT,
} from "./answers.ts";
import type { Failing, Scene } from "./scene.ts";

const SUBJECT = "system:serviceaccount:shop:default";
const PULLER = "arn:aws:iam::123456789012:role/puller";
const PARTNER = "arn:aws:iam::999988887777:role/images";
const STS = "sts.us-east-1.amazonaws.com";
const API = "api.ecr.us-east-1.amazonaws.com";
const PUBLIC_API = "api.ecr-public.us-east-1.amazonaws.com";
const POD = { audience: "sts.amazonaws.com" } as const;
const WEB = "sts/AssumeRoleWithWebIdentity";
const LOGIN = "ecr/GetAuthorizationToken";

/** A rule, in JSON, which is also YAML. */
const ruled = (rule: object, match: readonly string[] = ["*.dkr.ecr.*.amazonaws.com"]): string =>
  JSON.stringify({
    apiVersion: "registry-credential-provider/v1",
    kind: "Config",
    rules: [{ match, ...rule }],
  });
const roles = (of: Readonly<Record<string, AwsRole>> = { puller: POD_ROLE }): CloudOptions => ({
  aws: { roles: of },
});
const fails = (code: Failing["fails"], more: Omit<Failing, "fails" | "exit"> = {}): Failing => ({
  fails: code,
  exit: 1,
  ...more,
});
const EXCHANGED = {
  cloud: roles(),
  hosts: [STS, API],
  expect: ECR_LOGIN,
  requests: [WEB, LOGIN],
  sessions: ["arn:aws:sts::123456789012:assumed-role/puller/shop.default"],
} as const;
const byUpstream = { "eks.amazonaws.com/ecr-role-arn": PULLER };
const byWorkload = { "eks.amazonaws.com/role-arn": PULLER };
const ALLOWED = { allow: { annotationRoles: ["arn:aws:iam::123456789012:role/pull*"] } };

/** A pod on an EC2 instance, whose own role is never requested. */
const PODS: readonly Scene[] = [
  {
    name: "a pod assumes the rule's role with its own token, and CloudTrail shows the pod",
    image: ECR,
    token: POD,
    config: ruled({ aws: { roleArn: PULLER } }),
    ...EXCHANGED,
  },
  {
    name: "a pod assumes the role of upstream's annotation if the rule allows it",
    image: ECR,
    token: POD,
    annotations: byUpstream,
    config: ruled(ALLOWED),
    ...EXCHANGED,
  },
  {
    name: "a pod assumes the role of the workload's annotation if the rule allows it",
    image: ECR,
    token: POD,
    annotations: byWorkload,
    config: ruled(ALLOWED),
    ...EXCHANGED,
  },
  {
    name: "without a rule, a pod without an annotation assumes the role of AWS_ECR_ROLE_ARN",
    image: ECR,
    token: POD,
    env: { AWS_ECR_ROLE_ARN: PULLER },
    ...EXCHANGED,
  },
  {
    name: "a pod's role is assumed in the rule's region",
    image: ECR,
    token: POD,
    config: ruled({ aws: { roleArn: PULLER, region: "eu-west-1" } }),
    ...EXCHANGED,
    hosts: ["sts.eu-west-1.amazonaws.com", API],
  },
  {
    name: "a pod's role and its login are requested at the rule's endpoints, whatever the environment says",
    image: ECR,
    token: POD,
    config: ruled({
      aws: {
        roleArn: PULLER,
        endpoints: {
          sts: "https://vpce-0a1b.sts.us-east-1.vpce.amazonaws.com",
          ecr: "https://vpce-0a1b.api.ecr.us-east-1.vpce.amazonaws.com",
        },
      },
    }),
    env: { AWS_ENDPOINT_URL: "https://elsewhere.example" },
    ...EXCHANGED,
    hosts: ["vpce-0a1b.sts.us-east-1.vpce.amazonaws.com", "vpce-0a1b.api.ecr.us-east-1.vpce.amazonaws.com"],
  },
  {
    name: "a pod assumes a role of another account through its own role, with the external id",
    image: ECR,
    token: POD,
    config: ruled({ aws: { roleArn: PULLER, chain: [{ roleArn: PARTNER, externalId: "shop-1" }] } }),
    ...EXCHANGED,
    cloud: roles({
      puller: POD_ROLE,
      images: { permissions: ["*"], account: "999988887777", trustedRoles: ["puller"], externalId: "shop-1" },
    }),
    requests: [WEB, "sts/AssumeRole", LOGIN],
    sessions: [
      "arn:aws:sts::123456789012:assumed-role/puller/shop.default",
      "arn:aws:sts::999988887777:assumed-role/images/shop.default",
    ],
  },
  {
    name: "a pod gets the node's login if the rule's identity is node",
    image: ECR,
    token: POD,
    annotations: byUpstream,
    config: ruled({ identity: "node" }),
    expect: ECR_LOGIN,
    requests: [...IMDS, LOGIN],
  },
  {
    name: "with pod-then-node, a pod without an identity uses the node's",
    image: ECR,
    token: POD,
    config: ruled({ identity: "pod-then-node", ...ALLOWED }),
    expect: ECR_LOGIN,
    requests: [...IMDS, LOGIN],
  },
  {
    name: "with pod-then-node, a pod with an identity uses its own",
    image: ECR,
    token: POD,
    annotations: byUpstream,
    config: ruled({ identity: "pod-then-node", ...ALLOWED }),
    ...EXCHANGED,
  },
  {
    name: "with pod-then-node, a static pod, which has no token, uses the node's identity",
    image: ECR,
    config: ruled({ identity: "pod-then-node", ...ALLOWED }),
    expect: ECR_LOGIN,
    requests: [...IMDS, LOGIN],
  },
];

const NOBODY = { cloud: roles(), hosts: [], requests: [] } as const;
const REFUSED_HERE: readonly Scene[] = [
  {
    name: "a token for another audience is refused before it is sent, and the error names both audiences",
    image: ECR,
    token: { audience: "api://AzureADTokenExchange" },
    config: ruled({ aws: { roleArn: PULLER } }),
    ...NOBODY,
    expect: fails("pod-token-wrong-audience", {
      says: [
        'expected "sts.amazonaws.com", got "api://AzureADTokenExchange"',
        "identity: ServiceAccount shop/default",
      ],
    }),
  },
  {
    name: "an expired token is refused before it is sent",
    image: ECR,
    token: { ...POD, life: -60 },
    config: ruled({ aws: { roleArn: PULLER } }),
    ...NOBODY,
    expect: fails("pod-token-expired", { says: ["identity: ServiceAccount shop/default"] }),
  },
  {
    name: "a token that is not a ServiceAccount's is refused",
    image: ECR,
    token: { ...POD, subject: "system:node:ip-10-0-0-1" },
    config: ruled({ aws: { roleArn: PULLER } }),
    ...NOBODY,
    expect: fails("pod-token-malformed"),
  },
  {
    name: "a token that is not a JWT is refused and not quoted",
    image: ECR,
    stdin: encodeRaw({
      apiVersion: "credentialprovider.kubelet.k8s.io/v1",
      image: ECR,
      serviceAccountToken: "canary-not-a-jwt",
      serviceAccountAnnotations: {},
    }),
    ...NOBODY,
    expect: fails("pod-token-malformed", { says: [/^(?!.*canary-not-a-jwt)/] }),
  },
  {
    name: "a request without a token is refused if the rule requires a pod's",
    image: ECR,
    config: ruled({ identity: "pod", aws: { roleArn: PULLER } }),
    ...NOBODY,
    expect: fails("pod-token-missing"),
  },
  {
    name: "a ServiceAccount that is not on the rule's allow list is refused, although the role's trust policy would allow it",
    image: ECR,
    token: POD,
    config: ruled({ aws: { roleArn: PULLER }, allow: { serviceAccounts: ["shop/web", "payments/*"] } }),
    ...NOBODY,
    expect: fails("service-account-not-allowed", { says: ["shop/default"] }),
  },
  {
    name: "a repository that is not on the rule's allow list is refused",
    image: ECR,
    token: POD,
    config: ruled({ aws: { roleArn: PULLER }, allow: { repositories: ["team/application", "other"] } }),
    ...NOBODY,
    expect: fails("repository-not-allowed", { says: ['"team/app"'] }),
  },
  {
    name: "an annotated role that the rule does not allow is refused, although it would trust the pod",
    image: ECR,
    token: POD,
    annotations: byUpstream,
    config: ruled({ allow: { annotationRoles: ["arn:aws:iam::123456789012:role/team-*"] } }),
    ...NOBODY,
    expect: fails("annotation-not-allowed", { says: [`"${PULLER}"`] }),
  },
  {
    name: "an annotated role that is not allowed never falls back to the node's identity",
    image: ECR,
    token: POD,
    annotations: byUpstream,
    config: ruled({ identity: "pod-then-node", allow: { annotationRoles: [`${PULLER}-other`] } }),
    ...NOBODY,
    expect: fails("annotation-not-allowed"),
  },
  {
    name: "an annotation that is not a role ARN is refused and cannot add a line to the log",
    image: ECR,
    token: POD,
    annotations: { "eks.amazonaws.com/ecr-role-arn": `${PULLER}\r\nregistry-credential-provider: ok` },
    ...NOBODY,
    expect: fails("annotation-malformed", { says: [String.raw`\r\nregistry-credential-provider: ok"`] }),
  },
  {
    name: "a role of another partition is refused",
    image: ECR,
    token: POD,
    annotations: { "eks.amazonaws.com/ecr-role-arn": "arn:aws-cn:iam::123456789012:role/puller" },
    ...NOBODY,
    expect: fails("aws-role-partition-mismatch", { says: ["is not in the registry's partition, aws"] }),
  },
  {
    name: "an AWS_ECR_ROLE_ARN that is not a role ARN is a configuration error",
    image: ECR,
    token: POD,
    env: { AWS_ECR_ROLE_ARN: "puller" },
    ...NOBODY,
    expect: { fails: "environment-invalid", exit: 2, says: ["AWS_ECR_ROLE_ARN"] },
  },
];

const AT_STS = { hosts: [STS], requests: [WEB] } as const;
const closed: AwsRole = {
  ...POD_ROLE,
  trustedTokens: { ...POD_ROLE.trustedTokens, subjects: ["system:serviceaccount:shop:other"] },
};
const REFUSED_BY_STS: readonly Scene[] = [
  {
    name: "a role whose trust policy names another ServiceAccount is refused, and the hint says what it must name",
    image: ECR,
    token: POD,
    config: ruled({ aws: { roleArn: PULLER } }),
    cloud: roles({ puller: closed }),
    ...AT_STS,
    expect: fails("aws-sts-refused", {
      hint: /trust policy .* aud "sts\.amazonaws\.com" and sub "system:serviceaccount:shop:default"/,
      says: [`identity: ServiceAccount shop/default as role ${PULLER}`, "error code AccessDenied"],
    }),
  },
  {
    name: "a role that refuses a pod never falls back to the node's identity",
    image: ECR,
    token: POD,
    annotations: byUpstream,
    config: ruled({ identity: "pod-then-node", ...ALLOWED }),
    cloud: roles({ puller: closed }),
    ...AT_STS,
    expect: fails("aws-sts-refused", { hint: /trust policy/ }),
  },
  {
    name: "an account without an OIDC provider for the cluster's issuer rejects its tokens",
    image: ECR,
    token: { ...POD, issuer: "https://elsewhere.example" },
    config: ruled({ aws: { roleArn: PULLER } }),
    cloud: roles(),
    ...AT_STS,
    expect: fails("aws-sts-token-rejected", {
      hint: /^create an IAM OIDC provider/,
      says: ["error code InvalidIdentityToken"],
    }),
  },
  {
    name: "without a rule, STS decides about the audience",
    image: ECR,
    token: { audience: "somebody-else" },
    annotations: byUpstream,
    cloud: roles(),
    ...AT_STS,
    expect: fails("aws-sts-token-rejected", { hint: /"somebody-else" among its audiences/ }),
  },
  {
    name: "a token that has expired by STS's clock points to the node's clock",
    image: ECR,
    token: POD,
    config: ruled({ aws: { roleArn: PULLER } }),
    cloud: roles(),
    faults: [["sts", { kind: "skew", ms: 2 * 60 * MINUTE }]],
    ...AT_STS,
    expect: fails("aws-sts-token-rejected", { hint: /the node's clock/ }),
  },
  {
    name: "the error about a pod's role without permission names the pod",
    image: ECR,
    token: POD,
    config: ruled({ aws: { roleArn: PULLER } }),
    cloud: roles({ puller: { ...POD_ROLE, permissions: [] } }),
    hosts: [STS, API],
    requests: [WEB, LOGIN],
    expect: fails("aws-access-denied", {
      says: [`identity: ServiceAccount shop/default as role ${PULLER}`],
    }),
  },
  {
    name: "a role of another account requires its external id",
    image: ECR,
    token: POD,
    config: ruled({ aws: { roleArn: PULLER, chain: [{ roleArn: PARTNER, externalId: "wrong" }] } }),
    cloud: roles({
      puller: POD_ROLE,
      images: { permissions: ["*"], account: "999988887777", trustedRoles: ["puller"], externalId: "shop-1" },
    }),
    hosts: [STS],
    requests: [WEB, "sts/AssumeRole"],
    expect: fails("aws-sts-refused", {
      says: [`identity: ServiceAccount shop/default as role ${PULLER} as role ${PARTNER}`],
    }),
  },
];

const AGENT_POD = { audience: "pods.eks.amazonaws.com" } as const;
const AGENT = ruled({ aws: { podIdentity: true } });
const POD_IDENTITY: readonly Scene[] = [
  {
    name: "the EKS Pod Identity agent provides the pod's role for the pod's token",
    image: ECR,
    node: "aws-pod-identity",
    env: { AWS_CONTAINER_AUTHORIZATION_TOKEN: "the node's own" },
    token: AGENT_POD,
    config: AGENT,
    cloud: { aws: { roles: { web: { permissions: ["*"] } }, podRoles: { [SUBJECT]: "web" } } },
    expect: ECR_LOGIN,
    requests: ["container/pod-identity", LOGIN],
    times: { "container/pod-identity": [1, 1] },
  },
  {
    name: "a ServiceAccount without a Pod Identity association gets neither a role nor the node's",
    image: ECR,
    node: "aws-pod-identity",
    token: AGENT_POD,
    config: AGENT,
    cloud: { aws: { podRoles: {} } },
    requests: ["container/pod-identity"],
    expect: fails("aws-container-refused", {
      hint: /^create a Pod Identity association in the cluster for ServiceAccount shop\/default$/,
      says: ["identity: ServiceAccount shop/default by EKS Pod Identity"],
    }),
  },
  {
    name: "a token for STS is not sent to the agent",
    image: ECR,
    node: "aws-pod-identity",
    token: POD,
    config: AGENT,
    expect: fails("pod-token-wrong-audience", {
      says: ['expected "pods.eks.amazonaws.com", got "sts.amazonaws.com"'],
    }),
  },
  {
    name: "the error on a node without the agent names the add-on",
    image: ECR,
    node: "aws-pod-identity",
    refused: true,
    token: AGENT_POD,
    config: AGENT,
    expect: fails("metadata-refused", { hint: /eks-pod-identity-agent/ }),
  },
];

const PUBLIC = { image: ECR_PUBLIC, token: POD, annotations: byUpstream } as const;
const ECR_PUBLIC_PODS: readonly Scene[] = [
  {
    name: "a pod's role logs in to ECR Public",
    ...PUBLIC,
    ...EXCHANGED,
    hosts: [STS, PUBLIC_API],
    requests: [WEB, "ecr-public/GetAuthorizationToken"],
  },
  {
    name: "an image of ECR Public is pulled without a login if the pod's role may not log in",
    ...PUBLIC,
    cloud: roles({ puller: { ...POD_ROLE, permissions: [] } }),
    hosts: [STS, PUBLIC_API],
    requests: [WEB, "ecr-public/GetAuthorizationToken"],
    expect: { anonymous: true },
  },
  {
    name: "a role that refuses the pod is an error for ECR Public too, not an anonymous pull",
    ...PUBLIC,
    cloud: roles({ puller: closed }),
    ...AT_STS,
    expect: fails("aws-sts-refused", { hint: /trust policy/ }),
  },
  {
    name: "a pod's image of ECR Public is pulled with the pod's role although the node is in another partition",
    ...PUBLIC,
    env: { AWS_REGION: "cn-north-1" },
    ...EXCHANGED,
    hosts: [STS, PUBLIC_API],
    requests: [WEB, "ecr-public/GetAuthorizationToken"],
  },
];

/** A node in no cloud, with a token in a file. */
const FILE: Pick<Scene, "image" | "node" | "config" | "cloud"> = {
  image: ECR,
  node: null,
  config: ({ file }) => ruled({ aws: { roleArn: PULLER, subjectToken: `file:${file("token")}` } }),
  cloud: roles(),
};
const unusable = (says: string): Pick<Scene, "expect" | "hosts"> => ({
  hosts: [],
  expect: fails("subject-token-file-invalid", { says: [says] }),
});
const FILES: readonly Scene[] = [
  {
    name: "a token in a file is exchanged for the rule's role",
    ...FILE,
    files: ({ cloud }) => ({ token: `${cloud.serviceAccountToken(POD)}\n` }),
    hosts: [STS, API],
    requests: [WEB, LOGIN],
    sessions: ["arn:aws:sts::123456789012:assumed-role/puller/registry-credential-provider"],
    expect: ECR_LOGIN,
  },
  {
    name: "a missing token file",
    ...FILE,
    hosts: [],
    expect: { fails: "referenced-file-missing", exit: 2, says: ["it does not exist"] },
  },
  {
    name: "a file without a token",
    ...FILE,
    files: { token: "\n" },
    ...unusable("it contains no JWT with an expiry"),
  },
  {
    name: "a file with an expired token",
    ...FILE,
    files: ({ cloud }) => ({ token: cloud.serviceAccountToken({ ...POD, life: -60 }) }),
    ...unusable("its token has expired"),
  },
  {
    name: "a file with a token for another audience",
    ...FILE,
    files: ({ cloud }) => ({ token: cloud.serviceAccountToken({ audience: "x" }) }),
    ...unusable(`its token's audience is "x", expected "sts.amazonaws.com"`),
  },
  {
    name: "a token in a file that the role's trust policy does not allow",
    ...FILE,
    cloud: roles({ puller: closed }),
    files: ({ cloud }) => ({ token: cloud.serviceAccountToken(POD) }),
    ...AT_STS,
    expect: fails("aws-sts-refused", { says: [/identity: the token in \/\S+\/token as role arn:aws:iam::/] }),
  },
];

const trusting = (trustedTokens: NonNullable<AwsRole["trustedTokens"]>): AwsRole => ({
  permissions: ["*"],
  trustedTokens,
});
const byToken = (aws: object): string => ruled({ aws: { roleArn: PULLER, ...aws } });
const AZURE_TOKEN = {
  issuer: `https://sts.windows.net/${TENANT}/`,
  subjects: ["22222222-0000-4000-8000-000000000001"],
  audiences: ["api://aws-pull"],
};
/** The application whose Application ID URI is the token's audience. */
const APPLICATION = { azure: { applications: [{ uri: "api://aws-pull" }] } } as const;
const byAzure = byToken({ subjectToken: "azure", subjectTokenAudience: "api://aws-pull" });
const byGoogle = byToken({ subjectToken: "google" });

/** From another cloud, or another account, into AWS. */
const FROM_ELSEWHERE: readonly Scene[] = [
  {
    name: "a Google Cloud node assumes an AWS role",
    image: ECR,
    node: "google",
    config: byGoogle,
    cloud: roles({ puller: trusting({ issuer: GOOGLE_ISSUER, subjects: ["104023876223456789012"] }) }),
    hosts: [STS, API],
    expect: ECR_LOGIN,
    requests: ["gce/identity", WEB, LOGIN],
  },
  {
    name: "a pod on a Google Cloud node assumes an AWS role with its own token, not the node's",
    image: ECR,
    node: "google",
    token: POD,
    config: ruled({ aws: { roleArn: PULLER } }),
    ...EXCHANGED,
  },
  {
    name: "the hint for a Google Cloud node that the trust policy does not allow has Google's names of the claims",
    image: ECR,
    node: "google",
    config: byGoogle,
    cloud: roles({ puller: trusting({ issuer: GOOGLE_ISSUER, subjects: ["1"] }) }),
    hosts: [STS],
    requests: ["gce/identity", WEB],
    expect: fails("aws-sts-refused", { hint: /oaud is the token's audience "sts\.amazonaws\.com"/ }),
  },
  {
    name: "an Azure node assumes an AWS role",
    image: ECR,
    node: "azure",
    config: byAzure,
    cloud: { ...APPLICATION, ...roles({ puller: trusting(AZURE_TOKEN) }) },
    hosts: [STS, API],
    expect: ECR_LOGIN,
    requests: ["azure-imds/token", WEB, LOGIN],
  },
  {
    name: "the hint for an Azure node whose issuer the account does not know says what to create",
    image: ECR,
    node: "azure",
    config: byAzure,
    cloud: { ...APPLICATION, ...roles({ puller: trusting({ ...AZURE_TOKEN, audiences: ["api://other"] }) }) },
    hosts: [STS],
    requests: ["azure-imds/token", WEB],
    expect: fails("aws-sts-token-rejected", {
      hint: /^create an IAM OIDC provider .*"api:\/\/aws-pull" among its audiences/,
    }),
  },
  {
    name: "a subject token of AWS for AWS is refused in the configuration",
    image: ECR,
    config: ruled({ aws: { roleArn: PARTNER, subjectToken: "aws" } }),
    expect: {
      fails: "config-invalid",
      exit: 2,
      says: ["aws.subjectToken", "is not request, google, azure or file:PATH"],
    },
  },
];

/** Refusals of STS to make a token for another cloud, to which no request is sent then. */
const OUTBOUND: Pick<Scene, "image" | "node" | "config" | "hosts" | "env" | "requests"> = {
  image: ACR,
  node: "aws",
  env: { AWS_REGION: "us-east-1" },
  config: ruled({ azure: { tenantId: TENANT, clientId: APP.clientId, subjectToken: "aws" } }, [
    "*.azurecr.io",
  ]),
  hosts: [STS],
  requests: [...IMDS_IN_REGION, "sts/GetWebIdentityToken"],
};
const ofNode = (role: AwsRole): CloudOptions => roles({ "node-role": role });
const NO_TOKENS: readonly Scene[] = [
  {
    name: "an account with outbound federation disabled",
    ...OUTBOUND,
    cloud: { aws: { outboundFederation: false } },
    expect: fails("aws-federation-disabled", { says: ["identity: instance role node-role"] }),
  },
  {
    name: "a node without permission for outbound federation",
    ...OUTBOUND,
    cloud: ofNode({ permissions: ["ecr:GetAuthorizationToken"] }),
    expect: fails("aws-federation-refused", { says: ["error code AccessDenied"] }),
  },
  {
    name: "a node whose session is about to expire",
    ...OUTBOUND,
    cloud: { aws: { keyLife: 30_000 } },
    expect: fails("aws-federation-session-too-short"),
  },
  {
    name: "a node whose role has more tags than fit in a token",
    ...OUTBOUND,
    cloud: ofNode({ permissions: ["*"], tags: { team: "x".repeat(5000) } }),
    expect: fails("aws-federation-token-too-large"),
  },
];

/** An image of Google's registry, with an AWS identity that the node does not have. */
const TO_GOOGLE: Pick<Scene, "image" | "config"> = {
  image: PKG_DEV,
  config: ruled(
    {
      google: {
        workloadIdentityProvider: "projects/1/locations/global/workloadIdentityPools/pool/providers/aws",
        subjectToken: "aws",
      },
    },
    ["*.pkg.dev"],
  ),
};
const NOT_OF_AWS: readonly Scene[] = [
  {
    name: "an AWS identity on an Azure node is an error that names both clouds, for any registry",
    ...TO_GOOGLE,
    node: "azure",
    env: { AWS_REGION: "us-east-1" },
    expect: fails("platform-mismatch", {
      says: ["the login requires an identity of AWS, and the node's cloud is Azure"],
      hint: /^give it AWS credentials in the provider's env/,
    }),
  },
  {
    name: "AWS keys without a region are an error on a node in no cloud",
    ...TO_GOOGLE,
    node: null,
    env: { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "x" },
    expect: fails("platform-without-metadata", { hint: /^set AWS_REGION in the provider's env/ }),
  },
];

/** The node's own keys, selected by a rule. */
const KEYS: readonly Scene[] = [
  {
    name: "a rule's profile provides the keys although the environment has others",
    image: ECR,
    node: null,
    config: ({ file }) => ruled({ aws: { profile: "pull", configFile: file("aws/config") } }),
    files: ({ cloud }) => ({
      "aws/config": `[profile pull]\naws_access_key_id = ${cloud.awsUserKey.accessKeyId}\naws_secret_access_key = ${cloud.awsUserKey.secretAccessKey}\n`,
    }),
    env: { AWS_ACCESS_KEY_ID: "AKIAOTHER", AWS_SECRET_ACCESS_KEY: "x", AWS_PROFILE: "other" },
    expect: ECR_LOGIN,
    requests: [LOGIN],
  },
  {
    name: "a rule's file is not merged with the same profile of the node's own files",
    image: ECR,
    node: null,
    config: ({ file }) => ruled({ aws: { profile: "default", configFile: file("aws/config") } }),
    files: ({ cloud }) => ({
      "aws/config": `[default]\naws_access_key_id = ${cloud.awsUserKey.accessKeyId}\naws_secret_access_key = ${cloud.awsUserKey.secretAccessKey}\n`,
      ".aws/credentials": "[default]\naws_access_key_id = AKIAFROMHOME\naws_secret_access_key = x\n",
    }),
    env: ({ file }) => ({ HOME: file(".") }),
    expect: ECR_LOGIN,
    requests: [LOGIN],
  },
  {
    name: "a missing profile of a rule is an error, and no other source is tried",
    image: ECR,
    config: ({ file }) => ruled({ aws: { profile: "nowhere", configFile: file("aws/config") } }),
    files: { "aws/config": "[default]\naws_access_key_id = x\naws_secret_access_key = y\n" },
    expect: { fails: "aws-profile-missing", exit: 2, says: ["nowhere"] },
  },
  {
    name: "a rule's file of profiles that other users may read is refused",
    image: ECR,
    config: ruled({ aws: { configFile: "/etc/passwd" } }),
    expect: { fails: "file-unsafe", exit: 2, says: ["/etc/passwd: its group and others may read it"] },
  },
  {
    name: "a missing file of a rule is an error, and no other source is tried",
    image: ECR,
    config: ({ file }) => ruled({ aws: { configFile: file("nowhere") } }),
    expect: { fails: "referenced-file-missing", exit: 2, says: [/: \/\S+\/nowhere: it does not exist/] },
  },
  {
    name: "a rule's profile assumes a role of another account with the rule's chain",
    image: ECR,
    node: null,
    config: ({ file }) =>
      ruled({
        aws: {
          profile: "base",
          configFile: file("aws/config"),
          roleArn: PULLER,
          externalId: "shop-1",
          chain: [{ roleArn: PARTNER }],
        },
      }),
    cloud: roles({
      puller: { permissions: [], trustedRoles: ["user"], externalId: "shop-1" },
      images: { permissions: ["*"], account: "999988887777", trustedRoles: ["puller"] },
    }),
    files: ({ cloud }) => ({
      "aws/config": `[profile base]\naws_access_key_id = ${cloud.awsUserKey.accessKeyId}\naws_secret_access_key = ${cloud.awsUserKey.secretAccessKey}\n`,
    }),
    hosts: [STS, API],
    expect: ECR_LOGIN,
    requests: ["sts/AssumeRole", LOGIN],
    times: { "sts/AssumeRole": [2, 2] },
    sessions: [
      "arn:aws:sts::123456789012:assumed-role/puller/registry-credential-provider",
      "arn:aws:sts::999988887777:assumed-role/images/registry-credential-provider",
    ],
  },
  {
    name: "IAM Roles Anywhere provides the keys through its helper's process, which a rule's profile runs",
    image: ECR,
    node: null,
    config: ({ file }) => ruled({ aws: { profile: "anywhere", configFile: file("aws/config") } }),
    files: ({ cloud, file }) => ({
      "aws_signing_helper.sh": `#!/bin/sh\n[ "$1 $2 $3" = "credential-process --certificate /etc/pki/node.pem" ] || exit 1\necho '${JSON.stringify({ Version: 1, AccessKeyId: cloud.awsUserKey.accessKeyId, SecretAccessKey: cloud.awsUserKey.secretAccessKey, SessionToken: "", Expiration: "2999-01-01T00:00:00Z" })}'\n`,
      "aws/config": `[profile anywhere]\ncredential_process = ${file("aws_signing_helper.sh")} credential-process --certificate /etc/pki/node.pem --private-key /etc/pki/node.key\n`,
    }),
    expect: ECR_LOGIN,
    requests: [LOGIN],
  },
  {
    name: "IAM Roles Anywhere provides the keys through its helper's endpoint on a node in no cloud",
    image: ECR,
    node: null,
    env: ({ cloud }) => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://${cloud.addresses.imds}/` }),
    expect: ECR_LOGIN,
    requests: [...IMDS, LOGIN],
  },
  {
    name: "the instance's role assumes the rule's role of another account",
    image: ECR,
    config: ruled({ aws: { roleArn: PARTNER, externalId: "shop-1" } }),
    cloud: roles({
      images: {
        permissions: ["*"],
        account: "999988887777",
        trustedRoles: ["node-role"],
        externalId: "shop-1",
      },
    }),
    hosts: [STS, API],
    expect: ECR_LOGIN,
    requests: [...IMDS, "sts/AssumeRole", LOGIN],
  },
];

interface Partition {
  readonly name: string;
  readonly region: string;
  readonly suffix: string;
}

const PARTITIONS: readonly Partition[] = [
  { name: "aws-us-gov", region: "us-gov-west-1", suffix: "amazonaws.com" },
  { name: "aws-cn", region: "cn-northwest-1", suffix: "amazonaws.com.cn" },
  { name: "aws-eusc", region: "eusc-de-east-1", suffix: "amazonaws.eu" },
  { name: "aws-iso", region: "us-iso-east-1", suffix: "c2s.ic.gov" },
  { name: "aws-iso-b", region: "us-isob-east-1", suffix: "sc2s.sgov.gov" },
  { name: "aws-iso-e", region: "eu-isoe-west-1", suffix: "cloud.adc-e.uk" },
  { name: "aws-iso-f", region: "us-isof-south-1", suffix: "csp.hci.ic.gov" },
];

/** A node with its role, and a pod with its own, in each partition. No other partition is requested. */
const SOVEREIGN: readonly Scene[] = PARTITIONS.flatMap(({ name, region, suffix }): readonly Scene[] => {
  const image = `123456789012.dkr.ecr.${region}.${suffix}/app`;
  const cloud: CloudOptions = { aws: { partition: name, region, roles: { puller: POD_ROLE } } };
  const api = `api.ecr.${region}.${suffix}`;
  return [
    {
      name: `a node in ${name} logs in to its registry`,
      image,
      cloud,
      hosts: [api],
      expect: ECR_LOGIN,
      requests: [...IMDS, LOGIN],
    },
    {
      name: `a pod in ${name} assumes its role in its registry's region, whatever the node's region`,
      image,
      cloud,
      token: POD,
      config: ruled({ aws: { roleArn: `arn:${name}:iam::123456789012:role/puller` } }, [image]),
      env: { AWS_REGION: "eu-west-1" },
      hosts: [`sts.${region}.${suffix}`, api],
      expect: ECR_LOGIN,
      requests: [WEB, LOGIN],
      sessions: [`arn:${name}:sts::123456789012:assumed-role/puller/shop.default`],
    },
  ];
});

export const AWS_IDENTITIES: readonly Scene[] = [
  ...PODS,
  ...REFUSED_HERE,
  ...REFUSED_BY_STS,
  ...POD_IDENTITY,
  ...ECR_PUBLIC_PODS,
  ...FILES,
  ...FROM_ELSEWHERE,
  ...NO_TOKENS,
  ...NOT_OF_AWS,
  ...KEYS,
  ...SOVEREIGN,
];
