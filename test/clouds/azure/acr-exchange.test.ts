import assert from "node:assert/strict";
import { test } from "node:test";
import { exchangeForRefreshToken } from "../../../src/clouds/azure/acr-exchange.ts";
import { fetchManagedIdentityAssertion } from "../../../src/clouds/azure/acr-token.ts";
import { Secret } from "../../../src/core/secret.ts";
import { inWorld, json, NOW } from "../../support/world.ts";

const TENANT = "72f988bf-0000-4000-8000-000000000001";
const HOST = "shop.azurecr.io";

for (const [what, tenantId, sent] of [
  ["an id", TENANT, TENANT],
  ["a domain, which is left out", "contoso.onmicrosoft.com", null],
  ["unknown", undefined, null],
] as const)
  test(`sends the tenant in the exchange, ${what}: ${sent ?? "no tenant"}`, () => {
    const exchange = { ask: `POST https://${HOST}/oauth2/exchange`, answer: json({ refresh_token: "r" }) };
    return inWorld({ exchanges: [exchange] }, async (world) => {
      const token = { token: new Secret("entra-token"), tenantId, identity: "x" };
      assert.equal((await exchangeForRefreshToken(HOST, token, world)).expose(), "r");
      const form = new URLSearchParams(String(world.requests[0]?.body));
      assert.deepEqual(
        ["grant_type", "service", "access_token", "tenant"].map((name) => form.get(name)),
        ["access_token", HOST, "entra-token", sent],
      );
    });
  });

test("requests the node's token for an application with the environment's identity, and reads its expiry", () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = NOW / 1000 + 3600;
  const token = `${part({ alg: "RS256" })}.${part({ aud: "api://pull", exp })}.c2ln`;
  const exchange = {
    ask: "GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=api%3A%2F%2Fpull&client_id=c*",
    headers: { metadata: "true" },
    answer: json({
      access_token: token,
      token_type: "Bearer",
      expires_in: "3600",
      expires_on: String(Math.floor(Date.now() / 1000) + 3600),
      resource: "api://pull",
    }),
  };
  const env = { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "azure", AZURE_CLIENT_ID: "c" };
  return inWorld({ env, exchanges: [exchange] }, async (world) => {
    const found = await fetchManagedIdentityAssertion("api://pull", world);
    assert.deepEqual(
      [found.token.expose(), found.expiresAt, found.identityLabel],
      [token, exp * 1000, "managed identity with client id (value not shown)"],
    );
  });
});
