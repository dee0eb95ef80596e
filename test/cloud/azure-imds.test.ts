import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ManagedIdentityCredential } from "@azure/identity";
import { readField, readTextField, send } from "./client.ts";
import { type Cloud, startCloud } from "./cloud.ts";
import type { AzureIdentity } from "./options.ts";

const RESOURCE = "https://containerregistry.azure.net";
const METADATA = { metadata: "true" };

const createIdentity = (kind: "system" | "user", digit: string): AzureIdentity => ({
  kind,
  clientId: `${digit.repeat(8)}-0000-4000-8000-000000000001`,
  objectId: `${digit.repeat(8)}-0000-4000-8000-000000000002`,
  resourceId: `/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${digit}`,
  pulls: ["*"],
});
const A = createIdentity("user", "a");
const B = createIdentity("user", "b");

let cloud: Cloud;
before(async () => {
  cloud = await startCloud({ azure: { identities: [createIdentity("system", "5"), A, B] } });
});
after(() => cloud.stop());

function get(query: Record<string, string> = {}, headers: Record<string, string> = METADATA, at = cloud) {
  const full = new URLSearchParams({ "api-version": "2018-02-01", resource: RESOURCE, ...query });
  return send(at, `http://${at.addresses["azure-imds"]}/metadata/identity/oauth2/token?${full}`, { headers });
}

const readClientId = async (query: Record<string, string>): Promise<string> =>
  readTextField((await get(query)).body, "client_id");

test("answers with a JWT for the registry and with numbers as strings", async () => {
  const { body } = await get();
  const token = readTextField(body, "access_token");
  const claims = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
  assert.equal(readTextField(claims, "aud"), RESOURCE);
  assert.equal(readTextField(body, "expires_in"), "86399");
  assert.equal(readTextField(body, "expires_on"), String(readField(claims, "exp")));
  assert.ok(cloud.canaries.includes(token));
});

test("selects an identity by client id, resource id or object id, and the system-assigned one by default", async () => {
  assert.equal(await readClientId({ client_id: A.clientId }), A.clientId);
  assert.equal(await readClientId({ msi_res_id: B.resourceId }), B.clientId);
  assert.equal(await readClientId({ object_id: B.objectId }), B.clientId);
  assert.match(await readClientId({}), /^5{8}/);
});

test("refuses an unknown identity, and an ambiguous choice among several", async () => {
  assert.equal(
    readTextField((await get({ client_id: "c" })).body, "error_description"),
    "Identity not found",
  );
  const several = await startCloud({ azure: { identities: [A, B] } });
  const none = await startCloud({ azure: { identities: [] } });
  const answers = [await get({}, METADATA, several), await get({}, METADATA, none)];
  await Promise.all([several.stop(), none.stop()]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [400, 400],
  );
  assert.match(
    readTextField(answers[0]?.body ?? "", "error_description"),
    /^Multiple user assigned identities exist/,
  );
});

test("requires the header, the version and the resource, and refuses forwarded requests", async () => {
  const bad = [
    await get({}, {}),
    await get({}, { ...METADATA, "x-forwarded-for": "192.0.2.1" }),
    await get({ "api-version": "2017-01-01" }),
    await get({ resource: "https://containerregistry.azure.cn" }),
  ];
  assert.deepEqual(
    bad.map(({ status }) => status),
    [400, 400, 400, 400],
  );
  assert.equal(readTextField(bad[3]?.body ?? "", "error"), "invalid_resource");
});

test("gives a token to Azure's library", async () => {
  process.env["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = cloud.env("azure")["AZURE_POD_IDENTITY_AUTHORITY_HOST"];
  const { token } = await new ManagedIdentityCredential({ clientId: A.clientId }).getToken(
    `${RESOURCE}/.default`,
  );
  assert.ok(cloud.canaries.includes(token));
});

test("issues a token for an application of the tenant to an assigned identity", async () => {
  const system = createIdentity("system", "5");
  const applications = [{ uri: "api://open" }, { uri: "api://closed", assigned: [A.objectId] }];
  const at = await startCloud({ azure: { identities: [system, A], applications } });
  const answer = async (resource: string, client?: string) => {
    const { body } = await get(
      client === undefined ? { resource } : { resource, client_id: client },
      METADATA,
      at,
    );
    const token = readField(body, "access_token");
    if (typeof token !== "string") return readTextField(body, "error_description").split(":")[0];
    return readTextField(Buffer.from(token.split(".")[1] ?? "", "base64url").toString(), "aud");
  };
  const answers = [
    await answer("api://open"),
    await answer("api://closed", A.clientId),
    await answer("api://closed"),
    await answer("api://OPEN"),
    await answer("api://other"),
  ];
  await at.stop();
  assert.deepEqual(answers, ["api://open", "api://closed", "AADSTS501051", "AADSTS500011", "AADSTS500011"]);
});
