import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRegistryRegion } from "../../src/clouds/aws/configured-region.ts";
import { createEndpointResolver, readEndpointSettings } from "../../src/clouds/aws/endpoints.ts";
import { createAwsNode } from "../../src/clouds/aws/node-context.ts";
import { STANDARD_ENDPOINT } from "../../src/clouds/aws/partitions.ts";
import { resolveAwsCredentials } from "../../src/clouds/aws/resolve-credentials.ts";
import { Secret } from "../../src/core/secret.ts";
import type { Environment } from "../../src/core/world.ts";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import type { AwsCredentialSource, AwsIdentity } from "../../src/identities/aws.ts";
import type { GetSubjectToken } from "../../src/identities/subject-token.ts";
import { createLoginContext } from "../support/login-context.ts";
import { type Answer, type Exchange, failure, inWorld, json, NOW, text } from "../support/world.ts";

const ROLE = "arn:aws:iam::111122223333:role/pull";
const CN_ROLE = "arn:aws-cn:iam::111122223333:role/pull";
const GOV_ROLE = "arn:aws-us-gov:iam::111122223333:role/pull";
const NEXT = "arn:aws:iam::444455556666:role/images";
const LAST = "arn:aws:iam::777788889999:role/last";
const SERVICE_ACCOUNT = "ServiceAccount shop/default";
const ISO = new Date(NOW + 3_600_000).toISOString();
const TOKEN = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";

const { pod } = createLoginContext("public.ecr.aws/x", { subject: "system:serviceaccount:shop:default" });
assert.ok(pod);
const SUBJECT = { kind: "request", pod } as const;
const byToken: AwsCredentialSource = {
  kind: "web-identity",
  role: { arn: ROLE, sessionName: "shop.default" },
  subject: SUBJECT,
};
const byAgent: AwsCredentialSource = { kind: "pod-identity", pod: { ...pod, token: new Secret(TOKEN) } };
const byNode: AwsCredentialSource = { kind: "node" };

const tokens: GetSubjectToken = async () => ({
  token: new Secret(TOKEN),
  expiresAt: NOW,
  identityLabel: SERVICE_ACCOUNT,
});

const createEndpoints = ({ endpoints }: AwsIdentity, registryRegion: string, env: Environment) => ({
  registryRegion: parseRegistryRegion(registryRegion),
  resolveEndpoint: createEndpointResolver(STANDARD_ENDPOINT, endpoints, readEndpointSettings(env)),
});

const access = (credentialSource: AwsCredentialSource, rest: Partial<AwsIdentity> = {}): AwsIdentity => ({
  pod: undefined,
  credentialSource,
  chain: [],
  region: undefined,
  endpoints: {},
  ...rest,
});

function createResponse(action: string, id: string): Answer {
  const keys = `<Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>session</SessionToken><Expiration>${ISO}</Expiration></Credentials>`;
  const body = `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${keys}</${action}Result></${action}Response>`;
  return { status: 200, headers: { "content-type": "text/xml" }, body };
}

const refused = (code: string, status = 400): Answer => ({
  status,
  headers: { "content-type": "text/xml" },
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>x</Message></Error></ErrorResponse>`,
});

const EAST = "https://sts.us-east-1.amazonaws.com";
const web = (origin = EAST, answer = createResponse("AssumeRoleWithWebIdentity", "WEBKEY")): Exchange => ({
  ask: `POST ${origin}/`,
  headers: { authorization: undefined },
  body: /Action=AssumeRoleWithWebIdentity&.*RoleSessionName=shop\.default/,
  answer,
});
const assume = (key: string, body: RegExp, origin = EAST): Exchange => ({
  ask: `POST ${origin}/`,
  body: new RegExp(`Action=AssumeRole&.*${body.source}`),
  answer: createResponse("AssumeRole", key),
});

const AGENT = "http://169.254.170.23/v1/credentials";
const AGENT6 = "http://[fd00:ec2::23]/v1/credentials";
const agent = (ask = `GET ${AGENT}`, after = 1): Exchange => ({
  ask,
  headers: { authorization: TOKEN },
  answer: json({ AccessKeyId: "AGENTKEY", SecretAccessKey: "s", Token: "t", Expiration: ISO }),
  after,
});

interface Found {
  readonly what: string;
  readonly access: AwsIdentity;
  readonly region?: string;
  readonly env?: Environment;
  readonly files?: Readonly<Record<string, string>>;
  readonly exchanges?: readonly Exchange[];
  readonly key: string;
  readonly source: string;
}

const CHAIN = [
  { arn: NEXT, sessionName: "shop.default", externalId: "shop-1" },
  { arn: LAST, sessionName: "shop.default" },
];
const KEYS: Environment = { AWS_ACCESS_KEY_ID: "ENVKEY", AWS_SECRET_ACCESS_KEY: "s" };
const profile = (name: string, key: string): string =>
  `[${name}]\naws_access_key_id = ${key}\naws_secret_access_key = s\n`;

const FOUND: readonly Found[] = [
  {
    what: "a pod's token is exchanged for the role, with a session name from the pod",
    access: access(byToken),
    exchanges: [web()],
    key: "WEBKEY",
    source: `${SERVICE_ACCOUNT} as role ${ROLE}`,
  },
  {
    what: "each role of a chain is assumed with the previous one, its external id and the pod's session name",
    access: access(byToken, { chain: CHAIN }),
    exchanges: [
      web(),
      {
        ...assume(
          "NEXTKEY",
          /RoleArn=arn%3Aaws%3Aiam%3A%3A444455556666%3Arole%2Fimages&RoleSessionName=shop\.default&ExternalId=shop-1/,
        ),
      },
      assume("LASTKEY", /role%2Flast&RoleSessionName=shop\.default$/),
    ],
    key: "LASTKEY",
    source: `${SERVICE_ACCOUNT} as role ${ROLE} as role ${NEXT} as role ${LAST}`,
  },
  {
    what: "the node's own credentials assume a role",
    access: access(byNode, { chain: [{ arn: NEXT, sessionName: undefined, externalId: "x-1" }] }),
    env: KEYS,
    exchanges: [assume("NEXTKEY", /RoleSessionName=registry-credential-provider&ExternalId=x-1/)],
    key: "NEXTKEY",
    source: `environment keys as role ${NEXT}`,
  },
  {
    what: "STS is requested in the registry's region and partition",
    access: access({ ...byToken, role: { ...byToken.role, arn: CN_ROLE } }),
    region: "cn-north-1",
    exchanges: [web("https://sts.cn-north-1.amazonaws.com.cn")],
    key: "WEBKEY",
    source: `${SERVICE_ACCOUNT} as role ${CN_ROLE}`,
  },
  {
    what: "a token is exchanged at STS in the registry's region, whatever the node's environment says",
    access: access(byToken, { chain: CHAIN.slice(1) }),
    env: { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "evil.example/" },
    exchanges: [web(), assume("LASTKEY", /role%2Flast/)],
    key: "LASTKEY",
    source: `${SERVICE_ACCOUNT} as role ${ROLE} as role ${LAST}`,
  },
  {
    what: "a rule's subject token is exchanged at STS in the registry's region, in another partition too",
    access: access({
      ...byToken,
      role: { ...byToken.role, arn: GOV_ROLE },
      subject: { kind: "google", audience: "sts.amazonaws.com" },
    }),
    region: "us-gov-west-1",
    env: { AWS_REGION: "eu-west-1" },
    exchanges: [web("https://sts.us-gov-west-1.amazonaws.com")],
    key: "WEBKEY",
    source: `${SERVICE_ACCOUNT} as role ${GOV_ROLE}`,
  },
  {
    what: "a role chain that starts with EKS Pod Identity uses STS in the registry's region",
    access: access(byAgent, { chain: CHAIN.slice(1) }),
    env: { AWS_REGION: "eu-west-1" },
    exchanges: [agent(), assume("LASTKEY", /role%2Flast/)],
    key: "LASTKEY",
    source: `${SERVICE_ACCOUNT} by EKS Pod Identity as role ${LAST}`,
  },
  {
    what: "the node's own credentials use STS in the environment's region",
    access: access(byNode, { chain: [{ arn: NEXT, sessionName: undefined }] }),
    env: { ...KEYS, AWS_REGION: "eu-west-1" },
    exchanges: [assume("NEXTKEY", /role%2Fimages/, "https://sts.eu-west-1.amazonaws.com")],
    key: "NEXTKEY",
    source: `environment keys as role ${NEXT}`,
  },
  {
    what: "the rule's region takes precedence over the environment's",
    access: access(byToken, { region: "eu-central-1" }),
    env: { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "eu-west-2" },
    exchanges: [web("https://sts.eu-central-1.amazonaws.com")],
    key: "WEBKEY",
    source: `${SERVICE_ACCOUNT} as role ${ROLE}`,
  },
  {
    what: "the rule's endpoint takes precedence over the environment's, for every role",
    access: access(byToken, {
      endpoints: { sts: "https://vpce-1.sts.us-east-1.vpce.amazonaws.com" },
      chain: CHAIN.slice(1),
    }),
    env: { AWS_ENDPOINT_URL_STS: "https://other.example", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" },
    exchanges: [
      web("https://vpce-1.sts.us-east-1.vpce.amazonaws.com"),
      assume("LASTKEY", /role%2Flast/, "https://vpce-1.sts.us-east-1.vpce.amazonaws.com"),
    ],
    key: "LASTKEY",
    source: `${SERVICE_ACCOUNT} as role ${ROLE} as role ${LAST}`,
  },
  {
    what: "the rule's region and endpoint apply to the node's own web identity too",
    access: access(byNode, { region: "eu-central-1", endpoints: { sts: "https://sts.internal.example" } }),
    env: {
      AWS_WEB_IDENTITY_TOKEN_FILE: "/t",
      AWS_ROLE_ARN: ROLE,
      AWS_ROLE_SESSION_NAME: "shop.default",
      AWS_REGION: "eu-west-1",
    },
    files: { "/t": TOKEN },
    exchanges: [web("https://sts.internal.example")],
    key: "WEBKEY",
    source: `role ${ROLE}`,
  },
  {
    what: "the rule's profile replaces the environment's profile and keys",
    access: access({ kind: "node", profile: "ruled" }),
    env: { ...KEYS, AWS_PROFILE: "other", AWS_SHARED_CREDENTIALS_FILE: "/access-1" },
    files: { "/access-1": profile("ruled", "RULEDKEY") + profile("other", "OTHERKEY") },
    key: "RULEDKEY",
    source: "profile ruled",
  },
  {
    what: "the rule's file replaces the environment's",
    access: access({ kind: "node", profile: "ruled", configFile: "/access-2" }),
    env: { AWS_CONFIG_FILE: "/access-3" },
    files: {
      "/access-2": profile("profile ruled", "RULEDKEY"),
      "/access-3": profile("profile ruled", "OTHERKEY"),
    },
    key: "RULEDKEY",
    source: "profile ruled",
  },
  {
    what: "the rule's file is not merged with the same profile of the node's credentials file",
    access: access({ kind: "node", profile: "default", configFile: "/access-8" }),
    env: { HOME: "/access-home" },
    files: {
      "/access-8": profile("default", "FROMRULE"),
      "/access-home/.aws/credentials": profile("default", "FROMHOME"),
    },
    key: "FROMRULE",
    source: "profile default",
  },
  {
    what: "the rule's file is not merged with the credentials file that the environment names",
    access: access({ kind: "node", configFile: "/access-9" }),
    env: { HOME: "/access-home", AWS_SHARED_CREDENTIALS_FILE: "/access-10" },
    files: {
      "/access-9": profile("default", "FROMRULE"),
      "/access-10": profile("default", "FROMENV"),
    },
    key: "FROMRULE",
    source: "profile default",
  },
  {
    what: "a rule's file without a profile selects its default profile",
    access: access({ kind: "node", configFile: "/access-4" }),
    env: KEYS,
    files: { "/access-4": profile("default", "DEFAULTKEY") },
    key: "DEFAULTKEY",
    source: "profile default",
  },
  {
    what: "the EKS Pod Identity agent receives the pod's token unchanged",
    access: access(byAgent),
    exchanges: [agent()],
    key: "AGENTKEY",
    source: `${SERVICE_ACCOUNT} by EKS Pod Identity`,
  },
  {
    what: "the agent is requested at its IPv6 address if the IPv4 address does not respond",
    access: access(byAgent),
    exchanges: [
      { ...agent(), answer: { fails: "connect-timeout" }, after: 1000, times: Infinity },
      agent(`GET ${AGENT6}`),
    ],
    key: "AGENTKEY",
    source: `${SERVICE_ACCOUNT} by EKS Pod Identity`,
  },
  {
    what: "the agent is requested at the address that the environment states",
    access: access(byAgent),
    env: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:8080/v1/credentials",
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "the node's own",
    },
    exchanges: [agent("GET http://127.0.0.1:8080/v1/credentials")],
    key: "AGENTKEY",
    source: `${SERVICE_ACCOUNT} by EKS Pod Identity`,
  },
  {
    what: "a role in another account is assumed from the pod's association",
    access: access(byAgent, { chain: CHAIN.slice(1) }),
    exchanges: [agent(), assume("LASTKEY", /role%2Flast&RoleSessionName=shop\.default/)],
    key: "LASTKEY",
    source: `${SERVICE_ACCOUNT} by EKS Pod Identity as role ${LAST}`,
  },
];

for (const { what, access, region = "us-east-1", key, source, ...world } of FOUND)
  test(`resolves AWS credentials: ${what}`, () =>
    inWorld(world, async (here) => {
      const found = await resolveAwsCredentials(
        access,
        createEndpoints(access, region, here.env),
        tokens,
        createAwsNode(here),
      );
      assert.deepEqual([found.accessKeyId, found.source], [key, source]);
    }));

interface Failed extends Omit<Found, "key" | "source"> {
  readonly code: ErrorCode;
  readonly identity?: string;
  readonly detail?: RegExp;
  readonly hint: RegExp;
}

const POD_ROLE = `${SERVICE_ACCOUNT} as role ${ROLE}`;
const agentResponds = (status: number, body: string): readonly Exchange[] => [
  { ...agent(), answer: text(body, status) },
];

const FAILED: readonly Failed[] = [
  {
    what: "a trust policy that does not allow the token, with the claims that it must allow",
    access: access(byToken),
    exchanges: [web(EAST, refused("AccessDenied", 403))],
    code: "aws-sts-refused",
    identity: POD_ROLE,
    hint: /trust policy.*aud "sts\.amazonaws\.com" and sub "system:serviceaccount:shop:default"/,
  },
  {
    what: "an account without an OIDC provider for the issuer",
    access: access(byToken),
    exchanges: [web(EAST, refused("InvalidIdentityToken"))],
    code: "aws-sts-token-rejected",
    identity: POD_ROLE,
    hint: /^create an IAM OIDC provider for the cluster's issuer .*"sts\.amazonaws\.com"/,
  },
  {
    what: "a token that has expired by STS's clock",
    access: access(byToken),
    exchanges: [web(EAST, refused("ExpiredTokenException"))],
    code: "aws-sts-token-rejected",
    identity: POD_ROLE,
    hint: /clock/,
  },
  {
    what: "an issuer that STS cannot reach",
    access: access(byToken),
    exchanges: [{ ...web(EAST, refused("IDPCommunicationError")), times: Infinity }],
    code: "aws-sts-token-rejected",
    identity: POD_ROLE,
    hint: /openid-configuration/,
  },
  {
    what: "a token of a Google node, with Google's names of the claims",
    access: access({ ...byToken, subject: { kind: "google", audience: "sts.amazonaws.com" } }),
    exchanges: [web(EAST, refused("AccessDenied", 403))],
    code: "aws-sts-refused",
    identity: POD_ROLE,
    hint: /accounts\.google\.com, whose oaud is the token's audience "sts\.amazonaws\.com"/,
  },
  {
    what: "a token of an Azure node, with the claims of its tokens",
    access: access({ ...byToken, subject: { kind: "azure", audience: "api://pull" } }),
    exchanges: [web(EAST, refused("InvalidIdentityToken"))],
    code: "aws-sts-token-rejected",
    identity: POD_ROLE,
    hint: /sts\.windows\.net\/TENANT\/.*"api:\/\/pull"/,
  },
  {
    what: "a token from a file, with the hint of the error code",
    access: access({
      ...byToken,
      subject: { kind: "file", path: "/t", setting: "subjectToken", audiences: ["sts.amazonaws.com"] },
    }),
    exchanges: [web(EAST, refused("AccessDenied", 403))],
    code: "aws-sts-refused",
    identity: POD_ROLE,
    hint: /trust policy allows this identity/,
  },
  {
    what: "the second role of a chain, with the identity that assumes it",
    access: access(byToken, { chain: CHAIN }),
    exchanges: [web(), { ...assume("", /./), answer: refused("AccessDenied", 403) }],
    code: "aws-sts-refused",
    identity: `${POD_ROLE} as role ${NEXT}`,
    hint: /external ID/,
  },
  {
    what: "a response without credentials",
    access: access(byToken),
    exchanges: [web(EAST, { status: 200, headers: { "content-type": "text/xml" }, body: "<a></a>" })],
    code: "response-malformed",
    identity: POD_ROLE,
    hint: /which service/,
  },
  {
    what: "a missing profile of a rule, and no other source is tried",
    access: access({ kind: "node", profile: "nowhere" }),
    env: { ...KEYS, AWS_SHARED_CREDENTIALS_FILE: "/access-5" },
    files: { "/access-5": profile("default", "OTHERKEY") },
    code: "aws-profile-missing",
    detail: /^aws.profile of the rule names nowhere$/,
    hint: /configFile of the rule/,
  },
  {
    what: "a rule's profile without any file",
    access: access({ kind: "node", profile: "nowhere" }),
    env: KEYS,
    code: "aws-profile-missing",
    hint: /AWS_CONFIG_FILE/,
  },
  {
    what: "a missing file of a rule",
    access: access({ kind: "node", configFile: "/access-6" }),
    env: { ...KEYS, AWS_SHARED_CREDENTIALS_FILE: "/access-7" },
    files: { "/access-7": profile("default", "OTHERKEY") },
    code: "referenced-file-missing",
    detail: /^aws\.configFile: \/access-6: it does not exist$/,
    hint: /correct its path/,
  },
  {
    what: "a profile that is missing in the rule's file, although the node's own file contains it",
    access: access({ kind: "node", profile: "pull", configFile: "/access-11" }),
    env: { HOME: "/access-home-2" },
    files: {
      "/access-11": profile("default", "FROMRULE"),
      "/access-home-2/.aws/credentials": profile("pull", "FROMHOME"),
    },
    code: "aws-profile-missing",
    detail: /^aws.profile of the rule names pull$/,
    hint: /configFile of the rule/,
  },
  {
    what: "a ServiceAccount without a Pod Identity association",
    access: access(byAgent),
    exchanges: agentResponds(404, "[id-1]: (ResourceNotFoundException): none, fault: client\n"),
    code: "aws-container-refused",
    identity: `${SERVICE_ACCOUNT} by EKS Pod Identity`,
    hint: /^create a Pod Identity association in the cluster for ServiceAccount shop\/default/,
  },
  {
    what: "a token that EKS rejects",
    access: access(byAgent),
    exchanges: agentResponds(400, "[id-1]: (InvalidTokenException): no, fault: client\n"),
    code: "aws-container-refused",
    identity: `${SERVICE_ACCOUNT} by EKS Pod Identity`,
    hint: /pods\.eks\.amazonaws\.com/,
  },
  {
    what: "a node without permission to request EKS",
    access: access(byAgent),
    exchanges: agentResponds(400, "[id-1]: (AccessDeniedException): no, fault: client\n"),
    code: "aws-container-refused",
    identity: `${SERVICE_ACCOUNT} by EKS Pod Identity`,
    hint: /eks-auth:AssumeRoleForPodIdentity/,
  },
  {
    what: "a node without an agent",
    access: access(byAgent),
    exchanges: [
      { ...agent(), answer: { fails: "connection-refused" }, times: Infinity },
      { ...agent(`GET ${AGENT6}`), answer: { fails: "network-unreachable" }, times: Infinity },
    ],
    code: "metadata-refused",
    identity: `${SERVICE_ACCOUNT} by EKS Pod Identity`,
    hint: /eks-pod-identity-agent/,
  },
  {
    what: "an agent address outside the node, which is not requested",
    access: access(byAgent),
    env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://attacker.example/v1/credentials" },
    code: "aws-container-endpoint-invalid",
    hint: /169\.254\.170\.23/,
  },
];

for (const { what, access, region = "us-east-1", code, identity, detail, hint, ...world } of FAILED)
  test(`fails without trying another source: ${what}`, () =>
    inWorld(world, async (here) => {
      const error = await failure(
        resolveAwsCredentials(access, createEndpoints(access, region, here.env), tokens, createAwsNode(here)),
      );
      assert.deepEqual([error.code, error.facts.identity], [code, identity]);
      assert.match(error.hint, hint);
      if (detail !== undefined) assert.match(error.facts.detail ?? "", detail);
      assert.ok(!`${error.message}${error.hint}`.includes(TOKEN), error.message);
    }));

test("assumed credentials have an expiry", () =>
  inWorld({ exchanges: [web()] }, async (here) => {
    const { expiresAt } = await resolveAwsCredentials(
      access(byToken),
      createEndpoints(access(byToken), "us-east-1", here.env),
      tokens,
      createAwsNode(here),
    );
    assert.equal(expiresAt, NOW + 3_600_000);
  }));

test("opens no other shared file if a rule names one", () => {
  const files = { "/access-12": profile("default", "FROMRULE") };
  const env = { HOME: "/root", AWS_CONFIG_FILE: "/other", AWS_SHARED_CREDENTIALS_FILE: "/another" };
  return inWorld({ env, files }, async (here) => {
    const ruled = access({ kind: "node", configFile: "/access-12" });
    await resolveAwsCredentials(
      ruled,
      createEndpoints(ruled, "us-east-1", here.env),
      tokens,
      createAwsNode(here),
    );
    assert.deepEqual(here.filesRead, ["/access-12"]);
  });
});
