import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ManagedIdentityCredential } from "@azure/identity";
import { field, send, textField } from "./client.ts";
import { type Cloud, startCloud } from "./cloud.ts";
import type { AzureIdentity } from "./options.ts";

const RESOURCE = "https://containerregistry.azure.net";
const METADATA = { metadata: "true" };

const identity = (kind: "system" | "user", digit: string): AzureIdentity => ({
  kind,
  clientId: `${digit.repeat(8)}-0000-4000-8000-000000000001`,
  objectId: `${digit.repeat(8)}-0000-4000-8000-000000000002`,
  resourceId: `/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${digit}`,
  pulls: ["*"],
});
const A = identity("user", "a");
const B = identity("user", "b");

let cloud: Cloud;
before(async () => {
  cloud = await startCloud({ azure: { identities: [identity("system", "5"), A, B] } });
});
after(() => cloud.stop());

function get(query: Record<string, string> = {}, headers: Record<string, string> = METADATA, at = cloud) {
  const full = new URLSearchParams({ "api-version": "2018-02-01", resource: RESOURCE, ...query });
  return send(at, `http://${at.addresses["azure-imds"]}/metadata/identity/oauth2/token?${full}`, { headers });
}

const clientOf = async (query: Record<string, string>): Promise<string> =>
  textField((await get(query)).body, "client_id");

test("answers with a JWT for the registry and with numbers as strings", async () => {
  const { body } = await get();
  const token = textField(body, "access_token");
  const claims = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
  assert.equal(textField(claims, "aud"), RESOURCE);
  assert.equal(textField(body, "expires_in"), "86399");
  assert.equal(textField(body, "expires_on"), String(field(claims, "exp")));
  assert.ok(cloud.canaries.includes(token));
});

test("selects an identity by client id, resource id or object id, and the system-assigned one by default", async () => {
  assert.equal(await clientOf({ client_id: A.clientId }), A.clientId);
  assert.equal(await clientOf({ msi_res_id: B.resourceId }), B.clientId);
  assert.equal(await clientOf({ object_id: B.objectId }), B.clientId);
  assert.match(await clientOf({}), /^5{8}/);
});

test("refuses an unknown identity, and an ambiguous choice among several", async () => {
  assert.equal(textField((await get({ client_id: "c" })).body, "error_description"), "Identity not found");
  const several = await startCloud({ azure: { identities: [A, B] } });
  const none = await startCloud({ azure: { identities: [] } });
  const answers = [await get({}, METADATA, several), await get({}, METADATA, none)];
  await Promise.all([several.stop(), none.stop()]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [400, 400],
  );
  assert.match(
    textField(answers[0]?.body ?? "", "error_description"),
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
  assert.equal(textField(bad[3]?.body ?? "", "error"), "invalid_resource");
});

test("gives a token to Azure's library", async () => {
  process.env["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = cloud.env("azure")["AZURE_POD_IDENTITY_AUTHORITY_HOST"];
  const { token } = await new ManagedIdentityCredential({ clientId: A.clientId }).getToken(
    `${RESOURCE}/.default`,
  );
  assert.ok(cloud.canaries.includes(token));
});

test("issues a token for an application of the tenant to an assigned identity", async () => {
  const system = identity("system", "5");
  const applications = [{ uri: "api://open" }, { uri: "api://closed", assigned: [A.objectId] }];
  const at = await startCloud({ azure: { identities: [system, A], applications } });
  const answer = async (resource: string, client?: string) => {
    const { body } = await get(
      client === undefined ? { resource } : { resource, client_id: client },
      METADATA,
      at,
    );
    const token = field(body, "access_token");
    if (typeof token !== "string") return textField(body, "error_description").split(":")[0];
    return textField(Buffer.from(token.split(".")[1] ?? "", "base64url").toString(), "aud");
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
