import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { type Cloud, startCloud } from "./cloud.ts";

async function withCloud<T>(action: (cloud: Cloud) => T | Promise<T>): Promise<T> {
  const cloud = await startCloud({ canary: "canary-cloud-test" });
  try {
    return await action(cloud);
  } finally {
    await cloud.stop();
  }
}

test("sets the proxy, the authority, the platform, an empty home, no cache and only its own metadata address in each node's environment", () =>
  withCloud((cloud) => {
    const names = (of: Parameters<Cloud["env"]>[0]) => Object.keys(cloud.env(of)).sort();
    const common = ["HTTPS_PROXY", "NODE_EXTRA_CA_CERTS", "REGISTRY_CREDENTIAL_PROVIDER_CACHE"];
    const node = [...common, "REGISTRY_CREDENTIAL_PROVIDER_PLATFORM"];
    assert.deepEqual(names("aws"), ["AWS_EC2_METADATA_SERVICE_ENDPOINT", "HOME", ...node]);
    assert.deepEqual(names("google"), ["GCE_METADATA_HOST", "HOME", ...node]);
    assert.deepEqual(names("azure"), ["AZURE_POD_IDENTITY_AUTHORITY_HOST", "HOME", ...node]);
    assert.equal(cloud.env("azure-arc")["REGISTRY_CREDENTIAL_PROVIDER_PLATFORM"], "azure");
    assert.equal(names(undefined).length, 7);
    assert.ok(existsSync(cloud.caFile));
  }));

test("listens only on loopback addresses", () =>
  withCloud((cloud) => {
    assert.ok(Object.values(cloud.addresses).every((address) => address.startsWith("127.0.0.1:")));
  }));

test("creates the same secrets on every run, with the prefix of the options, and records them in base64 too", async () => {
  const secretOf = (cloud: Cloud) => cloud.awsUserKey.secretAccessKey;
  const [one, two] = [await withCloud(secretOf), await withCloud(secretOf)];
  assert.equal(one, two);
  assert.match(one, /^canary-cloud-test-/);
  const known = await withCloud(({ canaries }) => canaries);
  assert.ok(known.includes(one) && known.includes(Buffer.from(one).toString("base64")));
});

test("records a ServiceAccount token of the cluster as a secret, as a whole and by its signature", () =>
  withCloud((cloud) => {
    const token = cloud.serviceAccountToken({ audience: "sts.amazonaws.com" });
    assert.ok(cloud.canaries.includes(token));
    assert.ok(cloud.canaries.includes(token.split(".")[2] ?? ""));
  }));
