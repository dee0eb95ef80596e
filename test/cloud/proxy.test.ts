import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { send } from "./client.ts";
import { type Cloud, startCloud } from "./cloud.ts";

const REGISTRY = "https://shop.azurecr.io/v2/";

let cloud: Cloud;
before(async () => {
  cloud = await startCloud();
});
after(() => cloud.stop());

/** Returns the status of a CONNECT. */
function connect(at: Cloud, target: string): Promise<number> {
  const [host = "", port = ""] = at.addresses.proxy.split(":");
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, method: "CONNECT", path: target });
    asked.on("connect", (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    asked.on("error", reject);
    asked.end();
  });
}

test("records each CONNECT and connects only to hosts of the cloud, on port 443", async () => {
  assert.equal(await connect(cloud, "shop.azurecr.io:443"), 200);
  assert.equal(await connect(cloud, "shop.azurecr.io:80"), 502);
  assert.equal(await connect(cloud, "unknown.example:443"), 502);
  assert.equal(await connect(cloud, "169.254.169.254:443"), 502);
  const asked = ["shop.azurecr.io:443", "shop.azurecr.io:80", "unknown.example:443", "169.254.169.254:443"];
  assert.deepEqual(cloud.connects.slice(-4), asked);
});

test("refuses and records a request in absolute form, such as one to a metadata address", async () => {
  const [host = "", port = ""] = cloud.addresses.proxy.split(":");
  const path = "http://169.254.169.254/latest/api/token";
  const status = await new Promise((resolve) =>
    request({ host, port, path }, (got) => resolve(got.statusCode)).end(),
  );
  assert.equal(status, 403);
  assert.equal(cloud.connects.at(-1), `PLAIN GET ${path}`);
});

test("requires the configured password, which the environment contains and the ledger records", async () => {
  const closed = await startCloud({ proxyLogin: "node:p@ss/word" });
  const without = await connect(closed, "shop.azurecr.io:443");
  const { status } = await send(closed, REGISTRY);
  await closed.stop();
  assert.deepEqual([without, status], [407, 401]);
  assert.ok(closed.canaries.includes("p@ss/word"));
});

for (const status of [403, 407, 502]) {
  test(`answers ${status} under a fault`, async () => {
    cloud.fault("proxy/connect", { kind: "status", status }, 1);
    assert.equal(await connect(cloud, "shop.azurecr.io:443"), status);
  });
}

test("hangs, resets and delays under faults", async () => {
  cloud.fault("proxy/connect", { kind: "hang" }, 1);
  const hung = await Promise.race([connect(cloud, "shop.azurecr.io:443"), later(150, "hung")]);
  cloud.fault("proxy/connect", { kind: "reset" }, 1);
  const reset = await connect(cloud, "shop.azurecr.io:443").catch(
    (error: NodeJS.ErrnoException) => error.code,
  );
  cloud.fault("proxy/connect", { kind: "delay", ms: 100 }, 1);
  const start = Date.now();
  assert.equal(await connect(cloud, "shop.azurecr.io:443"), 200);
  assert.deepEqual([hung, reset, Date.now() - start >= 95], ["hung", "ECONNRESET", true]);
});

const later = <T>(ms: number, value: T): Promise<T> =>
  new Promise((resolve) => setTimeout(() => resolve(value), ms));
