import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { ECRPUBLICClient, GetAuthorizationTokenCommand as GetPublicToken } from "@aws-sdk/client-ecr-public";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { createAgent, readTextField, send } from "./client.ts";
import { type Cloud, type CloudOptions, startCloud } from "./cloud.ts";

let cloud: Cloud;
before(async () => {
  cloud = await startCloud();
});
after(() => cloud.stop());

const handler = (at: Cloud): NodeHttpHandler => new NodeHttpHandler({ httpsAgent: createAgent(at) });
const settings = (at: Cloud, region: string) => ({
  region,
  credentials: at.awsUserKey,
  requestHandler: handler(at),
  maxAttempts: 2,
});

async function ecrLogin(
  at: Cloud,
  region: string,
  more: { useFipsEndpoint?: boolean; useDualstackEndpoint?: boolean } = {},
) {
  const client = new ECRClient({ ...settings(at, region), ...more });
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  const login = authorizationData?.[0];
  return { login, password: decode(login?.authorizationToken) };
}

async function publicLogin(at: Cloud, region = "us-east-1") {
  const client = new ECRPUBLICClient(settings(at, region));
  const { authorizationData } = await client.send(new GetPublicToken({}));
  return decode(authorizationData?.authorizationToken);
}

const decode = (token: string | undefined): string =>
  Buffer.from(token ?? "", "base64")
    .toString()
    .slice("AWS:".length);

async function inCloud<T>(options: CloudOptions, action: (at: Cloud) => Promise<T>): Promise<T> {
  const at = await startCloud(options);
  try {
    return await action(at);
  } finally {
    await at.stop();
  }
}

test("issues the ECR SDK a login of twelve hours for every registry of the region and for no other", async () => {
  const { login, password } = await ecrLogin(cloud, "eu-west-1");
  const hours = ((login?.expiresAt?.getTime() ?? 0) - Date.now()) / 3_600_000;
  assert.ok(hours > 11.9 && hours <= 12);
  assert.equal(login?.proxyEndpoint, "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com");
  assert.ok(cloud.canaries.includes(password));
  const opens = async (host: string, user = "AWS") => (await cloud.login(host, user, password)).ok;
  assert.ok(await opens("999999999999.dkr.ecr.eu-west-1.amazonaws.com/any"));
  assert.ok(await opens("123456789012.dkr-ecr.eu-west-1.on.aws"));
  assert.ok(!(await opens("123456789012.dkr.ecr.eu-west-2.amazonaws.com")));
  assert.ok(!(await opens("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "aws")));
  assert.ok(!(await opens("public.ecr.aws")));
});

for (const [partition, region, host] of [
  ["aws-cn", "cn-north-1", "api.ecr.cn-north-1.amazonaws.com.cn"],
  ["aws-us-gov", "us-gov-west-1", "api.ecr.us-gov-west-1.amazonaws.com"],
  ["aws-iso", "us-iso-east-1", "api.ecr.us-iso-east-1.c2s.ic.gov"],
  ["aws-iso-b", "us-isob-east-1", "api.ecr.us-isob-east-1.sc2s.sgov.gov"],
  ["aws-iso-e", "eu-isoe-west-1", "api.ecr.eu-isoe-west-1.cloud.adc-e.uk"],
  ["aws-iso-f", "us-isof-south-1", "api.ecr.us-isof-south-1.csp.hci.ic.gov"],
  ["aws-eusc", "eusc-de-east-1", "api.ecr.eusc-de-east-1.amazonaws.eu"],
] as const) {
  test(`serves the ECR SDK in partition ${partition} at ${host}`, async () => {
    await inCloud({ aws: { partition } }, async (at) => {
      await ecrLogin(at, region);
      assert.deepEqual(at.connects, [`${host}:443`]);
    });
  });
}

test("serves the FIPS and dual-stack endpoints that exist", async () => {
  await inCloud({}, async (at) => {
    await ecrLogin(at, "us-east-1", { useFipsEndpoint: true });
    await ecrLogin(at, "us-east-1", { useDualstackEndpoint: true });
    await ecrLogin(at, "us-east-1", { useFipsEndpoint: true, useDualstackEndpoint: true });
    await assert.rejects(ecrLogin(at, "eu-west-1", { useFipsEndpoint: true }));
    const hosts = [
      "api.ecr-fips.us-east-1.amazonaws.com",
      "ecr.us-east-1.api.aws",
      "ecr-fips.us-east-1.api.aws",
    ];
    assert.deepEqual(
      at.connects.slice(0, 3),
      hosts.map((host) => `${host}:443`),
    );
  });
});

test("does not recognise a key of another partition", async () => {
  const wrong = inCloud({ aws: { partition: "aws-cn" } }, (at) => ecrLogin(at, "us-east-1"));
  await assert.rejects(wrong, { name: "UnrecognizedClientException" });
});

test("refuses a role without the permission, with ECR's spelling of the field Message", async () => {
  const options = { aws: { roles: { user: { permissions: ["ecr:BatchGetImage"] } } } };
  await assert.rejects(
    inCloud(options, (at) => ecrLogin(at, "us-east-1")),
    /not authorized to perform: ecr:GetAuthorizationToken/,
  );
});

test("refuses the first signature if its clock is an hour off, and the SDK corrects its clock with the Date header", async () => {
  for (const ms of [3_600_000, -3_600_000]) {
    await inCloud({}, async (at) => {
      at.fault("ecr/GetAuthorizationToken", { kind: "skew", ms });
      await ecrLogin(at, "us-east-1");
      assert.deepEqual(
        at.requests.map((request) => request.status),
        [400, 200],
      );
    });
  }
});

test("refuses another method, target or content type, and a request without a signature", async () => {
  const url = "https://api.ecr.us-east-1.amazonaws.com/";
  const target = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken";
  const right = { "x-amz-target": target, "content-type": "application/x-amz-json-1.1" };
  const type = async (headers: Record<string, string>, body = "{}") =>
    readTextField((await send(cloud, url, { method: "POST", headers, body })).body, "__type");
  assert.equal(await type({ ...right, "content-type": "application/json" }), "UnknownOperationException");
  assert.equal(
    await type({ ...right, "x-amz-target": "SpencerFrontendService.GetAuthorizationToken" }),
    "UnknownOperationException",
  );
  assert.equal(await type(right), "MissingAuthenticationTokenException");
  assert.equal(await type(right, "[]"), "SerializationException");
});

test("issues the ECR Public SDK a login for both public names and for no private registry", async () => {
  const password = await publicLogin(cloud);
  assert.ok((await cloud.login("public.ecr.aws/x/y", "AWS", password)).ok);
  assert.ok((await cloud.login("ecr-public.aws.com/x/y", "AWS", password)).ok);
  assert.ok(!(await cloud.login("123456789012.dkr.ecr.us-east-1.amazonaws.com", "AWS", password)).ok);
});

test("serves ECR Public only in us-east-1 and only for keys of the public partition", async () => {
  await assert.rejects(publicLogin(cloud, "us-west-2"), { name: "UnsupportedCommandException" });
  const foreign = inCloud({ aws: { partition: "aws-cn" } }, (at) => publicLogin(at));
  await assert.rejects(foreign, { name: "UnrecognizedClientException" });
});

for (const [held, missing] of [
  ["ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken"],
  ["sts:GetServiceBearerToken", "ecr-public:GetAuthorizationToken"],
] as const) {
  test(`requires the permission ${missing} for ECR Public in addition to ${held}`, async () => {
    const options = { aws: { roles: { user: { permissions: [held] } } } };
    await assert.rejects(
      inCloud(options, (at) => publicLogin(at)),
      { name: "AccessDeniedException" },
    );
  });
}
