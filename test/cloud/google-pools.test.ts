import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { setDefaultCACertificates } from "node:tls";
import { AwsClient, IdentityPoolClient } from "google-auth-library";
import { type Cloud, startCloud } from "./cloud.ts";
import { SUBJECT, type SubjectToken } from "./oidc.ts";

const POOL = "projects/1/locations/global/workloadIdentityPools/pool";
const [OURS, OTHERS, CHOOSY] = ["ours", "others", "choosy"].map((name) => `${POOL}/providers/${name}`);
const ISSUER = "https://container.googleapis.com/v1/projects/shop-1/locations/eu/clusters/c";
const GKE = `identitynamespace:shop-1.svc.id.goog:${ISSUER}`;
const GKE_POD =
  "principal://iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/shop-1.svc.id.goog/subject/ns/shop/sa/default";
const IMAGE = "europe-docker.pkg.dev/p/r/i";

let cloud: Cloud;
before(async () => {
  cloud = await startCloud({
    cluster: { issuer: ISSUER },
    google: {
      providers: {
        [String(OURS)]: { awsAccount: "123456789012" },
        [String(OTHERS)]: { awsAccount: "210987654321" },
        [String(CHOOSY)]: { issuer: ISSUER, subjects: [SUBJECT] },
      },
      clusters: [ISSUER],
      pulls: [GKE_POD],
    },
  });
  setDefaultCACertificates([readFileSync(cloud.caFile, "utf8")]);
  process.env["HTTPS_PROXY"] = cloud.env()["HTTPS_PROXY"];
});
after(() => cloud.stop());

const TOKEN_URL = "https://sts.googleapis.com/v1/token";
const scopes = ["https://www.googleapis.com/auth/cloud-platform"];

/** Google's client for AWS, with the keys of a user. */
function createAwsClient(provider: string, secret = cloud.awsUserKey.secretAccessKey): AwsClient {
  return new AwsClient({
    audience: `//iam.googleapis.com/${provider}`,
    subject_token_type: "urn:ietf:params:aws:token-type:aws4_request",
    token_url: TOKEN_URL,
    scopes,
    aws_security_credentials_supplier: {
      getAwsRegion: async () => "us-east-1",
      getAwsSecurityCredentials: async () => ({
        accessKeyId: cloud.awsUserKey.accessKeyId,
        secretAccessKey: secret,
      }),
    },
  });
}

async function exchange(audience: string, token: SubjectToken): Promise<string> {
  const client = new IdentityPoolClient({
    audience,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: TOKEN_URL,
    scopes,
    subject_token_supplier: { getSubjectToken: async () => cloud.serviceAccountToken(token) },
  });
  return (await client.getAccessToken()).token ?? "";
}

test("accepts a signed request of Google's client for AWS", async () => {
  assert.match((await createAwsClient(String(OURS)).getAccessToken()).token ?? "", /^ya29\./);
});

test("accepts a signed request with spaces written as +, as Google's client for Go writes them", async () => {
  const client = createAwsClient(String(OURS));
  const token = await client.retrieveSubjectToken();
  client.retrieveSubjectToken = async () => token.replaceAll("%20", "+");
  assert.match(token, /%20/);
  assert.match((await client.getAccessToken()).token ?? "", /^ya29\./);
});

test("refuses a signed request for a provider of another account, or with a wrong secret", async () => {
  await assert.rejects(createAwsClient(String(OTHERS)).getAccessToken(), /invalid_grant.*account/);
  await assert.rejects(createAwsClient(String(OURS), "other").getAccessToken(), /invalid_grant.*AWS/);
});

test("refuses a request that was signed for another provider, or ten minutes ago", async () => {
  const token = await createAwsClient(String(OTHERS)).retrieveSubjectToken();
  const client = createAwsClient(String(OURS));
  client.retrieveSubjectToken = async () => token;
  await assert.rejects(client.getAccessToken(), /invalid_grant.*target resource/);
  cloud.fault("google-sts/token", { kind: "skew", ms: 600_000 }, 1);
  await assert.rejects(createAwsClient(String(OURS)).getAccessToken(), /invalid_grant.*AWS/);
});

test("accepts tokens of the cluster at GKE's own pool, and lets its principals pull if they are allowed to", async () => {
  const pod = await exchange(GKE, { audience: "shop-1.svc.id.goog" });
  assert.ok((await cloud.login(IMAGE, "oauth2accesstoken", pod)).ok);
  const subject = "system:serviceaccount:bank:teller";
  const stranger = await exchange(GKE, { audience: "shop-1.svc.id.goog", subject });
  assert.equal((await cloud.login(IMAGE, "oauth2accesstoken", stranger)).ok, false);
});

const GKE_TOKEN = { audience: "shop-1.svc.id.goog" };
for (const [what, audience, token, error] of [
  ["a token for another project", GKE, { audience: "shop-2.svc.id.goog" }, /invalid_grant.*audience/],
  [
    "a token of another issuer",
    GKE,
    { ...GKE_TOKEN, issuer: "https://accounts.google.com" },
    /invalid_grant/,
  ],
  ["a forged token", GKE, { ...GKE_TOKEN, forged: true }, /invalid_grant.*signature/],
  ["another cluster", `${GKE}x`, GKE_TOKEN, /invalid_target/],
  [
    "a universe's own name of a provider",
    "//iam.example.goog/projects/1",
    GKE_TOKEN,
    /invalid_request.*audience/,
  ],
  ["another project's pool", GKE.replace("shop-1.svc", "shop-2.svc"), GKE_TOKEN, /invalid_target/],
] as const)
  test(`refuses ${what} at GKE's own pool`, () => assert.rejects(exchange(audience, token), error));

test("applies a provider's condition and limits the length of subjects", async () => {
  const audience = `//iam.googleapis.com/${CHOOSY}`;
  await exchange(audience, { audience });
  const teller = { audience, subject: "system:serviceaccount:bank:teller" };
  await assert.rejects(exchange(audience, teller), /unauthorized_client.*condition/);
  const long = { audience, subject: `system:serviceaccount:bank:${"a".repeat(120)}` };
  await assert.rejects(exchange(audience, long), /invalid_request.*127/);
});
