import type { Place } from "../transcripts/scene.ts";
import {
  ACR_HOST,
  ACR_IMAGE,
  ACR_LOGIN,
  application,
  CLUSTER,
  ECR_HOST,
  ECR_IMAGE,
  ECR_LOGIN,
  ENTRA_HOST,
  formatSubject,
  GOOGLE_IMAGE,
  GOOGLE_LOGIN,
  GOOGLE_STS_HOST,
  INTRUDER,
  principal,
  providerName,
  refused,
  STS_HOST,
  TENANT,
  WEB,
} from "./names.ts";
import type { Play } from "./play.ts";

const AUDIENCE = "image-pulls.corp.example";
const SPIRE = "https://oidc-discovery.corp.example";
const NODE = "spiffe://corp.example/node";

const svid = (subject: string) => (place: Place) => ({
  "svid.jwt": place.cloud.serviceAccountToken({ audience: "sts.amazonaws.com", subject }),
});

const trusting = (issuer: string, subject: string, audiences?: readonly string[]) => ({
  permissions: ["ecr:GetAuthorizationToken"],
  trustedTokens: { issuer, subjects: [subject], ...(audiences === undefined ? {} : { audiences }) },
});

export const ON_PREMISES_PLAYS: readonly Play[] = [
  {
    scenario: "on-prem-one-issuer",
    node: null,
    cloud: {
      aws: {
        account: "111122223333",
        roles: { "cluster-pull": trusting(CLUSTER, formatSubject(WEB), [AUDIENCE]) },
      },
      google: {
        providers: { [providerName("clusters", "corp")]: { issuer: CLUSTER, audiences: [AUDIENCE] } },
        pulls: [principal("clusters", formatSubject(WEB))],
      },
      azure: {
        tenant: TENANT,
        apps: [application({ issuer: CLUSTER, subject: formatSubject(WEB), audience: AUDIENCE })],
      },
    },
    pulls: [
      {
        name: "a pod pulls from ECR with the token for the shared audience",
        image: ECR_IMAGE,
        pod: WEB,
        expect: ECR_LOGIN,
        requests: ["sts/AssumeRoleWithWebIdentity", "ecr/GetAuthorizationToken"],
        hosts: [STS_HOST, ECR_HOST],
      },
      {
        name: "a pod pulls from Artifact Registry with the same token",
        image: GOOGLE_IMAGE,
        pod: WEB,
        expect: GOOGLE_LOGIN,
        requests: ["google-sts/token"],
        hosts: [GOOGLE_STS_HOST],
      },
      {
        name: "a pod pulls from ACR with the same token",
        image: ACR_IMAGE,
        pod: WEB,
        expect: ACR_LOGIN,
        requests: ["entra/token", "acr/exchange"],
        hosts: [ENTRA_HOST, ACR_HOST],
      },
      {
        name: "another namespace is refused on the node",
        image: GOOGLE_IMAGE,
        pod: INTRUDER,
        expect: refused("service-account-not-allowed"),
      },
      {
        name: "a ServiceAccount of the namespace that the role does not trust is refused by AWS",
        image: ECR_IMAGE,
        pod: { namespace: "shop", serviceAccount: "batch" },
        expect: refused("aws-sts-refused"),
        requests: ["sts/AssumeRoleWithWebIdentity"],
        hosts: [STS_HOST],
      },
    ],
  },
  {
    scenario: "on-prem-spiffe-file",
    node: null,
    cloud: {
      cluster: { issuer: SPIRE },
      aws: { account: "111122223333", roles: { "spiffe-pull": trusting(SPIRE, NODE) } },
    },
    files: svid(NODE),
    pulls: [
      {
        name: "a node pulls as the role that trusts the SVID in the file",
        image: ECR_IMAGE,
        expect: ECR_LOGIN,
        requests: ["sts/AssumeRoleWithWebIdentity", "ecr/GetAuthorizationToken"],
        hosts: [STS_HOST, ECR_HOST],
      },
      {
        name: "another workload's SVID is refused by the role",
        image: ECR_IMAGE,
        files: svid("spiffe://corp.example/guest"),
        expect: refused("aws-sts-refused"),
        requests: ["sts/AssumeRoleWithWebIdentity"],
        hosts: [STS_HOST],
      },
    ],
  },
];
