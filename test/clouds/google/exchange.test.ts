import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { inspect } from "node:util";
import { fetchGoogleAccessToken } from "../../../src/clouds/google/access-token.ts";
import type { GoogleRule } from "../../../src/config/schema.ts";
import { Secret } from "../../../src/core/secret.ts";
import { HOUR, MINUTE, type Milliseconds, SECOND } from "../../../src/core/time.ts";
import type { Environment } from "../../../src/core/world.ts";
import type { ErrorCode } from "../../../src/errors/provider-error.ts";
import { resolveGoogleIdentity } from "../../../src/identities/google.ts";
import type { SubjectToken } from "../../../src/identities/subject-token.ts";
import { createLoginContext, type LoginContextOptions } from "../../support/login-context.ts";
import { type Exchange, type FakeFile, failure, inWorld, json, text } from "../../support/world.ts";

/** The library reads the system clock, so the world has the same time. */
const now = Date.now();

const NAME = "projects/1/locations/global/workloadIdentityPools/pool/providers/cluster";
const RESOURCE = `//iam.googleapis.com/${NAME}`;
const EMAIL = "puller@shop-1.iam.gserviceaccount.com";
const PROJECT = "shop-1";
const CLUSTER = `https://container.googleapis.com/v1/projects/${PROJECT}/locations/eu/clusters/c`;
const METADATA = "http://169.254.169.254/computeMetadata/v1";
const HERE: Environment = { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "google" };
const FLAVOR = { "metadata-flavor": "Google" };

const form = (fields: Readonly<Record<string, string>>): RegExp =>
  new RegExp(
    Object.entries(fields)
      .map(([key, value]) => `(?=.*(^|&)${key}=${escaped(encodeURIComponent(value))}(&|$))`)
      .join(""),
  );
const escaped = (literal: string): string => literal.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const sts = (
  answer: object | number = { access_token: "ya29.f", token_type: "Bearer", expires_in: 3000 },
  more: Partial<Exchange> = {},
): Exchange => ({
  ask: "POST https://sts.googleapis.com/v1/token",
  headers: { authorization: undefined, "content-type": "application/x-www-form-urlencoded" },
  answer: typeof answer === "number" ? json({ error: "x" }, answer) : json(answer),
  ...more,
});
const oauthError = (error: string): Partial<Exchange> => ({
  answer: json({ error, error_description: "the token eyJ0.x.y" }, 400),
});
const impersonation = (bearer: string, more: Partial<Exchange> = {}, email = EMAIL): Exchange => ({
  ask: `POST https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email}:generateAccessToken`,
  headers: { authorization: `Bearer ${bearer}` },
  body: /"scope":\["https:\/\/www\.googleapis\.com\/auth\/devstorage\.read_only"\].*"lifetime":"3600s"/,
  answer: json({ accessToken: "ya29.i", expireTime: new Date(now + HOUR).toISOString() }),
  ...more,
});
const metadata = (path: string, value: string, status = 200): Exchange => ({
  ask: `GET ${METADATA}/${path}`,
  headers: FLAVOR,
  answer: { ...text(value, status), headers: FLAVOR },
});
const NO_UNIVERSE = metadata("universe/universe-domain", "", 404);
const SCOPE = "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform";
const nodeToken: Exchange = {
  ask: `GET ${METADATA}/instance/service-accounts/default/token?scopes=${SCOPE}`,
  answer: { ...json({ access_token: "ya29.n", expires_in: 3000, token_type: "Bearer" }), headers: FLAVOR },
};

const pem = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  type: "pkcs8",
  format: "pem",
});
const KEY = { type: "service_account", client_email: EMAIL, private_key: String(pem), private_key_id: "1" };
const EXTERNAL = {
  type: "external_account",
  audience: RESOURCE,
  subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
  token_url: "https://sts.googleapis.com/v1/token",
  credential_source: { file: "/t" },
};

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwt = (life: Milliseconds): string =>
  `${part({ alg: "RS256" })}.${part({ exp: Math.floor((now + life) / SECOND) })}.c2ln`;

interface Row {
  readonly what: string;
  readonly google: GoogleRule;
  /** The pod's token; undefined for a login of the node. */
  readonly pod?: Omit<LoginContextOptions, "rule">;
  readonly env?: Environment;
  readonly files?: Readonly<Record<string, FakeFile>>;
  readonly universe?: string;
  /** The subject token, if it is not the pod's. */
  readonly subject?: SubjectToken;
  readonly exchanges: readonly Exchange[];
  readonly ends: { readonly token: string; readonly life: Milliseconds | undefined } | ErrorCode;
  readonly says?: RegExp;
}

const POD = { subject: "system:serviceaccount:shop:default", audience: RESOURCE, expiresAt: now + HOUR };
const GKE_POD = { ...POD, audience: `${PROJECT}.svc.id.goog` };
const provider: GoogleRule = { workloadIdentityProvider: NAME };
const gke = { projectId: PROJECT, location: "eu", clusterName: "c" };
const file = (content: object | string, more: Readonly<Record<string, FakeFile>> = {}) => ({
  google: { credentialsFile: "/k" },
  files: { "/k": typeof content === "string" ? content : JSON.stringify(content), ...more },
});
const external = (changes: object): Pick<Row, "google" | "files"> =>
  file({ ...EXTERNAL, ...changes }, { "/t": jwt(HOUR) });
const source = (credential_source: object): Pick<Row, "google" | "files"> => external({ credential_source });
const refused = { exchanges: [], ends: "google-credentials-file-invalid" } as const;

const FEDERATED: readonly Row[] = [
  {
    what: "a pod's token",
    google: provider,
    pod: POD,
    exchanges: [
      sts(undefined, {
        body: form({
          audience: RESOURCE,
          scope: "https://www.googleapis.com/auth/cloud-platform",
          subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
          grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        }),
      }),
    ],
    ends: { token: "ya29.f", life: 3000 * SECOND },
  },
  {
    what: "a federated token that claims to outlive the pod's token",
    google: provider,
    pod: { ...POD, expiresAt: now + 10 * MINUTE },
    exchanges: [sts()],
    ends: { token: "ya29.f", life: 10 * MINUTE },
  },
  {
    what: "a federated token without an expiry, which ends with the pod's token",
    google: provider,
    pod: POD,
    exchanges: [sts({ access_token: "ya29.f" })],
    ends: { token: "ya29.f", life: HOUR },
  },
  {
    what: "a signed request without an expiry",
    google: { ...provider, subjectToken: "aws-signed" },
    subject: { token: new Secret("%7B%7D"), expiresAt: undefined, identityLabel: "the role" },
    exchanges: [
      sts(
        { access_token: "ya29.f" },
        {
          body: form({
            subject_token: "%7B%7D",
            subject_token_type: "urn:ietf:params:aws:token-type:aws4_request",
          }),
        },
      ),
    ],
    ends: { token: "ya29.f", life: undefined },
  },
  {
    what: "an impersonated account, whose token outlives the pod's",
    google: { ...provider, serviceAccount: EMAIL },
    pod: { ...POD, expiresAt: now + 10 * MINUTE },
    exchanges: [sts(), impersonation("ya29.f")],
    ends: { token: "ya29.i", life: HOUR },
  },
  {
    what: "the services of a partner universe",
    google: { ...provider, serviceAccount: EMAIL },
    universe: "apis-x.goog",
    pod: POD,
    exchanges: [
      sts(undefined, { ask: "POST https://sts.apis-x.goog/v1/token" }),
      impersonation("ya29.f", { ask: `POST https://iamcredentials.apis-x.goog/*` }),
    ],
    ends: { token: "ya29.i", life: HOUR },
  },
  {
    what: "the operator's endpoints",
    google: {
      ...provider,
      serviceAccount: EMAIL,
      endpoints: { sts: "https://sts.corp.example", iamCredentials: "https://iam.corp.example:8443" },
    },
    pod: POD,
    exchanges: [
      sts(undefined, { ask: "POST https://sts.corp.example/v1/token" }),
      impersonation("ya29.f", { ask: "POST https://iam.corp.example:8443/v1/*" }),
    ],
    ends: { token: "ya29.i", life: HOUR },
  },
  {
    what: "a refused impersonation at an operator's single host for all services",
    google: {
      ...provider,
      serviceAccount: EMAIL,
      endpoints: { sts: "https://google.corp.example", iamCredentials: "https://google.corp.example" },
    },
    pod: POD,
    exchanges: [
      sts(undefined, { ask: "POST https://google.corp.example/v1/token" }),
      impersonation("ya29.f", {
        ask: "POST https://google.corp.example/v1/projects/*",
        answer: json({ error: { code: 403, status: "PERMISSION_DENIED" } }, 403),
      }),
    ],
    ends: "google-impersonation-refused",
  },
  {
    what: "a complete GKE pool, without metadata requests",
    google: { gke },
    pod: GKE_POD,
    exchanges: [
      sts(undefined, { body: form({ audience: `identitynamespace:${PROJECT}.svc.id.goog:${CLUSTER}` }) }),
    ],
    ends: { token: "ya29.f", life: 3000 * SECOND },
  },
  {
    what: "a GKE pool that is read from the metadata server",
    google: { gke: {} },
    pod: GKE_POD,
    env: HERE,
    exchanges: [
      metadata("project/project-id", PROJECT),
      metadata("instance/attributes/cluster-location", "eu"),
      metadata("instance/attributes/cluster-name", "c"),
      sts(undefined, { body: form({ audience: `identitynamespace:${PROJECT}.svc.id.goog:${CLUSTER}` }) }),
    ],
    ends: { token: "ya29.f", life: 3000 * SECOND },
  },
  {
    what: "a pod's token for the pool of another project, which is not sent to STS",
    google: { gke: {} },
    pod: { ...GKE_POD, audience: "shop-2.svc.id.goog" },
    env: HERE,
    exchanges: [
      metadata("project/project-id", PROJECT),
      metadata("instance/attributes/cluster-location", "eu"),
      metadata("instance/attributes/cluster-name", "c"),
    ],
    ends: "pod-token-wrong-audience",
  },
  {
    what: "a node outside GKE",
    google: { gke: {} },
    pod: GKE_POD,
    env: HERE,
    exchanges: [
      metadata("project/project-id", PROJECT),
      metadata("instance/attributes/cluster-location", "", 404),
    ],
    ends: "google-cluster-unknown",
  },
  {
    what: "a cluster name with a path",
    google: { gke: { projectId: PROJECT, location: "eu" } },
    pod: GKE_POD,
    env: HERE,
    exchanges: [metadata("instance/attributes/cluster-name", "c/../d")],
    ends: "response-malformed",
  },
  {
    what: "a node of another cloud, without metadata requests",
    google: { gke: {} },
    pod: GKE_POD,
    env: { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "aws" },
    exchanges: [],
    ends: "platform-mismatch",
  },
  {
    what: "a token that STS refuses",
    google: provider,
    pod: POD,
    exchanges: [sts({}, oauthError("invalid_grant"))],
    ends: "google-federation-refused",
    says: /invalid_grant/,
  },
  {
    what: "a token that the attribute condition refuses",
    google: provider,
    pod: POD,
    exchanges: [sts({}, oauthError("unauthorized_client"))],
    ends: "google-federation-refused",
    says: /unauthorized_client/,
  },
  {
    what: "an unknown provider",
    google: provider,
    pod: POD,
    exchanges: [sts({}, oauthError("invalid_target"))],
    ends: "google-provider-unknown",
  },
  {
    what: "an undocumented vendor error code, which is not shown",
    google: provider,
    pod: POD,
    exchanges: [sts({}, oauthError("a secret of ours"))],
    ends: "google-federation-refused",
    says: /^(?!.*secret)/,
  },
  {
    what: "STS that keeps failing",
    google: provider,
    pod: POD,
    exchanges: [sts(503, { times: Number.POSITIVE_INFINITY })],
    ends: "cloud-unavailable",
  },
  {
    what: "STS that keeps throttling",
    google: provider,
    pod: POD,
    exchanges: [sts(429, { times: Number.POSITIVE_INFINITY })],
    ends: "throttled",
  },
  {
    what: "STS that redirects",
    google: provider,
    pod: POD,
    exchanges: [sts({}, { answer: { status: 307, headers: { location: "https://evil.example" } } })],
    ends: "redirect-refused",
  },
  {
    what: "an empty token",
    google: provider,
    pod: POD,
    exchanges: [sts({ access_token: "", expires_in: 3000 })],
    ends: "response-malformed",
  },
  {
    what: "a token with two lines",
    google: provider,
    pod: POD,
    exchanges: [sts({ access_token: "a\nb", expires_in: 3000 })],
    ends: "response-malformed",
  },
  {
    what: "a token with a lifetime of 0",
    google: provider,
    pod: POD,
    exchanges: [sts({ access_token: "ya29.f", expires_in: 0 })],
    ends: "token-expired",
  },
  {
    what: "a token whose lifetime is a word",
    google: provider,
    pod: POD,
    exchanges: [sts({ access_token: "ya29.f", expires_in: "long" })],
    ends: "response-malformed",
  },
  {
    what: "an absurd lifetime, which the pod's token limits",
    google: provider,
    pod: POD,
    exchanges: [sts({ access_token: "ya29.f", expires_in: 1e9 })],
    ends: { token: "ya29.f", life: HOUR },
  },
  {
    what: "a token that is about to expire",
    google: provider,
    pod: { ...POD, expiresAt: now + 5 * SECOND },
    exchanges: [sts()],
    ends: "token-expired",
  },
  {
    what: "an account that may not be impersonated",
    google: { ...provider, serviceAccount: EMAIL },
    pod: POD,
    exchanges: [
      sts(),
      impersonation("ya29.f", {
        answer: json(
          {
            error: { code: 403, status: "PERMISSION_DENIED", details: [{ reason: "IAM_PERMISSION_DENIED" }] },
          },
          403,
        ),
      }),
    ],
    ends: "google-impersonation-refused",
    says: /IAM_PERMISSION_DENIED/,
  },
  {
    what: "an unknown account",
    google: { ...provider, serviceAccount: EMAIL },
    pod: POD,
    exchanges: [
      sts(),
      impersonation("ya29.f", { answer: json({ error: { code: 404, status: "NOT_FOUND" } }, 404) }),
    ],
    ends: "google-impersonation-refused",
    says: /NOT_FOUND/,
  },
  {
    what: "an impersonated token without an expiry",
    google: { ...provider, serviceAccount: EMAIL },
    pod: POD,
    exchanges: [sts(), impersonation("ya29.f", { answer: json({ accessToken: "ya29.i" }) })],
    ends: "response-malformed",
  },
];

const NODE: readonly Row[] = [
  {
    what: "a node that impersonates an account",
    google: { serviceAccount: EMAIL },
    env: HERE,
    exchanges: [NO_UNIVERSE, nodeToken, impersonation("ya29.n")],
    ends: { token: "ya29.i", life: HOUR },
  },
  {
    what: "a node's token without the required scope",
    google: { serviceAccount: EMAIL },
    env: HERE,
    exchanges: [
      NO_UNIVERSE,
      nodeToken,
      impersonation("ya29.n", {
        answer: json(
          {
            error: {
              code: 403,
              status: "PERMISSION_DENIED",
              details: [{ reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT" }],
            },
          },
          403,
        ),
      }),
    ],
    ends: "google-scope-missing",
  },
  {
    what: "a node of another universe",
    google: { serviceAccount: EMAIL },
    env: HERE,
    exchanges: [metadata("universe/universe-domain", "apis-x.goog")],
    ends: "google-universe-mismatch",
  },
  {
    what: "a node without a service account",
    google: { serviceAccount: EMAIL },
    env: HERE,
    exchanges: [NO_UNIVERSE, { ...nodeToken, answer: { ...text("", 404), headers: FLAVOR } }],
    ends: "google-instance-has-no-service-account",
  },
  {
    what: "another service at the metadata address",
    google: { serviceAccount: EMAIL },
    env: HERE,
    exchanges: [NO_UNIVERSE, { ...nodeToken, answer: json({ access_token: "x" }) }],
    ends: "metadata-wrong-service",
  },
];

const oauth2 = (more: Partial<Exchange> = {}): Exchange => ({
  ask: "POST https://oauth2.googleapis.com/token",
  headers: { authorization: undefined, "content-type": "application/x-www-form-urlencoded" },
  answer: json({ access_token: "ya29.k", expires_in: 3599, token_type: "Bearer" }),
  ...more,
});

const KEYS: readonly Row[] = [
  {
    what: "a key",
    ...file(KEY),
    exchanges: [oauth2()],
    ends: { token: "ya29.k", life: 3599 * SECOND },
  },
  {
    what: "the OAuth endpoint of the rule",
    ...file(KEY),
    google: { credentialsFile: "/k", endpoints: { oauth2: "https://oauth2.corp.example" } },
    exchanges: [oauth2({ ask: "POST https://oauth2.corp.example/token" })],
    ends: { token: "ya29.k", life: 3599 * SECOND },
  },
  {
    what: "the token_uri in the file, which is ignored",
    ...file({ ...KEY, token_uri: "https://evil.example/token" }),
    exchanges: [oauth2()],
    ends: { token: "ya29.k", life: 3599 * SECOND },
  },
  {
    what: "a key whose account impersonates another",
    ...file(KEY),
    google: { credentialsFile: "/k", serviceAccount: "b@shop-1.iam.gserviceaccount.com" },
    exchanges: [oauth2(), impersonation("ya29.k", {}, "b@shop-1.iam.gserviceaccount.com")],
    ends: { token: "ya29.i", life: HOUR },
  },
  {
    what: "a revoked key",
    ...file(KEY),
    exchanges: [oauth2(oauthError("invalid_grant"))],
    ends: "google-key-refused",
    says: /invalid_grant/,
  },
  {
    what: "a key of another universe",
    ...file({ ...KEY, universe_domain: "apis-x.goog" }),
    exchanges: [],
    ends: "google-universe-mismatch",
  },
  {
    what: "a key of the public universe for an image in a partner universe",
    ...file(KEY),
    universe: "apis-x.goog",
    exchanges: [],
    ends: "google-universe-mismatch",
  },
  {
    what: "a missing file",
    google: { credentialsFile: "/k" },
    exchanges: [],
    ends: "referenced-file-missing",
  },
  {
    what: "a file that other users may read",
    google: { credentialsFile: "/k" },
    files: { "/k": { fails: "file-unsafe" } },
    exchanges: [],
    ends: "file-unsafe",
  },
  { what: "a file that is not JSON", ...file("-----BEGIN"), ...refused },
  { what: "a file without a type", ...file({}), ...refused },
  {
    what: "a user's login",
    ...file({ type: "authorized_user", refresh_token: "x" }),
    ...refused,
    says: /it is a user login/,
  },
  {
    what: "a file of type impersonated_service_account",
    ...file({ type: "impersonated_service_account" }),
    ...refused,
    says: /serviceAccount in the rule/,
  },
  { what: "a file of an unknown type", ...file({ type: "magic" }), ...refused, says: /unknown type/ },
  {
    what: "a key without an account",
    ...file({ ...KEY, client_email: undefined }),
    ...refused,
    says: /client_email is missing/,
  },
  { what: "a key of a foreign account", ...file({ ...KEY, client_email: "a@evil.example" }), ...refused },
  {
    what: "an invalid key",
    ...file({ ...KEY, private_key: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" }),
    ...refused,
    says: /is not an RSA key/,
  },
  {
    what: "a key with extra text",
    ...file({ ...KEY, private_key: "secret!" }),
    ...refused,
    says: /^(?!.*secret!)/,
  },
];

const externalOk = { token: "ya29.f", life: 3000 * SECOND };
const CONFIGURATIONS: readonly Row[] = [
  {
    what: "a token in a file",
    ...external({}),
    exchanges: [sts(undefined, { body: form({ subject_token: jwt(HOUR) }) })],
    ends: externalOk,
  },
  {
    what: "a token in a field of a file",
    ...file(
      {
        ...EXTERNAL,
        credential_source: { file: "/t", format: { type: "json", subject_token_field_name: "jwt" } },
      },
      { "/t": JSON.stringify({ jwt: jwt(HOUR) }) },
    ),
    exchanges: [sts(undefined, { body: form({ subject_token: jwt(HOUR) }) })],
    ends: externalOk,
  },
  {
    what: "a token from a URL on the node",
    ...source({
      url: "http://169.254.169.254/token?x=1",
      headers: { Metadata: "True" },
      format: { type: "json", subject_token_field_name: "access_token" },
    }),
    exchanges: [
      {
        ask: "GET http://169.254.169.254/token?x=1",
        headers: { metadata: "True" },
        answer: json({ access_token: jwt(HOUR) }),
      },
      sts(undefined, { body: form({ subject_token: jwt(HOUR) }) }),
    ],
    ends: externalOk,
  },
  {
    what: "a signed AWS request, whatever addresses the file names",
    ...source({
      environment_id: "aws1",
      region_url: "http://169.254.169.254/latest/meta-data/placement/availability-zone",
      url: "http://169.254.169.254/latest/meta-data/iam/security-credentials",
      regional_cred_verification_url:
        "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
    }),
    subject: { token: new Secret("%7B%7D"), expiresAt: undefined, identityLabel: "the role" },
    exchanges: [sts(undefined, { body: form({ subject_token: "%7B%7D" }) })],
    ends: externalOk,
  },
  {
    what: "an account to impersonate",
    ...external({
      service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${EMAIL}:generateAccessToken`,
      service_account_impersonation: { token_lifetime_seconds: 1200 },
    }),
    exchanges: [sts(), impersonation("ya29.f", { body: /"lifetime":"1200s"/ })],
    ends: { token: "ya29.i", life: HOUR },
  },
  {
    what: "the additional fields that gcloud writes",
    ...external({
      universe_domain: "googleapis.com",
      token_info_url: "https://sts.googleapis.com/v1/introspect",
      quota_project_id: "shop-1",
    }),
    exchanges: [sts()],
    ends: externalOk,
  },
  {
    what: "the operator's endpoint in the rule and the file",
    ...external({ token_url: "https://sts.corp.example/v1/token" }),
    google: { credentialsFile: "/k", endpoints: { sts: "https://sts.corp.example" } },
    exchanges: [sts(undefined, { ask: "POST https://sts.corp.example/v1/token" })],
    ends: externalOk,
  },
  {
    what: "a missing token file",
    ...file(EXTERNAL),
    exchanges: [],
    ends: "referenced-file-missing",
  },
  {
    what: "an expired token in a file",
    ...file(EXTERNAL, { "/t": jwt(-HOUR) }),
    exchanges: [],
    ends: "subject-token-file-invalid",
    says: /expired/,
  },
  {
    what: "a token file with two lines",
    ...file(EXTERNAL, { "/t": "a\nb" }),
    exchanges: [],
    ends: "subject-token-file-invalid",
  },
  {
    what: "an executable source",
    ...source({ executable: { command: "/bin/id" } }),
    ...refused,
    says: /run a program/,
  },
  { what: "a client certificate", ...source({ certificate: {} }), ...refused, says: /not supported/ },
  { what: "a file and a URL", ...source({ file: "/t", url: "http://127.0.0.1/" }), ...refused },
  { what: "no source", ...external({ credential_source: {} }), ...refused },
  { what: "a source that is a string", ...external({ credential_source: "/t" }), ...refused },
  { what: "a relative path", ...source({ file: "t" }), ...refused },
  {
    what: "a URL off the node",
    ...source({ url: "http://10.0.0.1/token" }),
    ...refused,
    says: /is not a loopback or link-local address/,
  },
  { what: "an https URL off the node", ...source({ url: "https://evil.example/token" }), ...refused },
  {
    what: "a URL with a user name",
    ...source({ url: "http://u:p@127.0.0.1/" }),
    ...refused,
    says: /^(?!.*u:p)/,
  },
  {
    what: "a host name that looks like a local address",
    ...source({ url: "http://127.0.0.1.evil.example/" }),
    ...refused,
  },
  { what: "a file URL", ...source({ url: "file:///etc/shadow" }), ...refused },
  {
    what: "keys instead of a token from a URL on the node",
    ...source({
      url: "http://169.254.169.254/latest/meta-data/iam/security-credentials/node-role",
      format: { type: "json", subject_token_field_name: "SecretAccessKey" },
    }),
    exchanges: [
      {
        ask: "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/node-role",
        answer: json({ SecretAccessKey: "canary" }),
      },
    ],
    ends: "subject-token-file-invalid",
    says: /^(?!.*canary).*it returned no JWT/,
  },
  ...["host", "Content-Length", "a b", "transfer-encoding"].map((name) => ({
    what: `the header ${name}`,
    ...source({ url: "http://127.0.0.1/", headers: { [name]: "x" } }),
    ...refused,
  })),
  {
    what: "a header with two lines",
    ...source({ url: "http://127.0.0.1/", headers: { a: "b\r\nc: d" } }),
    ...refused,
  },
  { what: "an unknown field", ...external({ extra: 1 }), ...refused, says: /"extra"/ },
  {
    what: "an unknown field in the source",
    ...source({ file: "/t", extra: 1 }),
    ...refused,
    says: /"extra"/,
  },
  {
    what: "a foreign token_url",
    ...external({ token_url: "https://sts.evil.example/v1/token" }),
    ...refused,
    says: /another host than sts\.googleapis\.com/,
  },
  {
    what: "a token_url that resembles Google's",
    ...external({ token_url: "https://sts.googleapis.com.evil.example/v1/token" }),
    ...refused,
  },
  {
    what: "a token_url with a user name",
    ...external({ token_url: "https://sts.googleapis.com@evil.example/v1/token" }),
    ...refused,
  },
  {
    what: "a token_url without TLS",
    ...external({ token_url: "http://sts.googleapis.com/v1/token" }),
    ...refused,
  },
  {
    what: "a token_url at another port",
    ...external({ token_url: "https://sts.googleapis.com:8443/v1/token" }),
    ...refused,
  },
  {
    what: "a token_url of another universe",
    ...external({ token_url: "https://sts.apis-x.goog/v1/token" }),
    ...refused,
  },
  {
    what: "a token_url for client certificates",
    ...external({ token_url: "https://sts.mtls.googleapis.com/v1/token" }),
    ...refused,
  },
  { what: "no token_url", ...external({ token_url: undefined }), ...refused, says: /token_url is missing/ },
  {
    what: "an impersonation URL on another host",
    ...external({
      service_account_impersonation_url: `https://evil.example/v1/projects/-/serviceAccounts/${EMAIL}:generateAccessToken`,
    }),
    ...refused,
  },
  {
    what: "an impersonation URL with another method",
    ...external({
      service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${EMAIL}:signJwt`,
    }),
    ...refused,
  },
  {
    what: "an impersonation lifetime of years",
    ...external({
      service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${EMAIL}:generateAccessToken`,
      service_account_impersonation: { token_lifetime_seconds: 1e9 },
    }),
    ...refused,
  },
  {
    what: "a workforce pool",
    ...external({
      audience: "//iam.googleapis.com/locations/global/workforcePools/p/providers/k",
      workforce_pool_user_project: "1",
    }),
    ...refused,
    says: /are for users/,
  },
  { what: "a client id and secret", ...external({ client_id: "a", client_secret: "b" }), ...refused },
  {
    what: "a SAML assertion",
    ...external({ subject_token_type: "urn:ietf:params:oauth:token-type:saml2" }),
    ...refused,
  },
  {
    what: "an AWS metadata URL on another host",
    ...source({
      environment_id: "aws1",
      url: "http://evil.example/latest",
      regional_cred_verification_url:
        "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
    }),
    ...refused,
  },
  {
    what: "an AWS STS URL on another host",
    ...source({
      environment_id: "aws1",
      regional_cred_verification_url:
        "https://sts.{region}.evil.example?Action=GetCallerIdentity&Version=2011-06-15",
    }),
    ...refused,
  },
  {
    what: "another version of the AWS source",
    ...source({
      environment_id: "aws2",
      regional_cred_verification_url:
        "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
    }),
    ...refused,
  },
];

for (const [title, rows] of [
  ["Google federation", FEDERATED],
  ["Google impersonation by a node", NODE],
  ["Google service account key", KEYS],
  ["Google credential configuration", CONFIGURATIONS],
] as const)
  for (const row of rows) {
    const result = typeof row.ends === "string" ? `fails with ${row.ends}` : "returns a token";
    test(`${title}: ${result} for ${row.what}`, () => play(row));
  }

async function play({
  google,
  pod = {},
  env = {},
  files = {},
  universe = "googleapis.com",
  subject,
  exchanges,
  ends,
  says,
}: Row): Promise<void> {
  await inWorld({ env, files, exchanges, now }, async (world) => {
    const context = createLoginContext("gcr.io/shop/app", {
      ...pod,
      now,
      rule: { match: ["gcr.io"], google },
    });
    const getSubjectToken = async () =>
      subject ?? {
        token: context.pod?.token ?? new Secret(""),
        expiresAt: context.pod?.expiresAt,
        identityLabel: "the pod",
      };
    const asked = fetchGoogleAccessToken(universe, resolveGoogleIdentity(context), getSubjectToken, world);
    if (typeof ends === "string") {
      const error = await failure(asked);
      const text = [error.message, error.facts.vendorCode].join(" ");
      assert.equal(error.code, ends, text);
      const dump = inspect(error, { depth: null, showHidden: true });
      assert.ok(!dump.includes(context.pod?.token.expose() ?? "eyJ"), "the error holds the token");
      assert.match(text, says ?? /./);
      return;
    }
    const { token, expiresAt } = await asked;
    assert.equal(token.expose(), ends.token);
    if (ends.life === undefined || expiresAt === undefined) assert.equal(expiresAt, ends.life);
    else {
      // The library computes the expiry with the system clock, at a time between the start of this file and now.
      const start = expiresAt - ends.life;
      assert.ok(start > now - 3 * SECOND && start < Date.now() + 3 * SECOND, `${expiresAt - now}`);
    }
  });
}

test("Google federation: an unexpected error does not contain the token, which the library's error does", () =>
  inWorld({ now }, async (world) => {
    const context = createLoginContext("gcr.io/shop/app", {
      ...POD,
      now,
      rule: { match: ["gcr.io"], google: provider },
    });
    const token = context.pod?.token ?? new Secret("");
    const getSubjectToken = async () => ({ token, expiresAt: undefined, identityLabel: "the pod" });
    const broken = { ...world, exchange: () => Promise.reject(new Error("broken")) };
    const error = await failure(
      fetchGoogleAccessToken("googleapis.com", resolveGoogleIdentity(context), getSubjectToken, broken),
    );
    assert.equal(error.code, "internal");
    assert.ok(!inspect(error, { depth: null, showHidden: true }).includes(token.expose()));
  }));
