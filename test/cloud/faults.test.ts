import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { type Got, readTextField, send } from "./client.ts";
import { type Cloud, type Fault, startCloud } from "./cloud.ts";
import type { FaultKind } from "./faults.ts";

let cloud: Cloud;
before(async () => {
  cloud = await startCloud();
});
beforeEach(() => cloud.clearFaults());
after(() => cloud.stop());

/** Tests one endpoint over plain HTTP and one over TLS: a single server serves all of them. */
const ENDPOINTS = {
  "gce/token": (patience?: number): Promise<Got> => {
    const url = `http://${cloud.addresses.gce}/computeMetadata/v1/instance/service-accounts/default/token`;
    return send(cloud, url, { headers: { "metadata-flavor": "Google" }, ...(patience && { patience }) });
  },
  "entra/openid": (patience?: number): Promise<Got> => {
    const tenant = "72f988bf-0000-4000-8000-000000000001";
    const url = `https://login.microsoftonline.com/${tenant}/v2.0/.well-known/openid-configuration`;
    return send(cloud, url, patience === undefined ? {} : { patience });
  },
};
type Where = keyof typeof ENDPOINTS;
const WHERES: readonly Where[] = ["gce/token", "entra/openid"];

async function sendUnderFault(fault: Fault, where: Where, patience?: number): Promise<Got> {
  cloud.fault(where, fault, 1);
  return ENDPOINTS[where](patience);
}

/** The error code of the request, or `ABORT_ERR` on a timeout. */
function describeOutcome(fault: Fault, where: Where, patience = 2000): Promise<string> {
  return sendUnderFault(fault, where, patience).then(
    ({ status }) => `status ${status}`,
    (error: NodeJS.ErrnoException) => error.code ?? error.name,
  );
}

for (const where of WHERES) {
  test(`${where}: answers a status in the vendor's format, or with the test's body`, async () => {
    const plain = await sendUnderFault({ kind: "status", status: 503 }, where);
    const own = await sendUnderFault(
      { kind: "status", status: 429, headers: { "retry-after": "7" }, body: "slow down" },
      where,
    );
    assert.equal(plain.status, 503);
    assert.ok(plain.body.length > 0);
    assert.deepEqual([own.status, own.headers["retry-after"], own.body], [429, "7", "slow down"]);
  });

  test(`${where}: does not finish under the faults hang, drip and endless body`, async () => {
    assert.equal(await describeOutcome({ kind: "hang" }, where, 150), "ABORT_ERR");
    assert.equal(await describeOutcome({ kind: "drip" }, where, 150), "ABORT_ERR");
    assert.equal(await describeOutcome({ kind: "endless" }, where, 100), "ABORT_ERR");
  });

  test(`${where}: finishes a slow and a large response`, async () => {
    const good = await ENDPOINTS[where]();
    const dripped = await sendUnderFault({ kind: "drip", every: 0 }, where);
    assert.equal(dripped.status, good.status);
    assert.equal((await sendUnderFault({ kind: "endless", bytes: 3_000_000 }, where)).body.length, 3_000_000);
  });

  test(`${where}: fails the request under the faults refuse, reset and truncate`, async () => {
    for (const kind of ["refuse", "reset", "truncated"] as const) {
      assert.doesNotMatch(await describeOutcome({ kind }, where), /^(status 200|ABORT_ERR)/, kind);
    }
  });

  test(`${where}: redirects to the attacker's host, which records the request`, async () => {
    for (const status of [301, 302, 303, 307, 308] as const) {
      const { status: got, headers } = await sendUnderFault({ kind: "redirect", status }, where);
      assert.equal(got, status);
      const followed = await send(cloud, String(headers["location"]), { method: "POST", body: "secret" });
      assert.equal(followed.status, 200);
      const { service, body } = cloud.requests.at(-1) ?? {};
      assert.deepEqual([service, body], ["attacker", "secret"]);
    }
  });

  test(`${where}: can answer with a portal's page, a broken, empty or changed body, or a wrong content type`, async () => {
    assert.match((await sendUnderFault({ kind: "html" }, where)).body, /<html>/);
    const { body } = await sendUnderFault({ kind: "broken-json" }, where);
    assert.throws(() => JSON.parse(body));
    assert.equal((await sendUnderFault({ kind: "empty" }, where)).body, "");
    assert.equal(
      (await sendUnderFault({ kind: "content-type", type: "x/y" }, where)).headers["content-type"],
      "x/y",
    );
    assert.equal((await sendUnderFault({ kind: "change", change: () => "[]" }, where)).body, "[]");
  });

  test(`${where}: can delay a response and shift its clock`, async () => {
    const start = Date.now();
    await sendUnderFault({ kind: "delay", ms: 120 }, where);
    assert.ok(Date.now() - start >= 115);
    const before = Date.now();
    const { headers } = await sendUnderFault({ kind: "skew", ms: 3_600_000 }, where);
    const skewed = Date.parse(String(headers["date"])) - 3_600_000;
    // The Date header has whole seconds.
    assert.ok(skewed > before - 1000 && skewed <= Date.now(), String(headers["date"]));
  });
}

test("puts a secret into broken JSON", async () => {
  const { body } = await sendUnderFault({ kind: "broken-json" }, "gce/token");
  assert.throws(() => JSON.parse(body));
  assert.ok(cloud.canaries.some((canary) => body.includes(canary)));
});

test("issues another identity's token under the fault swapped", async () => {
  const { body } = await sendUnderFault({ kind: "swapped" }, "gce/token");
  assert.ok(!(await cloud.login("gcr.io/p/i", "oauth2accesstoken", readTextField(body, "access_token"))).ok);
});

for (const [kind, code] of [
  ["untrusted-ca", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ["wrong-name", "ERR_TLS_CERT_ALTNAME_INVALID"],
  ["expired-certificate", "CERT_HAS_EXPIRED"],
] as const satisfies readonly (readonly [FaultKind, string])[]) {
  test(`fails the TLS handshake with ${kind}`, async () => {
    assert.equal(await describeOutcome({ kind }, "entra/openid"), code);
  });
}

test("answers 502 at the proxy for a refused TLS service, and resets a direct connection", async () => {
  assert.equal(await describeOutcome({ kind: "refuse" }, "entra/openid"), "ERR_PROXY_TUNNEL");
  cloud.fault("acr", { kind: "refuse" }, 1);
  await assert.rejects(cloud.login("shop.azurecr.io", "user", "password"), { code: "ECONNRESET" });
});

test("applies a fault as often and where it was configured, and records it", async () => {
  cloud.fault("gce/token", { kind: "status", status: 500 }, 2);
  cloud.fault("gce/email", { kind: "hang" });
  const answers = [
    await ENDPOINTS["gce/token"](),
    await ENDPOINTS["gce/token"](),
    await ENDPOINTS["gce/token"](),
  ];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [500, 500, 200],
  );
  assert.deepEqual(
    cloud.requests.slice(-3).map(({ faults }) => faults),
    [["status"], ["status"], []],
  );
});

test("can refuse connections at a metadata address", async () => {
  const host = cloud.env("google", { refused: true })["GCE_METADATA_HOST"];
  await assert.rejects(send(cloud, `http://${host}/`), { code: "ECONNREFUSED" });
});

test("ends hanging connections and deletes the certificate file when it stops", async () => {
  const short = await startCloud();
  short.fault("gce", { kind: "hang" });
  const hanging = send(short, `http://${short.addresses.gce}/`).catch(
    (error: NodeJS.ErrnoException) => error.code,
  );
  while (short.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await short.stop();
  assert.equal(await hanging, "ECONNRESET");
  await assert.rejects(
    import("node:fs/promises").then((fs) => fs.access(short.caFile)),
    { code: "ENOENT" },
  );
});
