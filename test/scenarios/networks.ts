import type { CloudOptions } from "../cloud/cloud.ts";
import {
  ACR_HOST,
  ACR_LOGIN,
  AUDIENCE,
  application,
  ECR_HOST,
  ECR_LOGIN,
  ENTRA_HOST,
  GOOGLE_IMAGE,
  GOOGLE_LOGIN,
  GOOGLE_STS_HOST,
  OUTBOUND,
  principal,
  providerName,
  refused,
  STS_HOST,
  TENANT,
} from "./names.ts";
import type { Play } from "./play.ts";

const NODE_ROLE = "arn:aws:iam::111122223333:role/node-role";
const NODE = ["imds/token", "imds/partition", "imds/role", "imds/credentials"];
/** For a token that AWS issues, the region is requested too. */
const FEDERATED = ["imds/token", "imds/region", "imds/role", "imds/credentials", "sts/GetWebIdentityToken"];

/** An AWS node whose role the other two clouds trust. */
const aws = (more: Partial<Record<keyof CloudOptions, object>> = {}): CloudOptions => ({
  aws: { account: "111122223333", region: "eu-west-1", ...more.aws },
  google: {
    providers: { [providerName("aws", "tokens")]: { issuer: OUTBOUND } },
    pulls: [principal("aws", NODE_ROLE)],
    ...more.google,
  },
  azure: {
    tenant: TENANT,
    apps: [application({ issuer: OUTBOUND, subject: NODE_ROLE, audience: AUDIENCE })],
  },
});

/** Scenarios with mirrors, custom domains and private endpoints. */
export const NETWORK_PLAYS: readonly Play[] = [
  {
    scenario: "pull-through-mirrors",
    node: "aws",
    cloud: aws(),
    pulls: [
      {
        name: "an image of Docker Hub gets ECR's login under Docker Hub's name",
        image: "nginx:1.27",
        expect: ECR_LOGIN,
        loginAt: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/library/nginx",
        requests: [...NODE, "ecr/GetAuthorizationToken"],
        hosts: [ECR_HOST],
      },
      {
        name: "an image of ghcr.io gets Artifact Registry's login",
        image: "ghcr.io/corp/web:1",
        expect: GOOGLE_LOGIN,
        loginAt: "europe-docker.pkg.dev/shop-images/ghcr/corp/web",
        requests: [...FEDERATED, "google-sts/token"],
        hosts: [STS_HOST, GOOGLE_STS_HOST],
      },
      {
        name: "an image of quay.io gets ACR's login",
        image: "quay.io/corp/web:1",
        expect: ACR_LOGIN,
        loginAt: "shopimages.azurecr.io/quay/corp/web",
        requests: [...FEDERATED, "entra/token", "acr/exchange"],
        hosts: [STS_HOST, ENTRA_HOST, ACR_HOST],
      },
      {
        name: "a host that resembles a mirror's source gets no login",
        image: "docker.io.evil.example/library/nginx:1.27",
        expect: { none: true },
      },
    ],
  },
  {
    scenario: "private-endpoints",
    node: "aws",
    cloud: aws({
      aws: {
        roles: { pull: { permissions: ["ecr:GetAuthorizationToken"], trustedRoles: ["node-role"] } },
      },
      google: { privateHosts: { "sts-corp.p.googleapis.com": "sts" } },
    }),
    pulls: [
      {
        name: "ECR and STS are contacted only at the VPC endpoints",
        image: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1",
        expect: ECR_LOGIN,
        requests: [...NODE, "sts/AssumeRole", "ecr/GetAuthorizationToken"],
        hosts: [
          "vpce-0f9e8d7c6b5a43210-hgfedcba.sts.eu-west-1.vpce.amazonaws.com",
          "vpce-0a1b2c3d4e5f67890-abcdefgh.api.ecr.eu-west-1.vpce.amazonaws.com",
        ],
      },
      {
        name: "Google's STS is contacted through Private Service Connect",
        image: GOOGLE_IMAGE,
        expect: GOOGLE_LOGIN,
        requests: [...FEDERATED, "google-sts/token"],
        hosts: [STS_HOST, "sts-corp.p.googleapis.com"],
      },
      {
        name: "an image under the custom domain gets the login of its registry",
        image: "images.corp.example/web:1",
        expect: ACR_LOGIN,
        loginAt: "shopimages.azurecr.io/web",
        requests: [...FEDERATED, "entra/token", "acr/exchange"],
        hosts: [STS_HOST, ENTRA_HOST, ACR_HOST],
      },
      {
        name: "an image under another domain gets no login",
        image: "images.corp.example.evil.example/web:1",
        expect: { none: true },
      },
      {
        name: "an image of another registry gets no login on an AWS node, because no rule matches",
        image: "othershop.azurecr.io/web:1",
        expect: refused("platform-mismatch"),
      },
    ],
  },
];
