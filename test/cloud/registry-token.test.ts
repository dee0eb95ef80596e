import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Got, readTextField, send } from "./client.ts";
import { type Cloud, startCloud } from "./cloud.ts";

const ACR = "shop.azurecr.io";
const NULL_GUID = "00000000-0000-0000-0000-000000000000";
const FORM = { "content-type": "application/x-www-form-urlencoded" };

let cloud: Cloud;
before(async () => {
  cloud = await startCloud();
});
after(() => cloud.stop());

const formatBasic = (username: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
});
const formatBearer = (token: string) => ({ authorization: `Bearer ${token}` });
const listStepsSince = (start: number) =>
  cloud.requests.slice(start).map(({ step, method, status }) => `${method} ${step} ${status}`);

async function fetchGoogleToken(): Promise<string> {
  const url = `http://${cloud.addresses.gce}/computeMetadata/v1/instance/service-accounts/default/token`;
  const { body } = await send(cloud, url, { headers: { "metadata-flavor": "Google" } });
  return readTextField(body, "access_token");
}

async function fetchRefreshToken(): Promise<string> {
  const resource = "https://containerregistry.azure.net";
  const query = new URLSearchParams({ "api-version": "2018-02-01", resource });
  const url = `http://${cloud.addresses["azure-imds"]}/metadata/identity/oauth2/token?${query}`;
  const entra = await send(cloud, url, { headers: { metadata: "true" } });
  const access_token = readTextField(entra.body, "access_token");
  return readTextField(
    (await sendPost("/oauth2/exchange", { grant_type: "access_token", access_token })).body,
    "refresh_token",
  );
}

function sendPost(path: string, form: Record<string, string>, host = ACR): Promise<Got> {
  const body = new URLSearchParams({ service: host, ...form }).toString();
  return send(cloud, `https://${host}${path}`, { method: "POST", headers: FORM, body });
}

test("gets a token from the challenge's realm and uses it for the login", async () => {
  const token = await fetchGoogleToken();
  const start = cloud.requests.length;
  assert.ok((await cloud.login("gcr.io/p/i", "oauth2accesstoken", token)).ok);
  assert.deepEqual(listStepsSince(start), ["GET v2 401", "GET token 200", "GET v2 200"]);
  assert.match(cloud.requests.at(-1)?.headers["authorization"] ?? "", /^Bearer canary-registry-token-/);
});

test("refuses wrong credentials at the realm, and for ECR at /v2/", async () => {
  const start = cloud.requests.length;
  assert.equal((await cloud.login("gcr.io/p/i", "oauth2accesstoken", "invented")).status, 401);
  assert.deepEqual(listStepsSince(start), ["GET v2 401", "GET token 401"]);
  const ecr = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
  assert.equal((await cloud.login(ecr, "AWS", "invented")).status, 401);
  assert.deepEqual(listStepsSince(start + 2), ["GET v2 401", "GET v2 401"]);
  assert.equal((await send(cloud, `https://${ecr}/v2/token`)).status, 404);
});

for (const realm of [
  "https://attacker.example/v2/token",
  "http://gcr.io/v2/token",
  "https://eu.gcr.io/v2/token",
]) {
  test(`does not send credentials to the realm ${realm} in a challenge of gcr.io`, async () => {
    const headers = { "www-authenticate": `Bearer realm="${realm}",service="gcr.io"` };
    cloud.fault("registry/v2", { kind: "status", status: 401, headers }, 1);
    const start = cloud.requests.length;
    const { ok, detail } = await cloud.login("gcr.io/p/i", "oauth2accesstoken", await fetchGoogleToken());
    assert.ok(!ok && detail.includes(realm), detail);
    assert.deepEqual(listStepsSince(start).slice(1), ["GET v2 401"]);
    assert.equal(cloud.requests.at(-1)?.headers["authorization"], undefined);
  });
}

test("issues tokens that only this registry accepts, and records them as secrets", async () => {
  const headers = formatBasic("oauth2accesstoken", await fetchGoogleToken());
  const asked = await send(cloud, "https://gcr.io/v2/token?service=gcr.io", { headers });
  const token = readTextField(asked.body, "token");
  assert.ok(cloud.canaries.includes(token));
  const opens = async (host: string) =>
    (await send(cloud, `https://${host}/v2/`, { headers: formatBearer(token) })).status;
  assert.deepEqual([await opens("gcr.io"), await opens("eu.gcr.io")], [200, 401]);
  assert.equal((await send(cloud, "https://gcr.io/v2/", { headers })).status, 200);
});

test("refuses a token request without credentials or for another service", async () => {
  const headers = formatBasic("oauth2accesstoken", await fetchGoogleToken());
  for (const url of ["https://gcr.io/v2/token", "https://public.ecr.aws/token/"])
    assert.equal((await send(cloud, url)).status, 401);
  assert.equal((await send(cloud, "https://gcr.io/v2/token?service=eu.gcr.io", { headers })).status, 400);
  assert.equal((await send(cloud, `https://${ACR}/oauth2/token`)).status, 400);
});

test("accepts ACR's refresh token by GET and by POST, because containerd tries both", async () => {
  const refresh_token = await fetchRefreshToken();
  const headers = formatBasic(NULL_GUID, refresh_token);
  const got = await send(cloud, `https://${ACR}/oauth2/token?service=${ACR}`, { headers });
  const posted = await sendPost("/oauth2/token", { grant_type: "refresh_token", refresh_token });
  for (const { body } of [got, posted]) {
    const opened = await send(cloud, `https://${ACR}/v2/`, {
      headers: formatBearer(readTextField(body, "access_token")),
    });
    assert.equal(opened.status, 200);
  }
  const password = { grant_type: "password", username: NULL_GUID, password: refresh_token };
  assert.equal((await sendPost("/oauth2/token", password)).status, 400);
  assert.equal(
    (await sendPost("/oauth2/token", { grant_type: "refresh_token", refresh_token: "x" })).status,
    401,
  );
});

test("answers 404 to POST at the realms of Google and ECR Public", async () => {
  const form = { grant_type: "password", username: "oauth2accesstoken", password: await fetchGoogleToken() };
  assert.equal((await sendPost("/v2/token", form, "gcr.io")).status, 404);
  assert.equal((await sendPost("/token/", form, "public.ecr.aws")).status, 404);
});

test("refuses a service principal's secret by Basic, which ACR accepts", async () => {
  const clientId = "33333333-0000-4000-8000-000000000001";
  const app = { clientId, objectId: "o", secret: "canary-app-secret", pulls: ["*"] };
  const at = await startCloud({ azure: { apps: [app] } });
  const { status } = await at.login(ACR, clientId, "canary-app-secret");
  await at.stop();
  assert.equal(status, 401);
});
