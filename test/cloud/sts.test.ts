import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  GetWebIdentityTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { fromInstanceMetadata } from "@smithy/credential-provider-imds";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { createAgent, send } from "./client.ts";
import { type Cloud, type CloudOptions, startCloud } from "./cloud.ts";
import { SUBJECT } from "./oidc.ts";

const ISSUER = "https://oidc.cluster.example";

let cloud: Cloud;
before(async () => {
  const trustedTokens = { issuer: ISSUER, subjects: [SUBJECT] };
  const roles = {
    pod: { permissions: ["*"], trustedTokens },
    partner: {
      permissions: ["*"],
      account: "999988887777",
      trustedRoles: ["user", "pod"],
      externalId: "shop",
    },
    closed: { permissions: ["*"] },
    elsewhere: { permissions: ["*"], account: "111122223333" },
    azure: {
      permissions: ["*"],
      account: "444455556666",
      trustedTokens: { ...trustedTokens, audiences: ["api://aws"] },
    },
  };
  cloud = await startCloud({ aws: { roles } });
});
after(() => cloud.stop());

function client(region = "eu-west-1", endpoint?: string): STSClient {
  const requestHandler = new NodeHttpHandler({ httpsAgent: createAgent(cloud) });
  const where = endpoint === undefined ? {} : { endpoint };
  return new STSClient({ region, requestHandler, credentials: cloud.awsUserKey, maxAttempts: 1, ...where });
}

function withToken(token: string, role = "pod") {
  const request = { RoleArn: cloud.roleArn(role), RoleSessionName: "test", WebIdentityToken: token };
  return client().send(new AssumeRoleWithWebIdentityCommand(request));
}

test("exchanges a ServiceAccount token for keys of a role that trusts it, without a signature", async () => {
  const { Credentials, AssumedRoleUser } = await withToken(
    cloud.serviceAccountToken({ audience: "sts.amazonaws.com" }),
  );
  assert.match(Credentials?.AccessKeyId ?? "", /^ASIA/);
  assert.equal(AssumedRoleUser?.Arn, "arn:aws:sts::123456789012:assumed-role/pod/test");
  assert.equal(cloud.requests.at(-1)?.headers["authorization"], undefined);
  assert.ok(cloud.canaries.includes(Credentials?.SecretAccessKey ?? ""));
});

for (const [why, token, error] of [
  ["for another audience", { audience: "api://AzureADTokenExchange" }, "InvalidIdentityTokenException"],
  [
    "of an unknown issuer",
    { audience: "sts.amazonaws.com", issuer: "https://elsewhere.example" },
    "InvalidIdentityTokenException",
  ],
  [
    "with a forged signature",
    { audience: "sts.amazonaws.com", forged: true },
    "InvalidIdentityTokenException",
  ],
  ["that has expired", { audience: "sts.amazonaws.com", life: -60 }, "ExpiredTokenException"],
  [
    "of another ServiceAccount",
    { audience: "sts.amazonaws.com", subject: "system:serviceaccount:shop:other" },
    "AccessDenied",
  ],
] as const) {
  test(`refuses a token ${why} with ${error}`, async () => {
    await assert.rejects(withToken(cloud.serviceAccountToken(token)), { name: error });
  });
}

test("answers AccessDenied both for a missing role and for one that trusts no token", async () => {
  const token = cloud.serviceAccountToken({ audience: "sts.amazonaws.com" });
  await assert.rejects(withToken(token, "closed"), { name: "AccessDenied" });
  await assert.rejects(withToken(token, "absent"), { name: "AccessDenied" });
});

test("refuses a token whose issuer has no provider in the account", async () => {
  const token = cloud.serviceAccountToken({ audience: "sts.amazonaws.com" });
  await assert.rejects(withToken(token, "elsewhere"), { name: "InvalidIdentityTokenException" });
});

test("accepts only the provider's client ids as audiences", async () => {
  const { Audience } = await withToken(cloud.serviceAccountToken({ audience: "api://aws" }), "azure");
  assert.equal(Audience, "api://aws");
  await assert.rejects(withToken(cloud.serviceAccountToken({ audience: "sts.amazonaws.com" }), "azure"), {
    name: "InvalidIdentityTokenException",
  });
});

test("records sessions under the names that CloudTrail shows", async () => {
  const token = cloud.serviceAccountToken({ audience: "sts.amazonaws.com" });
  await withToken(token);
  assert.equal(cloud.awsSessions.at(-1), "arn:aws:sts::123456789012:assumed-role/pod/test");
});

test("lets only trusted principals with the right external id assume a role", async () => {
  const assume = (role: string, ExternalId?: string) =>
    client().send(
      new AssumeRoleCommand({
        RoleArn: cloud.roleArn(role),
        RoleSessionName: "test",
        ...(ExternalId && { ExternalId }),
      }),
    );
  const { AssumedRoleUser } = await assume("partner", "shop");
  assert.equal(AssumedRoleUser?.Arn, "arn:aws:sts::999988887777:assumed-role/partner/test");
  await assert.rejects(assume("partner"), { name: "AccessDenied" });
  await assert.rejects(assume("partner", "other"), { name: "AccessDenied" });
  await assert.rejects(assume("closed"), { name: "AccessDenied" });
});

test("limits sessions to one hour with a role's keys, and not with a user's", async () => {
  const token = cloud.serviceAccountToken({ audience: "sts.amazonaws.com" });
  const { Credentials } = await withToken(token);
  const pod = {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
  const assume = (credentials: typeof pod | Cloud["awsUserKey"], DurationSeconds: number) => {
    const requestHandler = new NodeHttpHandler({ httpsAgent: createAgent(cloud) });
    const sts = new STSClient({ region: "eu-west-1", requestHandler, credentials, maxAttempts: 1 });
    const session = { RoleSessionName: "test", ExternalId: "shop", DurationSeconds };
    return sts.send(new AssumeRoleCommand({ RoleArn: cloud.roleArn("partner"), ...session }));
  };
  await assume(cloud.awsUserKey, 7200);
  await assume(pod, 3600);
  await assert.rejects(assume(pod, 3601), { name: "ValidationError", message: /role chaining/ });
});

test("knows only the roles of the endpoint's partition", async () => {
  const china = client("cn-north-1");
  const request = {
    RoleArn: cloud.roleArn("pod"),
    RoleSessionName: "test",
    WebIdentityToken: cloud.serviceAccountToken({ audience: "sts.amazonaws.com" }),
  };
  await assert.rejects(china.send(new AssumeRoleWithWebIdentityCommand(request)), {
    name: "ValidationError",
    message: "Request ARN is invalid",
  });
});

test("serves the FIPS, dual-stack and combined endpoints", async () => {
  for (const [useFipsEndpoint, useDualstackEndpoint, host] of [
    [true, false, "sts-fips.us-east-1.amazonaws.com"],
    [false, true, "sts.us-east-1.api.aws"],
    [true, true, "sts-fips.us-east-1.api.aws"],
  ] as const) {
    const requestHandler = new NodeHttpHandler({ httpsAgent: createAgent(cloud) });
    const where = { region: "us-east-1", useFipsEndpoint, useDualstackEndpoint };
    const sts = new STSClient({ ...where, requestHandler, credentials: cloud.awsUserKey, maxAttempts: 1 });
    await sts.send(new GetCallerIdentityCommand({}));
    assert.equal(cloud.requests.at(-1)?.sni, host);
  }
});

test("serves only FIPS endpoints that exist", async () => {
  for (const region of ["eu-west-1", "cn-north-1", "us-gov-west-1"]) {
    const requestHandler = new NodeHttpHandler({ httpsAgent: createAgent(cloud) });
    const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    const endpoint = `https://sts-fips.${region}.${suffix}`;
    const sts = new STSClient({
      region,
      endpoint,
      requestHandler,
      credentials: cloud.awsUserKey,
      maxAttempts: 1,
    });
    await assert.rejects(sts.send(new GetCallerIdentityCommand({})), endpoint);
  }
});

test("returns the caller of a signed request and refuses an unsigned one", async () => {
  const { Arn } = await client().send(new GetCallerIdentityCommand({}));
  assert.equal(Arn, "arn:aws:sts::123456789012:assumed-role/user/i-0123456789");
  const bare = await send(
    cloud,
    "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
  );
  assert.equal(bare.status, 403);
  assert.match(bare.body, /<Code>MissingAuthenticationToken<\/Code>/);
});

test("issues a web identity token at a regional endpoint and not at the global one", async () => {
  const command = new GetWebIdentityTokenCommand({
    Audience: ["api://AzureADTokenExchange"],
    SigningAlgorithm: "RS256",
  });
  const { WebIdentityToken, Expiration } = await client().send(command);
  assert.equal(WebIdentityToken?.split(".").length, 3);
  assert.ok(((Expiration?.getTime() ?? 0) - Date.now()) / 1000 <= 300);
  await assert.rejects(client("us-east-1", "https://sts.amazonaws.com").send(command), {
    name: "InvalidAction",
  });
});

const outbound = (DurationSeconds?: number) =>
  new GetWebIdentityTokenCommand({
    Audience: ["x"],
    SigningAlgorithm: "RS256",
    ...(DurationSeconds && { DurationSeconds }),
  });

async function outboundFails(options: CloudOptions, error: string, duration?: number): Promise<void> {
  const other = await startCloud(options);
  try {
    const imds = fromInstanceMetadata({ timeout: 5000 });
    process.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = `http://${other.addresses.imds}`;
    const requestHandler = new NodeHttpHandler({ httpsAgent: createAgent(other) });
    const node = new STSClient({ region: "eu-west-1", requestHandler, credentials: imds, maxAttempts: 1 });
    await assert.rejects(node.send(outbound(duration)), { name: error });
  } finally {
    delete process.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"];
    await other.stop();
  }
}

test("issues no web identity token if outbound federation is disabled in the account", () =>
  outboundFails({ aws: { outboundFederation: false } }, "OutboundWebIdentityFederationDisabledException"));

test("issues no web identity token that outlives the caller's session", () =>
  outboundFails({ aws: { keyLife: 600_000 } }, "SessionDurationEscalationException", 3600));

test("issues no web identity token with too many tags", () => {
  const tags = { team: "x".repeat(5000) };
  return outboundFails(
    { aws: { roles: { "node-role": { permissions: ["*"], tags } } } },
    "JWTPayloadSizeExceededException",
  );
});
