import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { send } from "./client.ts";
import { type Cloud, startCloud } from "./cloud.ts";

let cloud: Cloud;
before(async () => {
  cloud = await startCloud();
});
after(() => cloud.stop());

for (const [host, status] of [
  ["gcr.io", 401],
  ["GCR.io", 401],
  ["gcr.io:443", 401],
  ["gcr.io:80", 421],
  ["gcr.io:4430", 421],
  ["gcr.io.", 421],
  ["eu.gcr.io", 421],
  ["gcr.io@eu.gcr.io", 421],
  ["127.0.0.1", 421],
] as const) {
  test(`answers ${status} to a request to gcr.io with the Host header ${host}`, async () => {
    assert.equal((await send(cloud, "https://gcr.io/v2/", { headers: { host } })).status, status);
    const { sni, host: sent, status: recorded } = cloud.requests.at(-1) ?? {};
    assert.deepEqual([sni, sent, recorded], ["gcr.io", host, status]);
  });
}

test("does not count down a fault for a misdirected request", async () => {
  cloud.fault("registry/v2", { kind: "status", status: 500 }, 1);
  assert.equal((await send(cloud, "https://gcr.io/v2/", { headers: { host: "gcr.io:80" } })).status, 421);
  assert.equal((await send(cloud, "https://gcr.io/v2/")).status, 500);
});

test("serves metadata under any Host header, as the vendors do", async () => {
  const url = `http://${cloud.addresses.gce}/computeMetadata/v1/project/project-id`;
  const headers = { "metadata-flavor": "Google", host: "metadata.google.internal" };
  assert.equal((await send(cloud, url, { headers })).status, 200);
});
