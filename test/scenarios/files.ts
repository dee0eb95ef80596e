import { MINUTE } from "../../src/core/time.ts";
import { createSelfSigned } from "../cloud/certificate.ts";
import type { Place } from "../transcripts/scene.ts";
import type { Folder } from "./folder.ts";
import { HOME } from "./folder.ts";
import {
  ACR_HOST,
  ACR_IMAGE,
  ACR_LOGIN,
  CLIENT,
  ECR_HOST,
  ECR_IMAGE,
  ECR_LOGIN,
  ENTRA_HOST,
  GOOGLE_IMAGE,
  GOOGLE_LOGIN,
  refused,
  TENANT,
} from "./names.ts";
import type { Play } from "./play.ts";

const PULLER = "puller@shop-images.iam.gserviceaccount.com";
const CERTIFICATE = createSelfSigned();
const HELPER = "/usr/local/bin/aws_signing_helper";

/** The output of the IAM Roles Anywhere helper for the arguments in the profile. */
function signingHelper({ cloud }: Place): string {
  const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = cloud.awsUserKey;
  const keys = JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey });
  return `#!/bin/sh\n[ "$1" = credential-process ] && [ -r "$3" ] && [ -r "$5" ] && echo '${keys}'\n`;
}

const keys = (place: Place, { others }: Folder) => ({
  "aws-config": (others["aws-config"] ?? "")
    .replace(HELPER, place.file("aws_signing_helper.sh"))
    .replaceAll(HOME, place.file("/")),
  "aws_signing_helper.sh": signingHelper(place),
  "node.crt": "of the machine",
  "node.key": "of the machine",
  "google-key.json": place.cloud.googleKey(PULLER),
  "azure.pem": CERTIFICATE.key + CERTIFICATE.cert,
});

const ROBOT = "robot$shop+nodes";
const auth = (username: string, password: string) =>
  ({ auth: Buffer.from(`${username}:${password}`).toString("base64") }) as const;

const logins = () => ({
  "docker.json": JSON.stringify({
    auths: {
      "harbor.corp.example:8443/shop": auth(ROBOT, "harbor-token"),
      "ghcr.io": auth("corp-bot", "ghcr-token"),
      "https://index.docker.io/v1/": auth("corp", "hub-token"),
    },
  }),
  "gitlab-token": "gitlab-token\n",
});

export const FILE_PLAYS: readonly Play[] = [
  {
    scenario: "key-files",
    node: null,
    cloud: {
      aws: { account: "111122223333" },
      azure: {
        tenant: TENANT,
        apps: [
          {
            clientId: CLIENT,
            objectId: "99998888-aaaa-7777-bbbb-6666cccc5555",
            certificates: [CERTIFICATE.cert],
            pulls: [ACR_HOST],
          },
        ],
      },
    },
    files: keys,
    pulls: [
      {
        name: "the profile's helper gives keys for ECR",
        image: ECR_IMAGE,
        expect: ECR_LOGIN,
        requests: ["ecr/GetAuthorizationToken"],
        hosts: [ECR_HOST],
      },
      {
        name: "the service account's key gets a token for Artifact Registry",
        image: GOOGLE_IMAGE,
        expect: GOOGLE_LOGIN,
        requests: ["google-oauth/token"],
        hosts: ["oauth2.googleapis.com"],
      },
      {
        name: "the application's certificate gets a token for ACR",
        image: ACR_IMAGE,
        expect: ACR_LOGIN,
        requests: ["entra/token", "acr/exchange"],
        hosts: [ENTRA_HOST, ACR_HOST],
      },
      {
        name: "a revoked key gets no login",
        image: GOOGLE_IMAGE,
        files: (place, folder) => ({
          ...keys(place, folder),
          "google-key.json": place.cloud.googleKey(PULLER, true),
        }),
        expect: refused("google-key-refused"),
        requests: ["google-oauth/token"],
        hosts: ["oauth2.googleapis.com"],
      },
      {
        name: "an image of another registry gets no login",
        image: "strangers.azurecr.io/web:1",
        expect: refused("platform-without-metadata"),
      },
    ],
  },
  {
    scenario: "harbor-by-file",
    node: null,
    cloud: {
      registries: {
        "harbor.corp.example:8443": { [ROBOT]: "harbor-token" },
        "ghcr.io": { "corp-bot": "ghcr-token" },
        "docker.io": { corp: "hub-token" },
        "registry.gitlab.com": { "shop-nodes": "gitlab-token" },
      },
    },
    files: logins,
    pulls: [
      {
        name: "an image of the Harbor project gets the robot's login",
        image: "harbor.corp.example:8443/shop/web:1",
        expect: { login: ROBOT, life: 5 * MINUTE },
      },
      {
        name: "an image of GHCR gets the machine user's login",
        image: "ghcr.io/corp/web:1",
        expect: { login: "corp-bot", life: 5 * MINUTE },
      },
      {
        name: "an image of Docker Hub gets the organization's login",
        image: "nginx:1.27",
        expect: { login: "corp", life: 5 * MINUTE },
      },
      {
        name: "an image of the GitLab group gets the deploy token",
        image: "registry.gitlab.com/shop/web:1",
        expect: { login: "shop-nodes", life: 2 * MINUTE },
      },
      {
        name: "an image of another GitLab group does not get the deploy token",
        image: "registry.gitlab.com/strangers/web:1",
        expect: refused("repository-not-allowed"),
      },
      {
        name: "an image of another Harbor project gets no login",
        image: "harbor.corp.example:8443/strangers/web:1",
        expect: { none: true },
      },
    ],
  },
];
