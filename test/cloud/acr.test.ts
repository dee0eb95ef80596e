import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Got, readTextField, send } from "./client.ts";
import { type Cloud, type CloudOptions, startCloud } from "./cloud.ts";

const HOST = "shop.azurecr.io";
const NULL_GUID = "00000000-0000-0000-0000-000000000000";
const RESOURCE = "https://containerregistry.azure.net";
const ARM = "https://management.azure.com/";

let cloud: Cloud;
before(async () => {
  cloud = await startCloud();
});
after(() => cloud.stop());

async function requestAccessToken(at = cloud, resource = RESOURCE): Promise<string> {
  const query = new URLSearchParams({ "api-version": "2018-02-01", resource });
  const url = `http://${at.addresses["azure-imds"]}/metadata/identity/oauth2/token?${query}`;
  return readTextField((await send(at, url, { headers: { metadata: "true" } })).body, "access_token");
}

async function exchange(form: Record<string, string>, host = HOST, at = cloud): Promise<Got> {
  const access_token = form["access_token"] ?? (await requestAccessToken(at));
  const body = new URLSearchParams({
    grant_type: "access_token",
    service: host,
    ...form,
    access_token,
  }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return send(at, `https://${host}/oauth2/exchange`, { method: "POST", headers, body });
}

async function readRefusal(options: CloudOptions, resource = RESOURCE, host = HOST): Promise<string> {
  const at = await startCloud(options);
  try {
    const { status, body } = await exchange(
      { access_token: await requestAccessToken(at, resource) },
      host,
      at,
    );
    return `${status} ${readTextField(body, "errors", 0, "code")} ${readTextField(body, "errors", 0, "message")}`;
  } finally {
    await at.stop();
  }
}

for (const host of [HOST, "shop-a1b2c3.azurecr.io", "shop.eastus2.geo.azurecr.io"]) {
  test(`exchanges an access token for a refresh token that is valid only for ${host}`, async () => {
    const { body, headers } = await exchange({}, host);
    const token = readTextField(body, "refresh_token");
    assert.ok(headers["x-ms-correlation-request-id"]);
    assert.ok(cloud.canaries.includes(token));
    assert.ok((await cloud.login(`${host}/x`, NULL_GUID, token)).ok);
    assert.ok(!(await cloud.login("other.azurecr.io/x", NULL_GUID, token)).ok);
    assert.ok(!(await cloud.login(`${host}/x`, "AWS", token)).ok);
  });
}

test("refuses an access token as a password", async () => {
  assert.ok(!(await cloud.login(HOST, NULL_GUID, await requestAccessToken())).ok);
});

test("accepts the token's tenant in the exchange and refuses any other", async () => {
  assert.equal((await exchange({ tenant: "72f988bf-0000-4000-8000-000000000001" })).status, 200);
  assert.equal((await exchange({ tenant: "72f988bf-0000-4000-8000-000000000002" })).status, 401);
});

test("refuses another service, grant or token, and answers GET with 404", async () => {
  assert.equal((await exchange({ service: "other.azurecr.io" })).status, 400);
  assert.equal((await exchange({ grant_type: "password" })).status, 400);
  assert.equal((await exchange({ access_token: "x.y.z" })).status, 401);
  assert.equal(
    (await exchange({ access_token: cloud.serviceAccountToken({ audience: RESOURCE }) })).status,
    401,
  );
  assert.equal((await send(cloud, `https://${HOST}/oauth2/exchange`)).status, 404);
});

test("refuses an expired access token and a token for Azure Resource Manager", async () => {
  cloud.fault("azure-imds/token", { kind: "expired" }, 1);
  assert.equal((await exchange({})).status, 401);
  assert.equal(await readRefusal({}, ARM), "401 UNAUTHORIZED arm aad token disallowed");
  assert.equal((await exchange({ access_token: await requestAccessToken(cloud, ARM) })).status, 401);
});

test("accepts a token for Azure Resource Manager if the registry allows it", async () => {
  const at = await startCloud({ azure: { armTokens: true } });
  const { status } = await exchange({ access_token: await requestAccessToken(at, ARM) }, HOST, at);
  await at.stop();
  assert.equal(status, 200);
});

test("denies an identity without a role", async () => {
  const identity = {
    kind: "system" as const,
    clientId: "a",
    objectId: "b",
    resourceId: "c",
    pulls: ["other.azurecr.io"],
  };
  assert.equal(
    await readRefusal({ azure: { identities: [identity] } }),
    "403 DENIED retrieving permissions failed",
  );
});

test("refuses a token of another Azure cloud", async () => {
  for (const suffix of ["cn", "us", "sovcloud-azure.fr", "sovcloud-azure.de", "stack.example"])
    assert.match(await readRefusal({}, RESOURCE, `shop.azurecr.${suffix}`), /^401 UNAUTHORIZED/);
  for (const name of ["china", "usgov", "bleu", "delos", "custom"] as const)
    assert.match(await readRefusal({ azure: { cloud: name } }), /^401 UNAUTHORIZED/);
});

test("refuses an expired refresh token and one of another registry", async () => {
  for (const kind of ["expired", "swapped"] as const) {
    cloud.fault("acr/exchange", { kind }, 1);
    const token = readTextField((await exchange({})).body, "refresh_token");
    assert.ok(!(await cloud.login(HOST, NULL_GUID, token)).ok, kind);
  }
});

test("answers throttling and firewall faults in the registry's error format", async () => {
  cloud.fault("acr/exchange", { kind: "status", status: 429 }, 1);
  const throttled = await exchange({});
  assert.deepEqual([throttled.status, throttled.headers["retry-after"]], [429, "1"]);
  cloud.fault("acr/exchange", { kind: "status", status: 403 }, 1);
  assert.match(
    (await exchange({})).body,
    /client with IP .* is not allowed access\. Refer https:\/\/aka\.ms\/acr\/firewall/,
  );
});
