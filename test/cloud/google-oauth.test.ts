import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Got, readTextField, send } from "./client.ts";
import { type Cloud, startCloud } from "./cloud.ts";
import { Signer } from "./jwt.ts";

const EMAIL = "puller@shop-1.iam.gserviceaccount.com";
const READ_ONLY = "https://www.googleapis.com/auth/devstorage.read_only";
const ENDPOINT = "https://oauth2.googleapis.com/token";
const IMAGE = "europe-docker.pkg.dev/p/r/i";

let cloud: Cloud;
before(async () => {
  cloud = await startCloud();
  cloud.googleKey(EMAIL);
});
after(() => cloud.stop());

const KEY = new Signer(`key-of-${EMAIL}`);
const seconds = Math.floor(Date.now() / 1000);
const claims = { iss: EMAIL, scope: READ_ONLY, aud: ENDPOINT, iat: seconds, exp: seconds + 3600 };

function exchangeAssertion(changes: object = {}, signer = KEY): Promise<Got> {
  const body = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    assertion: signer.sign({ ...claims, ...changes }),
  });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return send(cloud, ENDPOINT, { method: "POST", headers, body: body.toString() });
}

test("exchanges a JWT signed with a key for a token that the registry accepts", async () => {
  const token = readTextField((await exchangeAssertion()).body, "access_token");
  assert.ok((await cloud.login(IMAGE, "oauth2accesstoken", token)).ok);
});

for (const [what, changes, error] of [
  ["for another endpoint", { aud: "https://evil.example/token" }, "invalid_grant"],
  ["of an account without keys", { iss: "other@shop-1.iam.gserviceaccount.com" }, "invalid_grant"],
  ["that lives too long", { exp: seconds + 7200 }, "invalid_grant"],
  ["of yesterday", { iat: seconds - 86_400, exp: seconds - 82_800 }, "invalid_grant"],
  ["of tomorrow", { iat: seconds + 86_400, exp: seconds + 90_000 }, "invalid_grant"],
  ["without a scope", { scope: undefined }, "invalid_scope"],
] as const)
  test(`refuses an assertion ${what}`, async () => {
    const { status, body } = await exchangeAssertion(changes);
    assert.deepEqual([status, readTextField(body, "error")], [400, error]);
  });

test("refuses an assertion of a revoked key", async () => {
  const { status, body } = await exchangeAssertion({}, new Signer(`key-of-${EMAIL}-revoked`));
  assert.deepEqual([status, readTextField(body, "error")], [400, "invalid_grant"]);
});

test("accepts a self-signed JWT with scopes as a token, for at most an hour", async () => {
  const self = { iss: EMAIL, sub: EMAIL, scope: READ_ONLY, iat: seconds, exp: seconds + 3600 };
  const isAccepted = async (changes: object, signer = KEY) =>
    (await cloud.login(IMAGE, "oauth2accesstoken", signer.sign({ ...self, ...changes }))).ok;
  assert.equal(await isAccepted({}), true);
  assert.equal(await isAccepted({}, new Signer("forger-1")), false);
  assert.equal(await isAccepted({ exp: seconds + 7200 }), false);
  assert.equal(await isAccepted({ iat: seconds - 7200, exp: seconds - 3600 }), false);
  assert.equal(await isAccepted({ scope: "https://www.googleapis.com/auth/logging.write" }), false);
});
