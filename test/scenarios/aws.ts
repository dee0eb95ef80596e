import type { CloudOptions } from "../cloud/cloud.ts";
import { ECR_HOST, ECR_IMAGE, ECR_LOGIN, INTRUDER, refused, STS_HOST, WEB } from "./names.ts";
import type { Play } from "./play.ts";

const ISSUER = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE";
const PULL = ["ecr:GetAuthorizationToken"];
const trusts = (...accounts: readonly string[]) => ({
  issuer: ISSUER,
  subjects: accounts.map((account) => `system:serviceaccount:${account}`),
});
const eks = (aws: NonNullable<CloudOptions["aws"]>): CloudOptions => ({
  cluster: { issuer: ISSUER },
  aws: { account: "111122223333", region: "eu-west-1", ...aws },
});

const byRole = (role: string) => ({
  "eks.amazonaws.com/ecr-role-arn": `arn:aws:iam::111122223333:role/${role}`,
});

export const AWS_PLAYS: readonly Play[] = [
  {
    scenario: "eks-pods-to-ecr-by-annotation",
    node: "aws",
    cloud: eks({
      roles: {
        "pull-web": { permissions: PULL, trustedTokens: trusts("shop:web") },
        "pull-worker": { permissions: PULL, trustedTokens: trusts("shop:worker") },
        admin: { permissions: ["*"], trustedTokens: trusts("shop:web") },
      },
    }),
    pulls: [
      {
        name: "a ServiceAccount pulls with the role that its annotation names",
        image: ECR_IMAGE,
        pod: { ...WEB, annotations: byRole("pull-web") },
        expect: ECR_LOGIN,
        requests: ["sts/AssumeRoleWithWebIdentity", "ecr/GetAuthorizationToken"],
        hosts: [STS_HOST, ECR_HOST],
      },
      {
        name: "a ServiceAccount pulls with the role in the workload's annotation",
        image: ECR_IMAGE,
        pod: {
          ...WEB,
          annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/pull-web" },
        },
        expect: ECR_LOGIN,
        requests: ["sts/AssumeRoleWithWebIdentity", "ecr/GetAuthorizationToken"],
        hosts: [STS_HOST, ECR_HOST],
      },
      {
        name: "EKS's own images are pulled as the node",
        image: "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/kube-proxy:v1.34",
        pod: { namespace: "kube-system", serviceAccount: "kube-proxy" },
        expect: ECR_LOGIN,
        requests: [
          "imds/token",
          "imds/partition",
          "imds/role",
          "imds/credentials",
          "ecr/GetAuthorizationToken",
        ],
        hosts: [ECR_HOST],
      },
      {
        name: "a role is refused by its trust policy for another ServiceAccount",
        image: ECR_IMAGE,
        pod: { ...WEB, annotations: byRole("pull-worker") },
        expect: refused("aws-sts-refused"),
        requests: ["sts/AssumeRoleWithWebIdentity"],
        hosts: [STS_HOST],
      },
      {
        name: "a role that the rule does not allow is refused on the node, though it would trust the pod",
        image: ECR_IMAGE,
        pod: { ...WEB, annotations: byRole("admin") },
        expect: refused("annotation-not-allowed"),
      },
      {
        name: "a ServiceAccount without an annotation does not get the node's identity",
        image: ECR_IMAGE,
        pod: WEB,
        expect: refused("pod-identity-missing"),
      },
    ],
  },
  {
    scenario: "ecr-cross-account-chain",
    node: "aws",
    cloud: eks({
      roles: {
        "shop-pull": { permissions: ["sts:AssumeRole"], trustedTokens: trusts("shop:web", "guests:web") },
        "images-for-shop": {
          account: "444455556666",
          permissions: PULL,
          trustedRoles: ["shop-pull"],
          externalId: "shop-cluster",
        },
      },
    }),
    pulls: [
      {
        name: "the second account's role is assumed from the first one's",
        image: "444455556666.dkr.ecr.eu-west-1.amazonaws.com/web:1",
        pod: WEB,
        expect: ECR_LOGIN,
        requests: ["sts/AssumeRoleWithWebIdentity", "sts/AssumeRole", "ecr/GetAuthorizationToken"],
        hosts: [STS_HOST, ECR_HOST],
      },
      {
        name: "another namespace is refused on the node",
        image: "444455556666.dkr.ecr.eu-west-1.amazonaws.com/web:1",
        pod: INTRUDER,
        expect: refused("service-account-not-allowed"),
      },
      {
        name: "a ServiceAccount that the first role does not trust is refused by STS",
        image: "444455556666.dkr.ecr.eu-west-1.amazonaws.com/web:1",
        pod: { namespace: "shop", serviceAccount: "batch" },
        expect: refused("aws-sts-refused"),
        requests: ["sts/AssumeRoleWithWebIdentity"],
        hosts: [STS_HOST],
      },
    ],
  },
  {
    scenario: "eks-pod-identity",
    node: "aws-pod-identity",
    cloud: eks({
      roles: { "web-pod": { permissions: PULL } },
      podRoles: { "system:serviceaccount:shop:web": "web-pod" },
    }),
    pulls: [
      {
        name: "the pod's association pulls its image",
        image: ECR_IMAGE,
        pod: WEB,
        expect: ECR_LOGIN,
        requests: ["container/pod-identity", "ecr/GetAuthorizationToken"],
        hosts: [ECR_HOST],
      },
      {
        name: "a ServiceAccount without an association is refused by the agent, and does not get the node's role",
        image: ECR_IMAGE,
        pod: INTRUDER,
        expect: refused("aws-container-refused"),
        requests: ["container/pod-identity"],
      },
    ],
  },
];
