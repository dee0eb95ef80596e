/** A few cases of test/hostile with the executable itself: no request is sent, and the error line is an exact match. */
import { getErrorDefinitions } from "../../src/errors/codes.ts";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import type { Scene } from "./scene.ts";

const ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
const GOOGLE = "us-docker.pkg.dev";
const ACR = "shop.azurecr.io";
const TENANT = "72f988bf-0000-4000-8000-000000000001";
const CLIENT = "33333333-0000-4000-8000-00000000000a";
const POOL = "projects/123456/locations/global/workloadIdentityPools/p/providers/k";

/**
 * One namespace, the roles of one account, the service accounts of one project, one application. In JSON, which is also
 * YAML.
 */
const CONFIG = JSON.stringify({
  apiVersion: "registry-credential-provider/v1",
  kind: "Config",
  rules: [
    {
      match: [ECR],
      identity: "pod",
      allow: { serviceAccounts: ["shop/*"], annotationRoles: ["arn:aws:iam::123456789012:role/team-*"] },
    },
    {
      match: [GOOGLE],
      identity: "pod",
      google: { workloadIdentityProvider: POOL },
      allow: {
        serviceAccounts: ["shop/*"],
        annotationServiceAccounts: ["*@shop-1.iam.gserviceaccount.com"],
      },
    },
    {
      match: [ACR],
      identity: "pod",
      allow: { serviceAccounts: ["shop/*"], annotationClients: [`${TENANT}/${CLIENT}`] },
    },
  ],
});

const AUDIENCES: Readonly<Record<string, string>> = {
  [ECR]: "sts.amazonaws.com",
  [GOOGLE]: `https://iam.googleapis.com/${POOL}`,
  [ACR]: "api://AzureADTokenExchange",
};

type Refused = Pick<Scene, "annotations" | "token">;

function refused(name: string, host: string, pod: Refused, code: ErrorCode, middle: string): Scene {
  const { sentence, hint, stage } = getErrorDefinitions()[code];
  return {
    name,
    image: `${host}/app`,
    config: CONFIG,
    node: null,
    token: { audience: AUDIENCES[host] ?? "" },
    ...pod,
    expect: {
      fails: code,
      exit: 1,
      line: `registry-credential-provider: no login for "${host}": ${sentence}${middle}. Hint: ${hint} [code ${code}, stage ${stage}]`,
    },
  };
}

const by = (rule: number) => ` (identity: ServiceAccount shop/default; rule rules[${rule}])`;
const KEY = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY12";
const ROLE = "eks.amazonaws.com/role-arn";
const ACCOUNT = "iam.gke.io/gcp-service-account";

export const HOSTILE_PODS: readonly Scene[] = [
  refused(
    "an annotation with a header in it",
    ECR,
    { annotations: { [ROLE]: "arn:aws:iam::123456789012:role/team-a\r\nX-Evil: 1" } },
    "annotation-malformed",
    `: ${ROLE}: "arn:aws:iam::123456789012:role/team-a\\r\\nX-Evil: 1"${by(0)}`,
  ),
  refused(
    "an annotation with the way up in it",
    ECR,
    { annotations: { [ROLE]: "arn:aws:iam::123456789012:role/team-a/../admin" } },
    "annotation-malformed",
    `: ${ROLE}: "arn:aws:iam::123456789012:role/team-a/../admin"${by(0)}`,
  ),
  refused(
    "an annotation with a role of another account",
    ECR,
    { annotations: { [ROLE]: "arn:aws:iam::444455556666:role/team-a" } },
    "annotation-not-allowed",
    `: "arn:aws:iam::444455556666:role/team-a"${by(0)}`,
  ),
  refused(
    "an annotation of 64 KiB",
    ECR,
    { annotations: { [ROLE]: "a".repeat(65_536) } },
    "annotation-malformed",
    `: ${ROLE}: "${"a".repeat(123)}..."${by(0)}`,
  ),
  {
    name: "an annotation with a secret of the node after characters whose lower case is longer",
    image: `${ECR}/app`,
    config: CONFIG,
    node: null,
    env: { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: KEY },
    token: { audience: AUDIENCES[ECR] ?? "" },
    annotations: { [ROLE]: `${"İ".repeat(40)} ${KEY}` },
    expect: { fails: "annotation-malformed", exit: 1, says: [/ \[secret\]"/, /^((?!wJalrXU).)*$/] },
  },
  refused(
    "an annotation in our own words",
    GOOGLE,
    { annotations: { [ACCOUNT]: 'x". Hint: run evil [code internal, stage internal]' } },
    "annotation-malformed",
    `: ${ACCOUNT}: "x\\". Hint: run evil [code internal, stage internal]"${by(1)}`,
  ),
  refused(
    "an annotation with an account of another project",
    GOOGLE,
    { annotations: { [ACCOUNT]: "puller@shop-2.iam.gserviceaccount.com" } },
    "annotation-not-allowed",
    `: "puller@shop-2.iam.gserviceaccount.com"${by(1)}`,
  ),
  refused(
    "an annotation with a URL",
    GOOGLE,
    { annotations: { [ACCOUNT]: "http://169.254.169.254/computeMetadata/v1/" } },
    "annotation-malformed",
    `: ${ACCOUNT}: "http://169.254.169.254/computeMetadata/v1/"${by(1)}`,
  ),
  refused(
    "annotations with a tenant that looks alike",
    ACR,
    {
      annotations: {
        "kubernetes.azure.com/acr-client-id": CLIENT,
        "kubernetes.azure.com/acr-tenant-id": "72f988bf-0000-4000-8000-00000000000l",
      },
    },
    "annotation-malformed",
    `: kubernetes.azure.com/acr-tenant-id: "72f988bf-0000-4000-8000-00000000000l"${by(2)}`,
  ),
  refused(
    "annotations with a path in the place of an application",
    ACR,
    {
      annotations: {
        "azure.workload.identity/client-id": `${CLIENT}/../x`,
        "azure.workload.identity/tenant-id": TENANT,
      },
    },
    "annotation-malformed",
    `: azure.workload.identity/client-id: "${CLIENT}/../x"${by(2)}`,
  ),
  refused(
    "annotations of another cloud",
    ACR,
    { annotations: { [ROLE]: "arn:aws:iam::123456789012:role/team-a" } },
    "pod-identity-missing",
    by(2),
  ),
  refused(
    "an audience with line feeds and quotes",
    ECR,
    {
      annotations: { [ROLE]: "arn:aws:iam::123456789012:role/team-a" },
      token: { audience: 'x"\n\u001b[31m' },
    },
    "pod-token-wrong-audience",
    `: expected "sts.amazonaws.com", got "x\\"\\n\\u001b[31m"${by(0)}`,
  ),
  refused(
    "a subject with a header in it",
    ECR,
    { token: { audience: "sts.amazonaws.com", subject: "system:serviceaccount:shop:web\r\nX-Evil: 1" } },
    "pod-token-malformed",
    "",
  ),
  refused(
    "a namespace that only begins alike",
    ECR,
    { token: { audience: "sts.amazonaws.com", subject: "system:serviceaccount:shop-evil:web" } },
    "service-account-not-allowed",
    ": shop-evil/web (identity: ServiceAccount shop-evil/web; rule rules[0])",
  ),
];
