import { HOUR, MINUTE, SECOND } from "../../src/core/time.ts";
import { SUBJECT } from "../cloud/oidc.ts";
import type { CloudOptions, GoogleOptions } from "../cloud/options.ts";
import { OUTBOUND_ISSUER } from "../cloud/sts-outbound.ts";
import type { Expected, Place, Scene } from "./scene.ts";

const IMAGE = "europe-docker.pkg.dev/shop/images/app";
const POOL = "projects/123456/locations/global/workloadIdentityPools/pool";
const NAME = `${POOL}/providers/cluster`;
const AUDIENCE = `https://iam.googleapis.com/${NAME}`;
const ISSUER = "https://oidc.cluster.example";
const principal = (subject: string, pool = POOL): string =>
  `principal://iam.googleapis.com/${pool}/subject/${subject}`;
const POD = principal(SUBJECT);
const EMAIL = "puller@shop-1.iam.gserviceaccount.com";
const NODE = "node@shop-1.iam.gserviceaccount.com";
const ACCOUNT = { "iam.gke.io/gcp-service-account": EMAIL };
const CLUSTER = "https://container.googleapis.com/v1/projects/shop-1/locations/europe-west1/clusters/shop";
const GKE_POOL = "projects/123456/locations/global/workloadIdentityPools/shop-1.svc.id.goog";
const GKE_POD = principal("ns/shop/sa/default", GKE_POOL);

const STS = "sts.googleapis.com";
const IAM = "iamcredentials.googleapis.com";
const OAUTH = "oauth2.googleapis.com";
const EXCHANGED = "google-sts/token";
const IMPERSONATED = "iamcredentials/generateAccessToken";

/** Google's margin: 10 % of an hour. */
const login = (life = HOUR): Expected => ({ login: "oauth2accesstoken", life });
const token = { audience: AUDIENCE };
const trusting = (more: Partial<GoogleOptions> = {}) => ({
  google: {
    providers: { [NAME]: { issuer: ISSUER } },
    pulls: [POD, EMAIL, NODE],
    impersonation: { [EMAIL]: [POD] },
    ...more,
  },
});

const config = (google: string, more = ""): string => `
apiVersion: registry-credential-provider/v1
kind: Config
rules:
  - match: ["*.pkg.dev"]
    google: ${google}
${more}`;
const byProvider = (more = ""): string => config(`{ workloadIdentityProvider: "${NAME}"${more} }`);

const PODS: readonly Scene[] = [
  {
    name: "a pod pulls as a principal of a workload identity pool",
    image: IMAGE,
    node: null,
    token,
    config: byProvider(),
    cloud: trusting(),
    requests: [EXCHANGED],
    hosts: [STS],
    expect: login(),
  },
  {
    name: "a pod's login expires no later than its token",
    image: IMAGE,
    node: null,
    token: { ...token, life: 15 * 60 },
    config: byProvider(),
    cloud: trusting(),
    requests: [EXCHANGED],
    hosts: [STS],
    expect: login(15 * MINUTE),
  },
  {
    name: "a pod pulls as the service account of its rule",
    image: IMAGE,
    node: null,
    token,
    config: byProvider(`, serviceAccount: ${EMAIL}`),
    cloud: trusting(),
    requests: [EXCHANGED, IMPERSONATED],
    hosts: [STS, IAM],
    expect: login(),
  },
  {
    name: "a pod pulls as the service account of its annotation if the rule allows it",
    image: IMAGE,
    node: null,
    token,
    annotations: ACCOUNT,
    config: byProvider().concat(
      "    allow: { annotationServiceAccounts: ['puller@*.iam.gserviceaccount.com'] }\n",
    ),
    cloud: trusting(),
    requests: [EXCHANGED, IMPERSONATED],
    hosts: [STS, IAM],
    expect: login(),
  },
  {
    name: "a pod whose annotation names an account that the rule does not allow is refused",
    image: IMAGE,
    node: null,
    token,
    annotations: { "iam.gke.io/gcp-service-account": NODE },
    config: byProvider().concat(
      "    allow: { annotationServiceAccounts: ['puller@*.iam.gserviceaccount.com'] }\n",
    ),
    cloud: trusting(),
    expect: { fails: "annotation-not-allowed", exit: 1, says: [NODE, "ServiceAccount shop/default"] },
  },
  {
    name: "a pod whose annotation is not an email address is refused",
    image: IMAGE,
    node: null,
    token,
    annotations: { "iam.gke.io/gcp-service-account": `${EMAIL}:signJwt?` },
    config: byProvider().concat("    allow: { annotationServiceAccounts: ['*@*.gserviceaccount.com'] }\n"),
    cloud: trusting(),
    expect: { fails: "annotation-malformed", exit: 1 },
  },
  {
    name: "a pod without permission to impersonate its account is refused by IAM",
    image: IMAGE,
    node: null,
    token,
    config: byProvider(`, serviceAccount: ${EMAIL}`),
    cloud: trusting({ impersonation: { [EMAIL]: [] } }),
    requests: [EXCHANGED, IMPERSONATED],
    hosts: [STS, IAM],
    expect: {
      fails: "google-impersonation-refused",
      exit: 1,
      says: ["PERMISSION_DENIED", `ServiceAccount shop/default as ${EMAIL}`],
    },
  },
  {
    name: "a token for another audience is not sent to Google",
    image: IMAGE,
    node: null,
    token: { audience: "sts.amazonaws.com" },
    config: byProvider(),
    cloud: trusting(),
    expect: { fails: "pod-token-wrong-audience", exit: 1, says: [AUDIENCE, "sts.amazonaws.com"] },
  },
  {
    name: "a token whose audience the provider does not allow is refused by Google's STS",
    image: IMAGE,
    node: null,
    token,
    config: byProvider(),
    cloud: trusting({ providers: { [NAME]: { issuer: ISSUER, audiences: ["shop"] } } }),
    requests: [EXCHANGED],
    hosts: [STS],
    expect: { fails: "google-federation-refused", exit: 1, says: ["invalid_grant"] },
  },
  {
    name: "an expired token is not sent to Google",
    image: IMAGE,
    node: null,
    token: { ...token, life: -60 },
    config: byProvider(),
    cloud: trusting(),
    expect: { fails: "pod-token-expired", exit: 1 },
  },
  {
    name: "a token of an issuer that the provider does not trust",
    image: IMAGE,
    node: null,
    token: { ...token, issuer: "https://oidc.other.example" },
    config: byProvider(),
    cloud: trusting(),
    requests: [EXCHANGED],
    hosts: [STS],
    expect: { fails: "google-federation-refused", exit: 1, says: ["invalid_grant"] },
  },
  {
    name: "a token whose signature no published key verifies",
    image: IMAGE,
    node: null,
    token: { ...token, forged: true },
    config: byProvider(),
    cloud: trusting(),
    requests: [EXCHANGED],
    hosts: [STS],
    expect: { fails: "google-federation-refused", exit: 1 },
  },
  {
    name: "a ServiceAccount that does not meet the provider's condition",
    image: IMAGE,
    node: null,
    token: { ...token, subject: "system:serviceaccount:bank:teller" },
    config: byProvider(),
    cloud: trusting({ providers: { [NAME]: { issuer: ISSUER, subjects: [SUBJECT] } } }),
    requests: [EXCHANGED],
    hosts: [STS],
    expect: {
      fails: "google-federation-refused",
      exit: 1,
      says: [
        "unauthorized_client",
        `issuer is "${ISSUER}", its subject "system:serviceaccount:bank:teller", its audience "`,
      ],
    },
  },
  {
    name: "a missing provider",
    image: IMAGE,
    node: null,
    token,
    config: byProvider(),
    cloud: trusting({ providers: {} }),
    requests: [EXCHANGED],
    hosts: [STS],
    expect: { fails: "google-provider-unknown", exit: 1, says: ["invalid_target"] },
  },
  {
    name: "an outage of Google's STS",
    image: IMAGE,
    node: null,
    token,
    config: byProvider(),
    cloud: trusting(),
    faults: [[EXCHANGED, { kind: "status", status: 503 }]],
    requests: [EXCHANGED],
    hosts: [STS],
    times: { [EXCHANGED]: [2, 40] },
    expect: { fails: "cloud-unavailable", exit: 1 },
  },
  {
    name: "a short outage of Google's STS",
    image: IMAGE,
    node: null,
    token,
    config: byProvider(),
    cloud: trusting(),
    faults: [[EXCHANGED, { kind: "status", status: 503 }, 1]],
    requests: [EXCHANGED],
    hosts: [STS],
    expect: login(),
  },
  {
    name: "a pod without an identity in the rule never falls back to the node's",
    image: IMAGE,
    token,
    cloud: trusting(),
    expect: { fails: "pod-identity-missing", exit: 1 },
  },
];

const onGke = (more: Partial<GoogleOptions> = {}) => ({
  cluster: { issuer: CLUSTER },
  google: {
    clusters: [CLUSTER],
    attributes: { "cluster-name": "shop", "cluster-location": "europe-west1" },
    pulls: [GKE_POD, NODE],
    ...more,
  },
});
const GKE_TOKEN = { audience: "shop-1.svc.id.goog" };
const UPSTREAM = ["get-credentials", `--identity-provider=${CLUSTER}`, "--project-id=shop-1", "--v=3"];
const OPTED_IN = { "iam.gke.io/enable-wi-image-pull": "true" };

const GKE: readonly Scene[] = [
  {
    name: "a pod of GKE pulls through GKE's own pool, whose names come from the metadata",
    image: IMAGE,
    token: GKE_TOKEN,
    config: config("{ gke: {} }"),
    cloud: onGke(),
    requests: ["gce/attribute", EXCHANGED],
    hosts: [STS],
    expect: login(),
  },
  {
    name: "a pod of GKE pulls through GKE's own pool, whose names come from the rule, without metadata",
    image: IMAGE,
    node: null,
    token: GKE_TOKEN,
    config: config("{ gke: { projectId: shop-1, location: europe-west1, clusterName: shop } }"),
    cloud: onGke(),
    requests: [EXCHANGED],
    hosts: [STS],
    expect: login(),
  },
  {
    name: "a pod of GKE with a token for another audience is refused before STS is requested",
    image: IMAGE,
    token: { audience: "shop-2.svc.id.goog" },
    config: config("{ gke: {} }"),
    cloud: onGke(),
    requests: ["gce/attribute"],
    expect: {
      fails: "pod-token-wrong-audience",
      exit: 1,
      says: ["shop-1.svc.id.goog", "shop-2.svc.id.goog"],
    },
  },
  {
    name: "a node outside GKE has no GKE pool",
    image: IMAGE,
    token: GKE_TOKEN,
    config: config("{ gke: {} }"),
    cloud: onGke({ attributes: {} }),
    requests: ["gce/attribute"],
    expect: { fails: "google-cluster-unknown", exit: 1 },
  },
  {
    name: "a cluster that the pool does not contain",
    image: IMAGE,
    token: GKE_TOKEN,
    config: config("{ gke: { clusterName: other } }"),
    cloud: onGke(),
    requests: ["gce/attribute", EXCHANGED],
    hosts: [STS],
    expect: { fails: "google-provider-unknown", exit: 1 },
  },
  {
    name: "a pod that has opted in pulls with upstream's two arguments",
    image: IMAGE,
    token: GKE_TOKEN,
    annotations: OPTED_IN,
    args: UPSTREAM,
    cloud: onGke(),
    requests: [EXCHANGED],
    hosts: [STS],
    expect: login(),
  },
  {
    name: "a pod that has not opted in never falls back to its node, unlike with upstream's plugin",
    image: IMAGE,
    token: GKE_TOKEN,
    args: UPSTREAM,
    cloud: onGke(),
    expect: { fails: "pod-identity-missing", exit: 1 },
  },
  {
    name: "a pod that has not opted in pulls as its node if the rule says so",
    image: IMAGE,
    token: GKE_TOKEN,
    config: config("{ gke: { optIn: true } }", "    identity: pod-then-node\n"),
    cloud: onGke(),
    requests: ["gce/universe", "gce/token"],
    expect: login(3599 * SECOND),
  },
  {
    name: "a pod that has opted in and is refused never falls back to its node",
    image: IMAGE,
    token: { ...GKE_TOKEN, forged: true },
    annotations: OPTED_IN,
    config: config("{ gke: { optIn: true } }", "    identity: pod-then-node\n"),
    cloud: onGke(),
    requests: ["gce/attribute", EXCHANGED],
    hosts: [STS],
    expect: { fails: "google-federation-refused", exit: 1 },
  },
  {
    name: "a node impersonates the account of the rule",
    image: IMAGE,
    config: config(`{ serviceAccount: ${EMAIL} }`),
    cloud: {
      google: {
        scopes: ["https://www.googleapis.com/auth/cloud-platform"],
        impersonation: { [EMAIL]: [NODE] },
      },
    },
    requests: ["gce/universe", "gce/token", IMPERSONATED],
    hosts: [IAM],
    expect: login(),
  },
  {
    name: "a node whose token lacks the scope cannot impersonate",
    image: IMAGE,
    config: config(`{ serviceAccount: ${EMAIL} }`),
    cloud: { google: { impersonation: { [EMAIL]: [NODE] } } },
    requests: ["gce/universe", "gce/token", IMPERSONATED],
    hosts: [IAM],
    expect: { fails: "google-scope-missing", exit: 1, says: ["ACCESS_TOKEN_SCOPE_INSUFFICIENT"] },
  },
];

const byFile = ({ file }: Place): string => config(`{ credentialsFile: ${file("google.json")} }`);
const key = ({ cloud }: Place) => ({ "google.json": cloud.googleKey(EMAIL) });
const external =
  (changes: object = {}) =>
  ({ file }: Place): Readonly<Record<string, string>> => ({
    "google.json": JSON.stringify({
      type: "external_account",
      audience: `//iam.googleapis.com/${NAME}`,
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: "https://sts.googleapis.com/v1/token",
      credential_source: { file: file("token") },
      ...changes,
    }),
  });
const externalWithToken =
  (changes: object = {}) =>
  (place: Place) => ({
    ...external(changes)(place),
    token: place.cloud.serviceAccountToken({ audience: AUDIENCE }),
  });

const FILES: readonly Scene[] = [
  {
    name: "a signature of a service account key is exchanged for a token",
    image: IMAGE,
    node: null,
    config: byFile,
    files: key,
    requests: ["google-oauth/token"],
    hosts: [OAUTH],
    expect: login(),
  },
  {
    name: "a key that GOOGLE_APPLICATION_CREDENTIALS names needs no rule",
    image: IMAGE,
    node: null,
    env: ({ file }) => ({ GOOGLE_APPLICATION_CREDENTIALS: file("google.json") }),
    files: key,
    requests: ["google-oauth/token"],
    hosts: [OAUTH],
    expect: login(),
  },
  {
    name: "a revoked key",
    image: IMAGE,
    node: null,
    config: byFile,
    files: ({ cloud }) => ({ "google.json": cloud.googleKey(EMAIL, true) }),
    requests: ["google-oauth/token"],
    hosts: [OAUTH],
    expect: { fails: "google-key-refused", exit: 1, says: ["invalid_grant", EMAIL] },
  },
  {
    name: "a key file that all users of the node may read is refused",
    image: IMAGE,
    node: null,
    config: byFile,
    files: key,
    modes: { "google.json": 0o644 },
    expect: { fails: "file-unsafe", exit: 2, says: ["others may read it"] },
  },
  {
    name: "in a partner's universe, the signature of a key is the token itself",
    image: "docker.pkg-berlin-build0.goog/shop/images/app",
    node: null,
    config: (place) => byFile(place).replace("*.pkg.dev", "docker.pkg-berlin-build0.goog"),
    files: key,
    cloud: { google: { universe: "apis-berlin-build0.goog" } },
    expect: login(),
  },
  {
    name: "a credential configuration with a token in a file",
    image: IMAGE,
    node: null,
    config: byFile,
    files: externalWithToken(),
    cloud: trusting(),
    requests: [EXCHANGED],
    hosts: [STS],
    expect: login(),
  },
  {
    name: "a credential configuration that impersonates",
    image: IMAGE,
    node: null,
    config: byFile,
    files: externalWithToken({
      service_account_impersonation_url: `https://${IAM}/v1/projects/-/serviceAccounts/${EMAIL}:generateAccessToken`,
    }),
    cloud: trusting(),
    requests: [EXCHANGED, IMPERSONATED],
    hosts: [STS, IAM],
    expect: login(),
  },
  {
    name: "a credential configuration that runs a program",
    image: IMAGE,
    node: null,
    config: byFile,
    files: external({ credential_source: { executable: { command: "/bin/id" } } }),
    expect: { fails: "google-credentials-file-invalid", exit: 2, says: ["executable", "run a program"] },
  },
  {
    name: "a credential configuration with a URL of another service",
    image: IMAGE,
    node: null,
    config: byFile,
    files: external({ token_url: "https://sts.attacker.example/v1/token" }),
    expect: { fails: "google-credentials-file-invalid", exit: 2, says: ["token_url"] },
  },
  {
    name: "a credential configuration with an unknown key",
    image: IMAGE,
    node: null,
    config: byFile,
    files: external({ tokenUrl: "x" }),
    expect: { fails: "google-credentials-file-invalid", exit: 2, says: ["tokenUrl"] },
  },
  {
    name: "a user's login instead of a key",
    image: IMAGE,
    node: null,
    config: byFile,
    files: { "google.json": '{"type":"authorized_user","refresh_token":"1//x"}' },
    expect: { fails: "google-credentials-file-invalid", exit: 2, says: ["it is a user login"] },
  },
];

const arn = (role: string): string => `arn:aws:iam::123456789012:role/${role}`;
const session = (role: string): string => `arn:aws:sts::123456789012:assumed-role/${role}/i-0123456789`;
const GOOGLE_SUB = "104023876223456789012";
const APPLICATION = "api://pool";

const AWS_TRUSTED: CloudOptions = {
  google: {
    providers: { [NAME]: { awsAccount: "123456789012" } },
    pulls: [principal(session("node-role"))],
  },
};
const SIGNED_BY_ROLE = ["imds/token", "imds/region", "imds/role", "imds/credentials", EXCHANGED];

const AZURE_TRUSTED: CloudOptions = {
  azure: { applications: [{ uri: APPLICATION }] },
  google: {
    providers: {
      [NAME]: {
        issuer: "https://sts.windows.net/72f988bf-0000-4000-8000-000000000001/",
        audiences: [APPLICATION],
      },
    },
    pulls: [principal("22222222-0000-4000-8000-000000000001")],
  },
};

const CROSSINGS: readonly Scene[] = [
  {
    name: "an AWS node pulls with a web identity token of its role",
    image: IMAGE,
    node: "aws",
    config: byProvider(", subjectToken: aws"),
    cloud: {
      google: { providers: { [NAME]: { issuer: OUTBOUND_ISSUER } }, pulls: [principal(arn("node-role"))] },
    },
    requests: [
      "imds/token",
      "imds/region",
      "imds/role",
      "imds/credentials",
      "sts/GetWebIdentityToken",
      EXCHANGED,
    ],
    hosts: [STS, "sts.us-east-1.amazonaws.com"],
    expect: login(),
  },
  {
    name: "an AWS node pulls with a request that its role has signed",
    image: IMAGE,
    node: "aws",
    config: byProvider(", subjectToken: aws-signed"),
    cloud: AWS_TRUSTED,
    requests: SIGNED_BY_ROLE,
    hosts: [STS],
    expect: login(),
  },
  {
    name: "a node of another AWS account is refused",
    image: IMAGE,
    node: "aws",
    config: byProvider(", subjectToken: aws-signed"),
    cloud: { google: { providers: { [NAME]: { awsAccount: "210987654321" } } } },
    requests: SIGNED_BY_ROLE,
    hosts: [STS],
    expect: { fails: "google-federation-refused", exit: 1 },
  },
  {
    name: "an Azure node pulls with its managed identity's token for an application",
    image: IMAGE,
    node: "azure",
    config: byProvider(`, subjectToken: azure, subjectTokenAudience: "${APPLICATION}"`),
    cloud: AZURE_TRUSTED,
    requests: ["azure-imds/token", EXCHANGED],
    hosts: [STS],
    expect: login(),
  },
  {
    name: "an Azure node pulls with a credential configuration as gcloud creates it",
    image: IMAGE,
    node: null,
    config: byFile,
    files: (place) =>
      external({
        credential_source: {
          url: `http://${place.cloud.addresses["azure-imds"]}/metadata/identity/oauth2/token?api-version=2018-02-01&resource=${APPLICATION}`,
          headers: { Metadata: "True" },
          format: { type: "json", subject_token_field_name: "access_token" },
        },
      })(place),
    cloud: AZURE_TRUSTED,
    requests: ["azure-imds/token", EXCHANGED],
    hosts: [STS],
    expect: login(),
  },
  {
    name: "an AWS node pulls with a credential configuration as gcloud creates it",
    image: IMAGE,
    node: "aws",
    config: byFile,
    files: external({
      subject_token_type: "urn:ietf:params:aws:token-type:aws4_request",
      credential_source: {
        environment_id: "aws1",
        region_url: "http://169.254.169.254/latest/meta-data/placement/availability-zone",
        url: "http://169.254.169.254/latest/meta-data/iam/security-credentials",
        regional_cred_verification_url:
          "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
      },
    }),
    cloud: AWS_TRUSTED,
    requests: SIGNED_BY_ROLE,
    hosts: [STS],
    expect: login(),
  },
  {
    name: "a node of another Google project pulls with its identity token",
    image: IMAGE,
    config: byProvider(", subjectToken: google"),
    cloud: {
      google: {
        providers: { [NAME]: { issuer: "https://accounts.google.com" } },
        pulls: [principal(GOOGLE_SUB)],
      },
    },
    requests: ["gce/identity", EXCHANGED],
    hosts: [STS],
    expect: login(),
  },
  {
    name: "a node in no cloud pulls with a token in a file",
    image: IMAGE,
    node: null,
    config: ({ file }) => byProvider(`, subjectToken: "file:${file("token")}"`),
    files: ({ cloud }) => ({ token: cloud.serviceAccountToken(token) }),
    cloud: trusting(),
    requests: [EXCHANGED],
    hosts: [STS],
    expect: login(),
  },
  {
    name: "a token in a file for another audience is not sent to Google",
    image: IMAGE,
    node: null,
    config: ({ file }) => byProvider(`, subjectToken: "file:${file("token")}"`),
    files: ({ cloud }) => ({ token: cloud.serviceAccountToken({ audience: "sts.amazonaws.com" }) }),
    cloud: trusting(),
    expect: { fails: "subject-token-file-invalid", exit: 1, says: ["sts.amazonaws.com"] },
  },
  {
    name: "a pod pulls in a partner's universe, through the services of that universe",
    image: "docker.s3nsregistry.fr/shop/images/app",
    node: null,
    token,
    config: byProvider(`, serviceAccount: ${EMAIL}`).replace("*.pkg.dev", "docker.s3nsregistry.fr"),
    cloud: trusting({ universe: "s3nsapis.fr" }),
    requests: [EXCHANGED, IMPERSONATED],
    hosts: ["sts.s3nsapis.fr", "iamcredentials.s3nsapis.fr"],
    expect: login(),
  },
  {
    name: "a pod pulls through the endpoints of the operator",
    image: IMAGE,
    node: null,
    token,
    config: byProvider(
      `, serviceAccount: ${EMAIL}, endpoints: { sts: "https://sts-shop.p.googleapis.com", iamCredentials: "https://iam-shop.p.googleapis.com" }`,
    ),
    cloud: trusting({
      privateHosts: { "sts-shop.p.googleapis.com": "sts", "iam-shop.p.googleapis.com": "iamcredentials" },
    }),
    requests: [EXCHANGED, IMPERSONATED],
    hosts: ["sts-shop.p.googleapis.com", "iam-shop.p.googleapis.com"],
    expect: login(),
  },
  {
    name: "a key is exchanged at the endpoint of the operator",
    image: IMAGE,
    node: null,
    config: ({ file }) =>
      config(
        `{ credentialsFile: ${file("google.json")}, endpoints: { oauth2: "https://oauth2-shop.p.googleapis.com" } }`,
      ),
    files: key,
    cloud: { google: { privateHosts: { "oauth2-shop.p.googleapis.com": "oauth2" } } },
    requests: ["google-oauth/token"],
    hosts: ["oauth2-shop.p.googleapis.com"],
    expect: login(),
  },
];

export const GOOGLE_IDENTITIES: readonly Scene[] = [...PODS, ...GKE, ...FILES, ...CROSSINGS];
