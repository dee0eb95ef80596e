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
  formatSubject,
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

/** Scenarios with Google Cloud as the target or the source. */
export const GOOGLE_PLAYS: readonly Play[] = [
  {
    scenario: "eks-pods-to-artifact-registry",
    node: "aws",
    cloud: {
      google: {
        providers: { [providerName("clusters", "eks-prod")]: { issuer: CLUSTER } },
        pulls: [principal("clusters", formatSubject(WEB))],
      },
    },
    pulls: [
      {
        name: "a pod of EKS pulls from Artifact Registry with its own token",
        image: GOOGLE_IMAGE,
        pod: WEB,
        expect: GOOGLE_LOGIN,
        requests: ["google-sts/token"],
        hosts: [GOOGLE_STS_HOST],
      },
      {
        name: "EKS's own images are pulled as the node, with the executable under its other name",
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
        name: "a ServiceAccount with the same name in another namespace is refused on the node",
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
        name: "the instance's role pulls with a token that AWS issues for Google",
        image: GOOGLE_IMAGE,
        expect: GOOGLE_LOGIN,
        requests: [
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
        name: "the instance's role pulls with a signed request and a provider of type AWS",
        image: GOOGLE_IMAGE,
        uncommented: [
          `workloadIdentityProvider: ${providerName("aws", "account")}`,
          "subjectToken: aws-signed",
        ],
        expect: GOOGLE_LOGIN,
        requests: ["imds/token", "imds/region", "imds/role", "imds/credentials", "google-sts/token"],
        hosts: [GOOGLE_STS_HOST],
      },
      {
        name: "an image of another project gets no login on an AWS node, because no rule matches",
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
        name: "a pod that opts in pulls as its principal in GKE's pool",
        image: GOOGLE_IMAGE,
        pod: { ...WEB, annotations: OPTED_IN },
        expect: GOOGLE_LOGIN,
        requests: ["gce/attribute", "google-sts/token"],
        hosts: [GOOGLE_STS_HOST],
      },
      {
        name: "a pod that opts in pulls as the service account in its annotation",
        image: GOOGLE_IMAGE,
        pod: { ...WEB, annotations: BY_ACCOUNT(ACCOUNT) },
        expect: GOOGLE_LOGIN,
        requests: ["gce/attribute", "google-sts/token", "iamcredentials/generateAccessToken"],
        hosts: [GOOGLE_STS_HOST, "iamcredentials.googleapis.com"],
      },
      {
        name: "a pod of another namespace may not impersonate that account",
        image: GOOGLE_IMAGE,
        pod: { ...INTRUDER, annotations: BY_ACCOUNT(ACCOUNT) },
        expect: refused("google-impersonation-refused"),
        requests: ["gce/attribute", "google-sts/token", "iamcredentials/generateAccessToken"],
        hosts: [GOOGLE_STS_HOST, "iamcredentials.googleapis.com"],
      },
      {
        name: "a pod that does not opt in pulls as the node",
        image: GOOGLE_IMAGE,
        pod: WEB,
        expect: GOOGLE_LOGIN,
        requests: ["gce/universe", "gce/token"],
      },
      {
        name: "a static pod pulls as the node",
        image: GOOGLE_IMAGE,
        expect: GOOGLE_LOGIN,
        requests: ["gce/universe", "gce/token"],
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
        requests: ["gce/identity", "sts/AssumeRoleWithWebIdentity", "ecr/GetAuthorizationToken"],
        hosts: [STS_HOST, ECR_HOST],
      },
      {
        name: "an image of another account gets no login on a Google node, because no rule matches",
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
        requests: ["gce/identity", "entra/token", "acr/exchange"],
        hosts: [ENTRA_HOST, ACR_HOST],
      },
      {
        name: "an image of another registry gets no login on a Google node, because no rule matches",
        image: "strangers.azurecr.io/web:1",
        expect: refused("platform-mismatch"),
      },
    ],
  },
];
