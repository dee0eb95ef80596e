import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { setDefaultCACertificates } from "node:tls";
import { IdentityPoolClient } from "google-auth-library";
import { type Cloud, startCloud } from "./cloud.ts";
import { SUBJECT } from "./oidc.ts";

const PROVIDER = "projects/1/locations/global/workloadIdentityPools/pool/providers/cluster";
const AUDIENCE = `//iam.googleapis.com/${PROVIDER}`;
const HOLDER = `principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/subject/${SUBJECT}`;
const EMAIL = "puller@shop-1.iam.gserviceaccount.com";
const SCOPES = ["https://www.googleapis.com/auth/cloud-platform"];

let cloud: Cloud;
before(async () => {
  const providers = { [PROVIDER]: { issuer: "https://oidc.cluster.example" } };
  cloud = await startCloud({
    google: { providers, impersonation: { [EMAIL]: [HOLDER] }, pulls: [HOLDER, EMAIL] },
  });
  setDefaultCACertificates([readFileSync(cloud.caFile, "utf8")]);
  process.env["HTTPS_PROXY"] = cloud.env()["HTTPS_PROXY"];
});
after(() => cloud.stop());

async function exchange(token: string, audience = AUDIENCE, email?: string): Promise<string> {
  const impersonation = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email}:generateAccessToken`;
  const client = new IdentityPoolClient({
    audience,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: "https://sts.googleapis.com/v1/token",
    subject_token_supplier: { getSubjectToken: () => Promise.resolve(token) },
    scopes: SCOPES,
    ...(email && { service_account_impersonation_url: impersonation }),
  });
  return (await client.getAccessToken()).token ?? "";
}

test("gives Google's library a token for a ServiceAccount token, which the registry accepts", async () => {
  const token = await exchange(cloud.serviceAccountToken({ audience: AUDIENCE }));
  assert.ok((await cloud.login("europe-docker.pkg.dev/p/r/i", "oauth2accesstoken", token)).ok);
  await exchange(cloud.serviceAccountToken({ audience: `https:${AUDIENCE}` }));
});

test("lets the federated token impersonate only accounts that allow it", async () => {
  const subject = cloud.serviceAccountToken({ audience: AUDIENCE });
  assert.ok(
    (await cloud.login("gcr.io/p/i", "oauth2accesstoken", await exchange(subject, AUDIENCE, EMAIL))).ok,
  );
  await assert.rejects(
    exchange(subject, AUDIENCE, "other@shop-1.iam.gserviceaccount.com"),
    /getAccessToken' denied/,
  );
});

for (const [why, token, error] of [
  ["for another audience", { audience: "sts.amazonaws.com" }, /invalid_grant.*audience/],
  ["of another issuer", { audience: AUDIENCE, issuer: "https://accounts.google.com" }, /invalid_grant/],
  ["that is forged", { audience: AUDIENCE, forged: true }, /invalid_grant.*signature/],
  ["that is over", { audience: AUDIENCE, life: -60 }, /invalid_grant.*stale/],
] as const) {
  test(`refuses a subject token ${why}`, async () => {
    await assert.rejects(exchange(cloud.serviceAccountToken(token)), error);
  });
}

test("answers invalid_target for an unknown pool or provider", async () => {
  const subject = cloud.serviceAccountToken({ audience: AUDIENCE });
  await assert.rejects(exchange(subject, AUDIENCE.replace("pool/", "pond/")), /invalid_target/);
});
