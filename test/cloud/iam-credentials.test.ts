import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Got, readField, readTextField, send } from "./client.ts";
import { type Cloud, startCloud } from "./cloud.ts";
import { SUBJECT } from "./oidc.ts";

const POOL = "projects/1/locations/global/workloadIdentityPools/pool";
const PROVIDER = `${POOL}/providers/cluster`;
const AUDIENCE = `//iam.googleapis.com/${PROVIDER}`;
const HOLDER = `principal://iam.googleapis.com/${POOL}/subject/${SUBJECT}`;
const PULLER = "puller@shop-1.iam.gserviceaccount.com";
const LONG = "long@shop-1.iam.gserviceaccount.com";
const AUTH = "https://www.googleapis.com/auth";

let cloud: Cloud;
before(async () => {
  const providers = { [PROVIDER]: { issuer: "https://oidc.cluster.example" } };
  const impersonation = { [PULLER]: [HOLDER], [LONG]: [HOLDER] };
  cloud = await startCloud({ google: { providers, impersonation, extendedLifetime: [LONG] } });
});
after(() => cloud.stop());

const JSON_TYPE = { "content-type": "application/json" };

async function requestFederatedToken(scope: string): Promise<string> {
  const body = JSON.stringify({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    subject_token: cloud.serviceAccountToken({ audience: AUDIENCE }),
    audience: AUDIENCE,
    scope,
  });
  const sent = { method: "POST", headers: JSON_TYPE, body };
  return readTextField((await send(cloud, "https://sts.googleapis.com/v1/token", sent)).body, "access_token");
}

async function generate(scope: string, lifetime = "3600s", email = PULLER): Promise<Got> {
  const headers = { ...JSON_TYPE, authorization: `Bearer ${await requestFederatedToken(scope)}` };
  const url = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email}:generateAccessToken`;
  const body = JSON.stringify({ scope: [`${AUTH}/cloud-platform`], lifetime });
  return send(cloud, url, { method: "POST", headers, body });
}

test("lets a token with the cloud-platform or IAM scope impersonate", async () => {
  for (const scope of ["cloud-platform", "iam"])
    assert.equal((await generate(`${AUTH}/${scope}`)).status, 200);
});

test("refuses a token of another scope with its own reason", async () => {
  const { status, body } = await generate(`${AUTH}/devstorage.read_only`);
  assert.deepEqual([status, readField(body, "error", "status")], [403, "PERMISSION_DENIED"]);
  assert.equal(readField(body, "error", "details", 0, "reason"), "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
});

test("limits a token to one hour, or twelve if the organisation policy allows it", async () => {
  const everything = `${AUTH}/cloud-platform`;
  assert.equal((await generate(everything, "3601s")).status, 400);
  assert.equal((await generate(everything, "43200s", LONG)).status, 200);
  assert.equal((await generate(everything, "43201s", LONG)).status, 400);
});
