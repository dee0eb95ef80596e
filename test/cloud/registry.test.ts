import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { send } from "./client.ts";
import { type Cloud, startCloud } from "./cloud.ts";
import { findGoogleUniverse, isRegistry } from "./registry.ts";

let cloud: Cloud;
before(async () => {
  cloud = await startCloud();
});
after(() => cloud.stop());

for (const [host, challenge] of [
  [
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    'Basic realm="https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com"',
  ],
  ["public.ecr.aws", 'Bearer realm="https://public.ecr.aws/token/",service="public.ecr.aws",scope="aws"'],
  ["us-docker.pkg.dev", 'Bearer realm="https://us-docker.pkg.dev/v2/token",service="us-docker.pkg.dev"'],
  ["shop.azurecr.io", 'Bearer realm="https://shop.azurecr.io/oauth2/token",service="shop.azurecr.io"'],
] as const) {
  test(`${host} answers with the challenge of its family and refuses invented credentials`, async () => {
    const { status, headers } = await send(cloud, `https://${host}/v2/`);
    assert.deepEqual([status, headers["www-authenticate"]], [401, challenge]);
    const login = await cloud.login(`${host}/x`, "AWS", "invented");
    assert.deepEqual([login.ok, login.status], [false, 401]);
  });
}

test("recognises the hosts of every family", () => {
  const genuine = [
    "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
    "123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn",
    "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov",
    "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu",
    "ecr-public.aws.com",
    "marketplace.gcr.io",
    "docker.us-central1.rep.pkg.dev",
    "u-france-east1-docker.s3nsregistry.fr",
    "shop-1a2b.chinaeast2.geo.azurecr.cn",
    "shop.azurecr.sovcloud-azure.fr",
  ];
  assert.deepEqual(
    genuine.filter((host) => !isRegistry(host)),
    [],
  );
  assert.equal(findGoogleUniverse("u-france-east1-docker.s3nsregistry.fr"), "s3nsapis.fr");
});

test("does not recognise similar hosts, and the proxy does not connect to them", async () => {
  const hostile = [
    "12345678901.dkr.ecr.eu-west-1.amazonaws.com",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com.cn",
    "123456789012.dkr.ecr.cn-north-1.amazonaws.com",
    "123456789012.dkr.ecr-fips.eu-west-1.amazonaws.com",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com.attacker.example",
    "evilgcr.io",
    "gcr.io.attacker.example",
    "docker.pkg.dev.attacker.example",
    "evilazurecr.io",
    "shop.eastus2.data.azurecr.io",
    "shop-a-b.azurecr.io",
    "shop.azurecr.me",
  ];
  assert.deepEqual(
    hostile.filter((host) => isRegistry(host)),
    [],
  );
  await assert.rejects(send(cloud, "https://evilazurecr.io/v2/"));
});
