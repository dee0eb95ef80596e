import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { send } from "./client.ts";
import { type Cloud, startCloud } from "./cloud.ts";

const PLACE = "harbor.corp.example:8443";

let cloud: Cloud;
before(async () => {
  cloud = await startCloud({
    registries: {
      [PLACE]: { "robot$acme+puller": "Harb-pass:word", other: "Othr-password" },
      "ghcr.io": { user: "Ghcr-password" },
    },
  });
});
after(() => cloud.stop());

const LOGINS: readonly (readonly [
  name: string,
  image: string,
  user: string,
  pass: string,
  status: number,
])[] = [
  ["a user with the own password", PLACE, "robot$acme+puller", "Harb-pass:word", 200],
  ["another's password", PLACE, "robot$acme+puller", "Othr-password", 401],
  ["a password cut off", PLACE, "robot$acme+puller", "Harb-pass", 401],
  ["a password with a line feed", PLACE, "other", "Othr-password\n", 401],
  ["no password", PLACE, "other", "", 401],
  ["a user of another registry", PLACE, "user", "Ghcr-password", 401],
  ["a login at the usual port", "ghcr.io", "user", "Ghcr-password", 200],
  ["a login at a port that is not its own", "harbor.corp.example:9443", "other", "Othr-password", 421],
  ["a login without the port", "harbor.corp.example", "other", "Othr-password", 421],
];

for (const [name, host, user, password, status] of LOGINS) {
  test(`answers ${status} to ${name}`, async () => {
    const login = await cloud.login(`${host}/x`, user, password);
    assert.equal(login.status, status, login.detail);
  });
}

test("asks for Basic, and records its passwords as secrets in every encoding", async () => {
  const { status, headers } = await send(cloud, "https://ghcr.io/v2/");
  assert.deepEqual([status, headers["www-authenticate"]], [401, 'Basic realm="Registry Realm"']);
  for (const secret of ["Ghcr-password", Buffer.from("user:Ghcr-password").toString("base64")])
    assert.ok(cloud.canaries.includes(secret), secret);
});
