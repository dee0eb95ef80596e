/** Identities without federation: the cloud's nodes, keys, and the cloud's own identities of pods. */
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import { ACR, APP, ECR, ECR_PUBLIC, PKG_DEV, TENANT } from "../transcripts/answers.ts";
import { type Cell, OUTCOMES, type Outcome, type Stage } from "./cells.ts";

/** The expected result of each outcome; an omitted outcome does not exist for this row. */
interface Native {
  readonly target: string;
  readonly identity: string;
  readonly stage: Stage;
  /** Maps an outcome to the changed setting and its expected result. */
  readonly outcomes: Readonly<Partial<Record<Outcome, readonly [ErrorCode | "login", Partial<Stage>]>>>;
}

export function buildNativeCells(): readonly Cell[] {
  return NATIVES.flatMap(({ target, identity, stage, outcomes }) =>
    OUTCOMES.flatMap((outcome) => {
      const found = outcomes[outcome];
      if (found === undefined) return [];
      const [ending, otherwise] = found;
      return [{ target, identity, outcome, ending, stage: { ...stage, ...otherwise } }];
    }),
  );
}

const serviceDown = (where: string): Partial<Stage> => ({ fault: [where, { kind: "status", status: 503 }] });
const expired = (where: string): Partial<Stage> => ({ fault: [where, { kind: "expired" }] });
const FOR_OTHERS = { allow: { repositories: ["elsewhere"] } };

const aws = { image: ECR, username: "AWS", cloud: {}, node: "aws", rule: { aws: {} } } as const;
const POWERLESS = { aws: { roles: { "node-role": { permissions: [] }, user: { permissions: [] } } } };

/** Builds a shared file with keys, which a rule names. */
const buildProfile =
  (keys: (accessKeyId: string, secret: string) => string): NonNullable<Stage["files"]> =>
  ({ awsUserKey }) => ({
    aws: keys(awsUserKey.accessKeyId, awsUserKey.secretAccessKey),
  });
const keys: Stage = {
  ...aws,
  node: null,
  rule: { aws: { profile: "pull", configFile: "DIR/aws" } },
  files: buildProfile(
    (id, secret) => `[profile pull]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`,
  ),
};
const foreignKeys = buildProfile(
  () => "[profile pull]\naws_access_key_id = AKIA0000000000000000\naws_secret_access_key = x\n",
);

const agent: Stage = {
  ...aws,
  node: "aws-pod-identity",
  rule: { identity: "pod", aws: { podIdentity: true } },
  pod: { token: { audience: "pods.eks.amazonaws.com" } },
};

const google = {
  image: PKG_DEV,
  username: "oauth2accesstoken",
  cloud: {},
  node: "google",
  rule: { google: {} },
} as const;
const ACCOUNT = "puller@shop-1.iam.gserviceaccount.com";
const key: Stage = {
  ...google,
  node: null,
  rule: { google: { credentialsFile: "DIR/key.json" } },
  files: (cloud) => ({ "key.json": cloud.googleKey(ACCOUNT) }),
};

const CLUSTER = "https://container.googleapis.com/v1/projects/shop-1/locations/eu/clusters/shop";
const GKE_POOL = "principal://iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools";
const GKE = { projectId: "shop-1", location: "eu", clusterName: "shop" };
const gke: Stage = {
  ...google,
  cloud: {
    cluster: { issuer: CLUSTER },
    google: {
      clusters: [CLUSTER],
      pulls: [`${GKE_POOL}/shop-1.svc.id.goog/subject/ns/shop/sa/default`],
    },
  },
  node: null,
  rule: { identity: "pod", google: { gke: GKE } },
  pod: { token: { audience: "shop-1.svc.id.goog" } },
};

const azure = {
  image: ACR,
  username: "00000000-0000-0000-0000-000000000000",
  cloud: {},
  node: "azure",
  rule: { azure: {} },
  ownProcess: true,
} as const;
const NODE = {
  kind: "system",
  clientId: "11111111-0000-4000-8000-000000000001",
  objectId: "22222222-0000-4000-8000-000000000001",
  resourceId: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/node",
  pulls: [],
} as const;
const secret: Stage = {
  ...azure,
  node: null,
  cloud: { azure: { apps: [APP] } },
  rule: { azure: { tenantId: TENANT, clientId: APP.clientId, clientSecretFile: "DIR/secret" } },
  files: () => ({ secret: APP.secret }),
  ownProcess: false,
};

const NATIVES: readonly Native[] = [
  {
    target: "ECR",
    identity: "the node's role",
    stage: aws,
    outcomes: {
      works: ["login", {}],
      "wrong subject": ["aws-access-denied", { cloud: POWERLESS }],
      expired: ["aws-credentials-expired", expired("imds/credentials")],
      "refused by policy": ["repository-not-allowed", { rule: { aws: {}, ...FOR_OTHERS } }],
      "service down": ["cloud-unavailable", serviceDown("ecr/GetAuthorizationToken")],
    },
  },
  {
    target: "ECR",
    identity: "keys of a profile",
    stage: keys,
    outcomes: {
      works: ["login", {}],
      "untrusted issuer": ["aws-credentials-rejected", { files: foreignKeys }],
      "wrong subject": ["aws-access-denied", { cloud: POWERLESS }],
      "refused by policy": ["repository-not-allowed", { rule: { ...keys.rule, ...FOR_OTHERS } }],
      "service down": ["cloud-unavailable", serviceDown("ecr/GetAuthorizationToken")],
    },
  },
  {
    target: "ECR",
    identity: "pod, by EKS Pod Identity",
    stage: agent,
    outcomes: {
      works: ["login", {}],
      "wrong audience": ["pod-token-wrong-audience", { pod: { token: { audience: "sts.amazonaws.com" } } }],
      "untrusted issuer": [
        "aws-container-refused",
        { pod: { token: { audience: "pods.eks.amazonaws.com", forged: true } } },
      ],
      "wrong subject": ["aws-container-refused", { cloud: { aws: { podRoles: {} } } }],
      expired: ["pod-token-expired", { pod: { token: { audience: "pods.eks.amazonaws.com", life: -60 } } }],
      "refused by policy": [
        "service-account-not-allowed",
        { rule: { ...agent.rule, allow: { serviceAccounts: ["elsewhere/*"] } } },
      ],
      "service down": ["aws-container-refused", serviceDown("container/pod-identity")],
    },
  },
  {
    target: "ECR Public",
    identity: "the node's role",
    stage: { ...aws, image: ECR_PUBLIC },
    outcomes: {
      works: ["login", {}],
      expired: ["aws-credentials-expired", expired("imds/credentials")],
      "refused by policy": ["repository-not-allowed", { rule: { aws: {}, ...FOR_OTHERS } }],
      "service down": ["cloud-unavailable", serviceDown("ecr-public/GetAuthorizationToken")],
    },
  },
  {
    target: "Artifact Registry",
    identity: "the node's service account",
    stage: google,
    outcomes: {
      works: ["login", {}],
      expired: ["token-expired", expired("gce/token")],
      "refused by policy": ["repository-not-allowed", { rule: { google: {}, ...FOR_OTHERS } }],
      "service down": ["metadata-not-ready", serviceDown("gce/token")],
    },
  },
  {
    target: "Artifact Registry",
    identity: "a service account's key",
    stage: key,
    outcomes: {
      works: ["login", {}],
      "untrusted issuer": [
        "google-key-refused",
        { files: (cloud) => ({ "key.json": cloud.googleKey(ACCOUNT, true) }) },
      ],
      "refused by policy": ["repository-not-allowed", { rule: { ...key.rule, ...FOR_OTHERS } }],
      "service down": ["cloud-unavailable", serviceDown("google-oauth/token")],
    },
  },
  {
    target: "Artifact Registry",
    identity: "pod, by GKE's own pool",
    stage: gke,
    outcomes: {
      works: ["login", {}],
      "wrong audience": ["pod-token-wrong-audience", { pod: { token: { audience: "sts.amazonaws.com" } } }],
      "untrusted issuer": [
        "google-federation-refused",
        { pod: { token: { audience: "shop-1.svc.id.goog", forged: true } } },
      ],
      expired: ["pod-token-expired", { pod: { token: { audience: "shop-1.svc.id.goog", life: -60 } } }],
      "refused by policy": [
        "service-account-not-allowed",
        { rule: { ...gke.rule, allow: { serviceAccounts: ["elsewhere/*"] } } },
      ],
      "service down": ["cloud-unavailable", serviceDown("google-sts/token")],
    },
  },
  {
    target: "ACR",
    identity: "the node's managed identity",
    stage: azure,
    outcomes: {
      works: ["login", {}],
      "wrong subject": ["acr-access-denied", { cloud: { azure: { identities: [NODE] } } }],
      expired: ["acr-unauthorized", expired("azure-imds/token")],
      "refused by policy": ["repository-not-allowed", { rule: { azure: {}, ...FOR_OTHERS } }],
      "service down": ["metadata-not-ready", serviceDown("azure-imds/token")],
    },
  },
  {
    target: "ACR",
    identity: "an application's secret",
    stage: secret,
    outcomes: {
      works: ["login", {}],
      "untrusted issuer": ["entra-secret-rejected", { files: () => ({ secret: "another" }) }],
      "wrong subject": ["acr-access-denied", { cloud: { azure: { apps: [{ ...APP, pulls: [] }] } } }],
      expired: ["acr-unauthorized", expired("entra/token")],
      "refused by policy": ["repository-not-allowed", { rule: { ...secret.rule, ...FOR_OTHERS } }],
      "service down": ["cloud-unavailable", serviceDown("entra/token")],
    },
  },
];
