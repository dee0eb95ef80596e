import assert from "node:assert/strict";
import { accessSync, constants } from "node:fs";
import { after, before, test } from "node:test";
import { ManagedIdentityCredential } from "@azure/identity";
import { send } from "./client.ts";
import { type Cloud, startCloud } from "./cloud.ts";

const QUERY = "api-version=2020-06-01&resource=https%3A%2F%2Fcontainerregistry.azure.net";

let cloud: Cloud;
before(async () => {
  cloud = await startCloud();
});
after(() => cloud.stop());

const get = (headers: Record<string, string>) =>
  send(cloud, `http://${cloud.addresses["azure-arc"]}/metadata/identity/oauth2/token?${QUERY}`, { headers });

test("names a key file in its challenge and accepts only a key that it wrote", async () => {
  const { status, headers } = await get({ metadata: "true" });
  assert.equal(status, 401);
  assert.match(String(headers["www-authenticate"]), /^Basic realm=\/var\/opt\/azcmagent\/tokens\/.*\.key$/);
  assert.equal((await get({ metadata: "true", authorization: "Basic invented" })).status, 403);
  assert.equal((await get({})).status, 400);
});

const skip = !isWritable() && "the agent's folder cannot be made here";

test("gives a token to Azure's library, which reads the key file", { skip }, async () => {
  // No proxy: this library would send even a loopback request through it.
  const { IDENTITY_ENDPOINT, IMDS_ENDPOINT } = cloud.env("azure-arc");
  Object.assign(process.env, { IDENTITY_ENDPOINT, IMDS_ENDPOINT });
  const { token } = await new ManagedIdentityCredential().getToken(
    "https://containerregistry.azure.net/.default",
  );
  assert.ok(cloud.canaries.includes(token));
  assert.deepEqual(
    cloud.requests.slice(-2).map(({ step }) => step),
    ["challenge", "token"],
  );
});

function isWritable(): boolean {
  try {
    accessSync("/var/opt", constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
