/** The cases of the demo, each with a promise. */
import type { CloudOptions, EnvName } from "../../test/cloud/cloud.ts";
import { memoryUnavailable } from "../../test/support/memory-folder.ts";

/** `usual`: a node that may pull. `poor`: a node with an AWS role without permissions. */
export type Node = "usual" | "poor";

export interface Case {
  readonly title: string;
  readonly image: string;
  /** The cloud that the node runs in. */
  readonly on: EnvName;
  readonly node: Node;
  /** The audience of the pod's token, if the kubelet sends one. */
  readonly podToken?: string;
  /** The content of the configuration file. */
  readonly config?: object;
  /** The image is pulled twice with one cache. The demo shows the second pull, which sends no request. */
  readonly isSecondPull?: true;
  /** The identity, if it is not that of the node. */
  readonly identity?: string;
  readonly promise: PromisedResult;
}

export type PromisedResult =
  /** A login that the registry accepts, and its cache duration in minutes. */
  | {
      readonly kind: "login";
      readonly username: string;
      readonly minutes: readonly [least: number, most: number];
    }
  /** An unsupported registry: no login, no request. */
  | { readonly kind: "none" }
  /** Exit 1, nothing on stdout, one line with this code. */
  | { readonly kind: "failure"; readonly code: string; readonly sendsRequest: boolean };

const ECR_LOGIN = { kind: "login", username: "AWS", minutes: [320, 360] } as const;
const GOOGLE_LOGIN = { kind: "login", username: "oauth2accesstoken", minutes: [45, 55] } as const;
const ACR_LOGIN = {
  kind: "login",
  username: "00000000-0000-0000-0000-000000000000",
  minutes: [54, 60],
} as const;

const POOL = "projects/123456/locations/global/workloadIdentityPools/aws/providers/nodes";
const ROLE = "arn:aws:iam::123456789012:role/payments-pull";

const configWith = (rule: object): object => ({
  apiVersion: "registry-credential-provider/v1",
  kind: "Config",
  rules: [rule],
});

/** The set-up of the clouds for the pod and for the node of a different cloud; docs/guides/ describes it. */
export const TRUST: CloudOptions = {
  aws: {
    roles: {
      "payments-pull": {
        permissions: ["ecr:GetAuthorizationToken"],
        trustedTokens: {
          issuer: "https://oidc.cluster.example",
          subjects: ["system:serviceaccount:shop:default"],
        },
      },
    },
  },
  google: {
    providers: { [POOL]: { issuer: "https://fake.tokens.sts.global.api.aws" } },
    pulls: [
      "node@shop-1.iam.gserviceaccount.com",
      `principal://iam.googleapis.com/${POOL.replace(/\/providers\/.*/, "")}/subject/arn:aws:iam::123456789012:role/node-role`,
    ],
  },
};

/** Left out on a machine without tmpfs, where logins are not cached. */
const SECOND_PULLS: readonly Case[] = [
  {
    title: "a second pull",
    image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/web",
    on: "aws",
    node: "usual",
    isSecondPull: true,
    promise: ECR_LOGIN,
  },
];

export const CASES: readonly Case[] = [
  {
    title: "Amazon ECR",
    image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/api",
    on: "aws",
    node: "usual",
    promise: ECR_LOGIN,
  },
  ...(memoryUnavailable === false ? SECOND_PULLS : []),
  { title: "ECR Public", image: "public.ecr.aws/shop/api", on: "aws", node: "usual", promise: ECR_LOGIN },
  {
    title: "Artifact Registry",
    image: "europe-docker.pkg.dev/shop-1/images/api",
    on: "google",
    node: "usual",
    promise: GOOGLE_LOGIN,
  },
  {
    title: "Container Registry",
    image: "gcr.io/shop-1/api",
    on: "google",
    node: "usual",
    promise: GOOGLE_LOGIN,
  },
  {
    title: "Azure Container Registry",
    image: "shop.azurecr.io/api",
    on: "azure",
    node: "usual",
    promise: ACR_LOGIN,
  },
  {
    title: "a pod's own role",
    image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/payments/api",
    on: "aws",
    node: "usual",
    podToken: "sts.amazonaws.com",
    config: configWith({
      match: ["123456789012.dkr.ecr.*.amazonaws.com"],
      identity: "pod",
      aws: { roleArn: ROLE },
    }),
    identity: "ServiceAccount shop/default",
    promise: ECR_LOGIN,
  },
  {
    title: "an AWS node at Google",
    image: "europe-docker.pkg.dev/shop-1/images/api",
    on: "aws",
    node: "usual",
    config: configWith({
      match: ["europe-docker.pkg.dev"],
      google: { workloadIdentityProvider: POOL, subjectToken: "aws" },
    }),
    identity: "node-role, through a pool of Google",
    promise: GOOGLE_LOGIN,
  },
  {
    title: "an unsupported registry",
    image: "docker.io/library/nginx",
    on: "aws",
    node: "usual",
    promise: { kind: "none" },
  },
  {
    title: "a look-alike",
    image: "123456789012.dkr.ecr.us-east-1.amazonaws.com.evil.example/api",
    on: "aws",
    node: "usual",
    promise: { kind: "none" },
  },
  {
    title: "a role without permission",
    image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/api",
    on: "aws",
    node: "poor",
    promise: { kind: "failure", code: "aws-access-denied", sendsRequest: true },
  },
  {
    title: "a node of another cloud",
    image: "shop.azurecr.io/api",
    on: "aws",
    node: "usual",
    promise: { kind: "failure", code: "platform-mismatch", sendsRequest: false },
  },
];
