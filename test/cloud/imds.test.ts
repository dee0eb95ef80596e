import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fromInstanceMetadata } from "@smithy/credential-provider-imds";
import { readTextField, send } from "./client.ts";
import { type Cloud, startCloud } from "./cloud.ts";

const TTL = "x-aws-ec2-metadata-token-ttl-seconds";
const TOKEN = "x-aws-ec2-metadata-token";
const ROLE = "/latest/meta-data/iam/security-credentials/";

let cloud: Cloud;
before(async () => {
  cloud = await startCloud({ aws: { region: "eu-central-1" } });
});
after(() => cloud.stop());

const at = (path: string): string => `http://${cloud.addresses.imds}${path}`;
const put = (headers: Record<string, string>) =>
  send(cloud, at("/latest/api/token"), { method: "PUT", headers });

test("serves the role and its keys with IMDSv2", async () => {
  const token = (await put({ [TTL]: "21600" })).body;
  const headers = { [TOKEN]: token };
  assert.equal((await send(cloud, at(ROLE), { headers })).body, "node-role");
  const keys = await send(cloud, at(`${ROLE}node-role`), { headers });
  assert.equal(readTextField(keys.body, "Code"), "Success");
  assert.match(readTextField(keys.body, "AccessKeyId"), /^ASIA[A-Z0-9]{16}$/);
  assert.ok(cloud.canaries.includes(readTextField(keys.body, "Token")) && cloud.canaries.includes(token));
  assert.equal(
    (await send(cloud, at("/latest/meta-data/placement/region"), { headers })).body,
    "eu-central-1",
  );
  const zone = await send(cloud, at("/latest/meta-data/placement/availability-zone"), { headers });
  assert.equal(zone.body, "eu-central-1a");
  assert.equal((await send(cloud, at(`${ROLE}other-role`), { headers })).status, 404);
});

test("issues a session token only for a PUT with a TTL from 1 to 21600 seconds that was not forwarded", async () => {
  for (const ttl of ["0", "21601", "-1", "1.5", "", "x"])
    assert.equal((await put({ [TTL]: ttl })).status, 400, ttl);
  assert.equal((await put({})).status, 400);
  assert.equal((await put({ [TTL]: "60", "x-forwarded-for": "192.0.2.1" })).status, 403);
  assert.equal((await send(cloud, at("/latest/api/token"), { headers: { [TTL]: "60" } })).status, 405);
});

test("answers 401 to IMDSv1, an invented token and an expired one, and records IMDSv1", async () => {
  assert.equal((await send(cloud, at(ROLE))).status, 401);
  assert.equal(cloud.requests.at(-1)?.step, "v1");
  assert.equal((await send(cloud, at(ROLE), { headers: { [TOKEN]: "invented" } })).status, 401);
  cloud.fault("imds/token", { kind: "expired" }, 1);
  const token = (await put({ [TTL]: "1" })).body;
  assert.equal((await send(cloud, at(ROLE), { headers: { [TOKEN]: token } })).status, 401);
});

test("answers 404 on an instance without a role", async () => {
  const bare = await startCloud({ aws: { nodeRole: null } });
  const token = await send(bare, `http://${bare.addresses.imds}/latest/api/token`, {
    method: "PUT",
    headers: { [TTL]: "60" },
  });
  const answer = await send(bare, `http://${bare.addresses.imds}${ROLE}`, {
    headers: { [TOKEN]: token.body },
  });
  await bare.stop();
  assert.equal(answer.status, 404);
});

test("serves the AWS SDK's own provider", async () => {
  process.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = cloud.env("aws")["AWS_EC2_METADATA_SERVICE_ENDPOINT"];
  const keys = await fromInstanceMetadata()();
  assert.match(keys.accessKeyId, /^ASIA/);
  assert.ok(keys.expiration && keys.expiration.getTime() > Date.now());
});
