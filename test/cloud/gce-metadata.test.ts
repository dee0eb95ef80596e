import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Compute } from "google-auth-library";
import { readField, readTextField, send } from "./client.ts";
import { type Cloud, startCloud } from "./cloud.ts";

const FLAVOR = { "metadata-flavor": "Google" };
const ROOT = "/computeMetadata/v1/";
const ACCOUNT = `${ROOT}instance/service-accounts/`;

let cloud: Cloud;
before(async () => {
  cloud = await startCloud({ google: { tokenLife: 1234 } });
});
after(() => cloud.stop());

const get = (path: string, headers: Record<string, string> = FLAVOR, at = cloud) =>
  send(at, `http://${at.addresses.gce}${path}`, { headers });

test("issues a token that only Google's registries accept", async () => {
  const { body } = await get(`${ACCOUNT}default/token`);
  const token = readTextField(body, "access_token");
  assert.equal(readField(body, "expires_in"), 1234);
  assert.ok(cloud.canaries.includes(token));
  for (const host of ["gcr.io", "eu.gcr.io", "us-docker.pkg.dev", "docker.us-central1.rep.pkg.dev"]) {
    assert.ok((await cloud.login(`${host}/p/i`, "oauth2accesstoken", token)).ok, host);
  }
  assert.ok(!(await cloud.login("gcr.io/p/i", "AWS", token)).ok);
  assert.ok(!(await cloud.login("docker.pkg-berlin-build0.goog/p/i", "oauth2accesstoken", token)).ok);
});

test("answers 403 without Metadata-Flavor or to a forwarded request, and sends the flavor in every response", async () => {
  const answers = [
    await get(`${ACCOUNT}default/token`, {}),
    await get(`${ACCOUNT}default/token`, { ...FLAVOR, "x-forwarded-for": "192.0.2.1" }),
    await get(`${ACCOUNT}default/token`, { "metadata-flavor": "google" }),
  ];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [403, 403, 403],
  );
  assert.ok(answers.every(({ headers }) => headers["metadata-flavor"] === "Google"));
});

test("knows the default account by its email too, and answers 404 for others and without an account", async () => {
  const email = (await get(`${ACCOUNT}default/email`)).body;
  assert.equal(email, "node@shop-1.iam.gserviceaccount.com");
  assert.equal((await get(`${ACCOUNT}${encodeURIComponent(email)}/token`)).status, 200);
  assert.equal((await get(`${ACCOUNT}other@shop-1.iam.gserviceaccount.com/token`)).status, 404);
  const bare = await startCloud({ google: { serviceAccount: null } });
  const answer = await get(`${ACCOUNT}default/token`, FLAVOR, bare);
  await bare.stop();
  assert.equal(answer.status, 404);
});

test("The whole account comes in one JSON object for `recursive`, as a list otherwise", async () => {
  const whole = await get(`${ACCOUNT}default/?recursive=true`);
  assert.equal(readTextField(whole.body, "email"), "node@shop-1.iam.gserviceaccount.com");
  assert.match((await get(`${ACCOUNT}default/`)).body, /^token$/m);
  assert.equal((await get(`${ACCOUNT}other/?recursive=true`)).status, 404);
});

test("answers 404 for the public universe, names another one, and limits its tokens to it", async () => {
  assert.equal((await get(`${ROOT}universe/universe-domain`)).status, 404);
  const berlin = await startCloud({ google: { universe: "apis-berlin-build0.goog" } });
  const universe = await get(`${ROOT}universe/universe-domain`, FLAVOR, berlin);
  const token = readTextField((await get(`${ACCOUNT}default/token`, FLAVOR, berlin)).body, "access_token");
  const own = await berlin.login("docker.pkg-berlin-build0.goog/p/i", "oauth2accesstoken", token);
  const foreign = await berlin.login("gcr.io/p/i", "oauth2accesstoken", token);
  await berlin.stop();
  assert.deepEqual([universe.body, own.ok, foreign.ok], ["apis-berlin-build0.goog", true, false]);
});

test("issues tokens that registries refuse without a storage scope or after their expiry", async () => {
  const narrow = await startCloud({ google: { scopes: ["https://www.googleapis.com/auth/logging.write"] } });
  const token = readTextField((await get(`${ACCOUNT}default/token`, FLAVOR, narrow)).body, "access_token");
  const refused = await narrow.login("gcr.io/p/i", "oauth2accesstoken", token);
  await narrow.stop();
  assert.equal(refused.status, 401);
  cloud.fault("gce/token", { kind: "expired" }, 1);
  const { body } = await get(`${ACCOUNT}default/token`);
  assert.equal(readField(body, "expires_in"), 0);
  assert.ok(!(await cloud.login("gcr.io/p/i", "oauth2accesstoken", readTextField(body, "access_token"))).ok);
});

test("gives a token to Google's library", async () => {
  process.env["GCE_METADATA_HOST"] = cloud.env("google")["GCE_METADATA_HOST"];
  const { token } = await new Compute().getAccessToken();
  assert.ok((await cloud.login("gcr.io/p/i", "oauth2accesstoken", token ?? "")).ok);
});
