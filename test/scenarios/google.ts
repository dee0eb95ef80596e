import type { CloudOptions } from "../cloud/cloud.ts";
import {
  ACR_HOST,
  ACR_IMAGE,
  ACR_LOGIN,
  AUDIENCE,
  application,
  CLUSTER,
  ECR_HOST,
  ECR_IMAGE,
  ECR_LOGIN,
  ENTRA_HOST,
  GOOGLE,
  GOOGLE_IMAGE,
  GOOGLE_LOGIN,
  GOOGLE_NODE,
  GOOGLE_STS_HOST,
  INTRUDER,
  OUTBOUND,
  principal,
  providerName,
  refused,
  STS_HOST,
  subjectOf,
  TENANT,
  WEB,
} from "./names.ts";
import type { Play } from "./play.ts";

const GKE = "https://container.googleapis.com/v1/projects/shop-cluster/locations/europe-west1/clusters/prod";
const POOL = "shop-cluster.svc.id.goog";
const ACCOUNT = "pull-web@shop-images.iam.gserviceaccount.com";
const NODE = "node@shop-cluster.iam.gserviceaccount.com";
const WEB_OF_POOL = principal(POOL, "ns/shop/sa/web", "210987654321");
const gke: CloudOptions = {
  cluster: { issuer: GKE },
  google: {
    projectId: "shop-cluster",
    projectNumber: "210987654321",
    clusters: [GKE],
    attributes: { "cluster-name": "prod", "cluster-location": "europe-west1" },
    serviceAccount: NODE,
    impersonation: { [ACCOUNT]: [WEB_OF_POOL] },
    pulls: [NODE, WEB_OF_POOL, ACCOUNT],
  },
};
const OPTED_IN = { "iam.gke.io/enable-wi-image-pull": "true" };
const BY_ACCOUNT = (email: string) => ({ ...OPTED_IN, "iam.gke.io/gcp-service-account": email });

/** Into Google, and out of it. */
export const GOOGLE_PLAYS: readonly Play[] = [
  {
    scenario: "eks-pods-to-artifact-registry",
    node: "aws",
    cloud: {
      google: {
        providers: { [providerName("clusters", "eks-prod")]: { issuer: CLUSTER } },
        pulls: [principal("clusters", subjectOf(WEB))],
      },
    },
    pulls: [
      {
        name: "a pod of EKS pulls from Artifact Registry with its own token",
        image: GOOGLE_IMAGE,
        pod: WEB,
        expect: GOOGLE_LOGIN,
        asked: ["google-sts/token"],
        hosts: [GOOGLE_STS_HOST],
      },
      {
        name: "EKS's own images are pulled as the node, by the executable's other name",
        image: "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/kube-proxy:v1.34",
        pod: { namespace: "kube-system", serviceAccount: "kube-proxy" },
        expect: ECR_LOGIN,
        asked: ["imds/token", "imds/partition", "imds/role", "imds/credentials", "ecr/GetAuthorizationToken"],
        hosts: [ECR_HOST],
      },
      {
        name: "another namespace's ServiceAccount of the same name is refused on the node",
        image: GOOGLE_IMAGE,
        pod: INTRUDER,
        expect: refused("service-account-not-allowed"),
      },
    ],
  },
  {
    scenario: "eks-node-to-artifact-registry",
    node: "aws",
    cloud: {
      aws: { account: "111122223333", region: "eu-west-1" },
      google: {
        providers: {
          [providerName("aws", "tokens")]: { issuer: OUTBOUND },
          [providerName("aws", "account")]: { awsAccount: "111122223333" },
        },
        pulls: [
          principal("aws", "arn:aws:iam::111122223333:role/node-role"),
          principal("aws", "arn:aws:sts::111122223333:assumed-role/node-role/i-0123456789"),
        ],
      },
    },
    pulls: [
      {
        name: "the instance's role pulls by a token that AWS makes for Google",
        image: GOOGLE_IMAGE,
        expect: GOOGLE_LOGIN,
        asked: [
          "imds/token",
          "imds/region",
          "imds/role",
          "imds/credentials",
          "sts/GetWebIdentityToken",
          "google-sts/token",
        ],
        hosts: [STS_HOST, GOOGLE_STS_HOST],
      },
      {
        name: "or by a request that the role signs, with a provider of type AWS",
        image: GOOGLE_IMAGE,
        instead: [`workloadIdentityProvider: ${providerName("aws", "account")}`, "subjectToken: aws-signed"],
        expect: GOOGLE_LOGIN,
        asked: ["imds/token", "imds/region", "imds/role", "imds/credentials", "google-sts/token"],
        hosts: [GOOGLE_STS_HOST],
      },
      {
        name: "another project's images are none of the rule's: a node of AWS has no login for them",
        image: "europe-docker.pkg.dev/shop-images-2/containers/web:1",
        expect: refused("platform-mismatch"),
      },
    ],
  },
  {
    scenario: "gke-pods",
    node: "google",
    cloud: gke,
    pulls: [
      {
        name: "a pod that opts in is its own principal of GKE's pool",
        image: GOOGLE_IMAGE,
        pod: { ...WEB, annotations: OPTED_IN },
        expect: GOOGLE_LOGIN,
        asked: ["gce/attribute", "google-sts/token"],
        hosts: [GOOGLE_STS_HOST],
      },
      {
        name: "and the service account that its annotation names",
        image: GOOGLE_IMAGE,
        pod: { ...WEB, annotations: BY_ACCOUNT(ACCOUNT) },
        expect: GOOGLE_LOGIN,
        asked: ["gce/attribute", "google-sts/token", "iamcredentials/generateAccessToken"],
        hosts: [GOOGLE_STS_HOST, "iamcredentials.googleapis.com"],
      },
      {
        name: "another namespace's pod may not act as that account",
        image: GOOGLE_IMAGE,
        pod: { ...INTRUDER, annotations: BY_ACCOUNT(ACCOUNT) },
        expect: refused("google-impersonation-refused"),
        asked: ["gce/attribute", "google-sts/token", "iamcredentials/generateAccessToken"],
        hosts: [GOOGLE_STS_HOST, "iamcredentials.googleapis.com"],
      },
      {
        name: "one that does not is the node",
        image: GOOGLE_IMAGE,
        pod: WEB,
        expect: GOOGLE_LOGIN,
        asked: ["gce/universe", "gce/token"],
      },
      {
        name: "a static pod is the node",
        image: GOOGLE_IMAGE,
        expect: GOOGLE_LOGIN,
        asked: ["gce/universe", "gce/token"],
      },
      {
        name: "an account that the rule does not allow is refused on the node",
        image: GOOGLE_IMAGE,
        pod: { ...WEB, annotations: BY_ACCOUNT("owner@shop-images.iam.gserviceaccount.com") },
        expect: refused("annotation-not-allowed"),
      },
    ],
  },
  {
    scenario: "gke-node-to-ecr",
    node: "google",
    cloud: {
      aws: {
        account: "111122223333",
        roles: {
          "gke-pull": {
            permissions: ["ecr:GetAuthorizationToken"],
            trustedTokens: { issuer: GOOGLE, subjects: [GOOGLE_NODE] },
          },
        },
      },
    },
    pulls: [
      {
        name: "the node's service account pulls from ECR",
        image: ECR_IMAGE,
        expect: ECR_LOGIN,
        asked: ["gce/identity", "sts/AssumeRoleWithWebIdentity", "ecr/GetAuthorizationToken"],
        hosts: [STS_HOST, ECR_HOST],
      },
      {
        name: "another account's images are none of the rule's: a node of Google has no login for them",
        image: "999988887777.dkr.ecr.eu-west-1.amazonaws.com/web:1",
        expect: refused("platform-mismatch"),
      },
    ],
  },
  {
    scenario: "gke-node-to-acr",
    node: "google",
    cloud: {
      azure: {
        tenant: TENANT,
        apps: [application({ issuer: GOOGLE, subject: GOOGLE_NODE, audience: AUDIENCE })],
      },
    },
    pulls: [
      {
        name: "the node's service account pulls from ACR",
        image: ACR_IMAGE,
        expect: ACR_LOGIN,
        asked: ["gce/identity", "entra/token", "acr/exchange"],
        hosts: [ENTRA_HOST, ACR_HOST],
      },
      {
        name: "another registry's images are none of the rule's: a node of Google has no login for them",
        image: "strangers.azurecr.io/web:1",
        expect: refused("platform-mismatch"),
      },
    ],
  },
];
