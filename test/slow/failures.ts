import { ACR, APP, ECR, IMDS, PKG_DEV, TENANT } from "../transcripts/answers.ts";
import type { FaultAt, Scene } from "../transcripts/scene.ts";

/** Milliseconds that twelve simultaneous starts may take on a busy machine. */
const STARTING = 4000;
/** Milliseconds; the invariants add one second. */
const METADATA = 15_000 + STARTING;
const ALL = 45_000 + STARTING;
const ECR_STEPS = [...IMDS, "ecr/GetAuthorizationToken"];
const ACR_STEPS = ["azure-imds/token", "acr/exchange"];

const metadata = (
  name: string,
  image: string,
  service: string,
  step: string,
  fault: FaultAt[1],
  fails: "metadata-timeout" | "metadata-not-ready",
): Scene => ({
  name: `${name} ${fails === "metadata-timeout" ? "is silent" : "fails"}: the line is there within 16 s and names its address`,
  image,
  faults: [[service, fault]],
  within: METADATA,
  requests: [`${service}/${step}`],
  times: { [`${service}/${step}`]: [2, 200] },
  expect: { fails, exit: 1, says: [`http://{${service}}/`, /; \d+ attempts/] },
});

const SILENT: readonly Scene[] = [
  metadata("EC2's metadata", ECR, "imds", "token", { kind: "hang" }, "metadata-timeout"),
  metadata("Google's metadata", PKG_DEV, "gce", "universe", { kind: "hang" }, "metadata-timeout"),
  metadata("Azure's metadata", ACR, "azure-imds", "token", { kind: "hang" }, "metadata-timeout"),
  metadata("EC2's metadata, dripping,", ECR, "imds", "token", { kind: "drip" }, "metadata-timeout"),
  metadata("EC2's metadata", ECR, "imds", "token", { kind: "status", status: 500 }, "metadata-not-ready"),
  metadata("Google's metadata", PKG_DEV, "gce", "universe", { kind: "refuse" }, "metadata-not-ready"),
  metadata(
    "Azure's metadata, setting an identity up,",
    ACR,
    "azure-imds",
    "token",
    { kind: "status", status: 410 },
    "metadata-not-ready",
  ),
];

interface Token {
  readonly what: string;
  readonly scene: Pick<Scene, "image" | "requests" | "hosts" | "node" | "args" | "files" | "cloud" | "env">;
  readonly service: string;
  readonly url: string;
}

const TOKENS: readonly Token[] = [
  {
    what: "ECR",
    scene: { image: ECR, requests: ECR_STEPS },
    service: "ecr",
    url: "POST https://api.ecr.us-east-1.amazonaws.com/",
  },
  {
    what: "ACR",
    scene: { image: ACR, requests: ACR_STEPS },
    service: "acr",
    url: "POST https://myregistry.azurecr.io/oauth2/exchange",
  },
  {
    what: "Entra",
    service: "entra",
    url: `POST https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`,
    scene: {
      image: ACR,
      node: null,
      requests: ["entra/token"],
      hosts: ["login.microsoftonline.com"],
      cloud: { azure: { apps: [APP] } },
      args: ({ file }) => [file("azure.json")],
      files: {
        "azure.json": JSON.stringify({
          tenantId: TENANT,
          aadClientId: APP.clientId,
          aadClientSecret: APP.secret,
        }),
      },
    },
  },
  {
    what: "STS",
    service: "sts",
    url: "POST https://sts.us-east-1.amazonaws.com/",
    scene: {
      image: ECR,
      node: null,
      requests: ["sts/AssumeRoleWithWebIdentity"],
      hosts: ["sts.us-east-1.amazonaws.com"],
      files: ({ cloud }) => ({ token: cloud.serviceAccountToken({ audience: "sts.amazonaws.com" }) }),
      env: ({ cloud, file }) => ({
        AWS_WEB_IDENTITY_TOKEN_FILE: file("token"),
        AWS_ROLE_ARN: cloud.roleArn("node-role"),
      }),
    },
  },
];

const FAULTS = [
  ["is silent", { kind: "hang" }, "response-timeout"],
  ["drips", { kind: "drip" }, "response-timeout"],
  ["breaks off", { kind: "reset" }, "connection-lost"],
  ["fails", { kind: "status", status: 500 }, "cloud-unavailable"],
] as const;

const TOKEN_FAILURES: readonly Scene[] = TOKENS.flatMap(({ what, scene, service, url }) =>
  FAULTS.map(
    ([how, fault, fails]): Scene => ({
      ...scene,
      name: `${what} ${how}: the line is there within 46 s and names the step`,
      faults: [[service, fault]],
      within: ALL,
      times: { [scene.requests?.at(-1) ?? ""]: [2, 200] },
      expect: { fails, exit: 1, says: [url, /; \d+ attempts/] },
    }),
  ),
);

/** Steps that use up the whole time: a program, then two roles, each with a late response or none. */
const DEADLINE: Scene = {
  name: "a chain of slow steps ends at the deadline, and the line names the step that hung",
  image: ECR,
  node: null,
  cloud: {
    aws: {
      roles: {
        one: { permissions: ["*"], trustedRoles: ["user"] },
        two: { permissions: ["*"], trustedRoles: ["one"] },
      },
    },
  },
  files: ({ cloud, file }) => ({
    "keys.sh": `#!/bin/sh\nsleep 14\necho '${JSON.stringify({ Version: 1, AccessKeyId: cloud.awsUserKey.accessKeyId, SecretAccessKey: cloud.awsUserKey.secretAccessKey })}'\n`,
    config: [
      `[profile base]\ncredential_process = ${file("keys.sh")}`,
      `[profile one]\nrole_arn = ${cloud.roleArn("one")}\nsource_profile = base`,
      `[default]\nrole_arn = ${cloud.roleArn("two")}\nsource_profile = one\n`,
    ].join("\n"),
  }),
  env: ({ file }) => ({ AWS_CONFIG_FILE: file("config") }),
  hosts: ["sts.us-east-1.amazonaws.com"],
  faults: [
    ["sts", { kind: "delay", ms: 9500 }, 1],
    ["sts", { kind: "hang" }],
  ],
  requests: ["sts/AssumeRole"],
  within: ALL,
  expect: {
    fails: "response-timeout",
    or: "deadline-exceeded",
    exit: 1,
    says: ["POST https://sts.us-east-1.amazonaws.com/"],
  },
};

/** @param silent an address that accepts connections and never responds */
export function buildSlowFailures(silent: string): readonly Scene[] {
  return [
    ...SILENT,
    ...TOKEN_FAILURES,
    DEADLINE,
    {
      name: "an endpoint that accepts and never begins TLS is told from one that does not answer",
      image: ECR,
      env: () => ({ AWS_ENDPOINT_URL_ECR: `https://${silent}`, NO_PROXY: "*" }),
      requests: IMDS,
      within: ALL,
      expect: { fails: "connect-timeout", exit: 1, says: [`POST https://${silent}/`, /; \d+ attempts/] },
    },
  ];
}
