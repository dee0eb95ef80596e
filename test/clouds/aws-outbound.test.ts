import assert from "node:assert/strict";
import { test } from "node:test";
import { createSubjectTokenGetter } from "../../src/clouds/subject-tokens.ts";
import { HOUR } from "../../src/core/time.ts";
import type { Environment } from "../../src/core/world.ts";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import { readField, readTextField } from "../cloud/client.ts";
import { Iam } from "../cloud/iam.ts";
import { Ledger } from "../cloud/ledger.ts";
import { Oidc } from "../cloud/oidc.ts";
import { applyDefaults } from "../cloud/options.ts";
import { Sts } from "../cloud/sts.ts";
import {
  type Answer,
  type Exchange,
  failure,
  inWorld,
  json,
  NOW,
  text,
  type WorldOptions,
} from "../support/world.ts";

const KEYS: Environment = { AWS_ACCESS_KEY_ID: "ENVKEY", AWS_SECRET_ACCESS_KEY: "s3cret" };
const TOKEN = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";
const iso = (time: number): string => new Date(time).toISOString();
const keysUntil = (time: number): Environment => ({ ...KEYS, AWS_CREDENTIAL_EXPIRATION: iso(time) });

const respondWithToken = (token: string): Answer => ({
  status: 200,
  headers: { "content-type": "text/xml" },
  body: `<GetWebIdentityTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetWebIdentityTokenResult><WebIdentityToken>${token}</WebIdentityToken><Expiration>${iso(NOW + HOUR)}</Expiration></GetWebIdentityTokenResult></GetWebIdentityTokenResponse>`,
});
const sts = (
  region: string,
  body: RegExp,
  answer = respondWithToken(TOKEN),
  suffix = "amazonaws.com",
): Exchange => ({
  ask: `POST https://sts.${region}.${suffix}/`,
  body: new RegExp(`Action=GetWebIdentityToken&.*${body.source}`),
  answer,
});

const IMDS = "http://169.254.169.254";
const instance = (region: Answer): readonly Exchange[] => [
  { ask: `PUT ${IMDS}/latest/api/token`, answer: text("v2") },
  { ask: `GET ${IMDS}/latest/meta-data/placement/region`, answer: region },
];
const HERE: Environment = {
  REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "aws",
  AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: "IPv4",
};
const role = (expires: number): readonly Exchange[] => [
  { ask: `GET ${IMDS}/latest/meta-data/iam/security-credentials/`, answer: text("node-role") },
  {
    ask: `GET ${IMDS}/latest/meta-data/iam/security-credentials/node-role`,
    answer: json({ AccessKeyId: "ID", SecretAccessKey: "s", Token: "t", Expiration: iso(expires) }),
  },
];

/** Keys that expire in ten minutes. */
const SHORT = { AccessKeyId: "ID", SecretAccessKey: "s", Expiration: iso(NOW + 600_000) };

interface RequestedToken extends Pick<WorldOptions, "programs"> {
  readonly what: string;
  readonly env: Environment;
  readonly files?: Readonly<Record<string, string>>;
  readonly exchanges: readonly Exchange[];
}

const EAST = { AWS_REGION: "us-east-1" };
const REQUESTED: readonly RequestedToken[] = [
  {
    what: "for the audience, with RS256, for an hour",
    env: { ...KEYS, ...EAST },
    exchanges: [sts("us-east-1", /Audience\.member\.1=x&SigningAlgorithm=RS256&DurationSeconds=3600$/)],
  },
  {
    what: "in AWS_DEFAULT_REGION",
    env: { ...KEYS, AWS_DEFAULT_REGION: "eu-west-1" },
    exchanges: [sts("eu-west-1", /./)],
  },
  {
    what: "in the profile's region",
    env: { ...KEYS, AWS_CONFIG_FILE: "/outbound-1" },
    files: { "/outbound-1": "[default]\nregion = eu-west-2\n" },
    exchanges: [sts("eu-west-2", /./)],
  },
  {
    what: "in the instance's region, with its role",
    env: HERE,
    exchanges: [
      ...instance(text("cn-north-1")),
      ...role(NOW + 6 * HOUR),
      sts("cn-north-1", /DurationSeconds=3600/, respondWithToken(TOKEN), "amazonaws.com.cn"),
    ],
  },
  {
    what: "for slightly less than the time left of the session",
    env: { ...keysUntil(NOW + 1_000_000), ...EAST },
    exchanges: [sts("us-east-1", /DurationSeconds=995$/)],
  },
  {
    what: "for no longer than the credentials of the instance's role",
    env: { ...HERE, ...EAST },
    exchanges: [
      { ask: `PUT ${IMDS}/latest/api/token`, answer: text("v2") },
      ...role(NOW + 600_000),
      // 600 s minus the margin of 5 s and a few milliseconds of three exchanges, rounded down.
      sts("us-east-1", /DurationSeconds=594$/),
    ],
  },
  {
    what: "for no longer than the credentials of a container endpoint",
    env: { ...EAST, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/x" },
    exchanges: [
      { ask: "GET http://169.254.170.2/x", answer: json({ ...SHORT, Token: "t" }) },
      sts("us-east-1", /DurationSeconds=594$/),
    ],
  },
  {
    what: "for no longer than the credentials of a process",
    env: { ...EAST, AWS_CONFIG_FILE: "/outbound-2" },
    files: { "/outbound-2": "[default]\ncredential_process = /bin/keys\n" },
    programs: { "/bin/keys": { status: 0, stdout: JSON.stringify({ ...SHORT, Version: 1 }) } },
    exchanges: [sts("us-east-1", /DurationSeconds=595$/)],
  },
  {
    what: "for 60 s if less is left, so that STS rejects it",
    env: { ...keysUntil(NOW + 10_000), ...EAST },
    exchanges: [sts("us-east-1", /DurationSeconds=60$/)],
  },
  {
    what: "at the operator's endpoint",
    env: { ...KEYS, ...EAST, AWS_ENDPOINT_URL_STS: "https://sts.internal.example" },
    exchanges: [{ ...sts("us-east-1", /./), ask: "POST https://sts.internal.example/" }],
  },
];

for (const { what, ...world } of REQUESTED)
  test(`requests a web identity token ${what}`, () =>
    inWorld(world, async (here) => {
      const found = await createSubjectTokenGetter(here)({ kind: "aws", audience: "x" });
      assert.deepEqual([found.token.expose(), found.expiresAt], [TOKEN, NOW + HOUR]);
    }));

test("reads the node's shared files once for its region and its credentials", () => {
  const env = { AWS_CONFIG_FILE: "/outbound-3", AWS_SHARED_CREDENTIALS_FILE: "/outbound-4" };
  const files = {
    "/outbound-3": "[default]\nregion = eu-west-2\n",
    "/outbound-4": "[default]\naws_access_key_id = ID\naws_secret_access_key = s\n",
  };
  return inWorld({ env, files, exchanges: [sts("eu-west-2", /./)] }, async (here) => {
    await createSubjectTokenGetter(here)({ kind: "aws", audience: "x" });
    assert.deepEqual(here.filesRead, ["/outbound-3", "/outbound-4"]);
  });
});

const refused = (code: string, status = 403): Answer => ({
  status,
  headers: { "content-type": "text/xml" },
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>x</Message></Error></ErrorResponse>`,
});

interface Failed extends RequestedToken {
  readonly code: ErrorCode;
  readonly hint: RegExp;
  readonly identity?: string;
}

const REFUSED: readonly (readonly [code: string, status: number, ours: ErrorCode, hint: RegExp])[] = [
  ["OutboundWebIdentityFederationDisabledException", 403, "aws-federation-disabled", /EnableOutbound/],
  ["SessionDurationEscalationException", 403, "aws-federation-session-too-short", /60 s/],
  ["JWTPayloadSizeExceededException", 400, "aws-federation-token-too-large", /tags/],
  ["AccessDenied", 403, "aws-federation-refused", /sts:GetWebIdentityToken/],
  ["InvalidClientTokenId", 403, "aws-credentials-rejected", /access key/],
];

const FAILED: readonly Failed[] = [
  ...REFUSED.map(([name, status, code, hint]) => ({
    what: `STS responds with ${name}`,
    env: { ...KEYS, ...EAST },
    exchanges: [sts("us-east-1", /./, refused(name, status))],
    code,
    hint,
  })),
  {
    what: "the response contains no token",
    env: { ...KEYS, ...EAST },
    exchanges: [sts("us-east-1", /./, respondWithToken(""))],
    code: "response-malformed",
    identity: "environment keys",
    hint: /which service/,
  },
  {
    what: "the token in the response has two lines",
    env: { ...KEYS, ...EAST },
    exchanges: [sts("us-east-1", /./, respondWithToken("a\nb: c"))],
    code: "response-malformed",
    hint: /which service/,
  },
  {
    what: "the configured region does not exist",
    env: { ...KEYS, AWS_REGION: "evil.example/" },
    exchanges: [],
    code: "environment-invalid",
    hint: /docs\/reference\/environment\.md/,
  },
  {
    what: "the instance's region does not exist",
    env: HERE,
    exchanges: instance(text("evil.example/")),
    code: "metadata-wrong-service",
    hint: /AWS_REGION/,
  },
  {
    what: "no region is configured, and the node is in another cloud",
    env: { ...KEYS, REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "none" },
    exchanges: [],
    code: "platform-without-metadata",
    hint: /^set AWS_REGION in the provider's env; /,
  },
  {
    what: "no region is configured, and the instance metadata is disabled",
    env: { ...KEYS, AWS_EC2_METADATA_DISABLED: "true" },
    exchanges: [],
    code: "aws-metadata-disabled",
    hint: /^set AWS_REGION in the provider's env; /,
  },
  {
    what: "only a region is configured on a node in another cloud",
    env: { ...EAST, REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "azure" },
    exchanges: [],
    code: "platform-mismatch",
    hint: /^give it AWS credentials in the provider's env/,
  },
  {
    what: "the expiry of the keys is not a time",
    env: { ...KEYS, ...EAST, AWS_CREDENTIAL_EXPIRATION: "tomorrow" },
    exchanges: [],
    code: "environment-invalid",
    hint: /docs\/reference\/environment\.md/,
  },
];

for (const kind of ["aws", "aws-signed"] as const)
  for (const { what, code, hint, identity, ...world } of FAILED.filter(
    ({ exchanges }) => kind === "aws" || !exchanges.some(({ ask }) => ask.startsWith("POST")),
  ))
    test(`a subject token of ${kind} fails: ${what}`, () =>
      inWorld(world, async (here) => {
        const error = await failure(createSubjectTokenGetter(here)({ kind, audience: "x" }));
        assert.equal(error.code, code, error.message);
        assert.match(error.hint, hint);
        if (identity !== undefined) assert.equal(error.facts.identity, identity);
        assert.ok(!/s3cret/.test(error.message));
      }));

const RESOURCE = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k";

interface SignedRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

function parseSignedRequest(token: string): SignedRequest {
  const json = decodeURIComponent(token);
  const list = readField(json, "headers");
  const pairs = (Array.isArray(list) ? list : []).map((_, at) => [
    readTextField(json, "headers", at, "key"),
    readTextField(json, "headers", at, "value"),
  ]);
  return {
    url: new URL(readTextField(json, "url")),
    method: readTextField(json, "method"),
    headers: Object.fromEntries(pairs),
  };
}

/** Header names in lower case, as a server receives them. */
const lowerCaseNames = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** A cloud with accounts in a partition, and the region of its nodes. */
const PARTITIONS = [
  ["aws", "us-east-1", "amazonaws.com"],
  ["aws-us-gov", "us-gov-west-1", "amazonaws.com"],
  ["aws-cn", "cn-north-1", "amazonaws.com.cn"],
  ["aws-eusc", "eusc-de-east-1", "amazonaws.eu"],
  ["aws-iso", "us-iso-east-1", "c2s.ic.gov"],
  ["aws-iso-b", "us-isob-east-1", "sc2s.sgov.gov"],
  ["aws-iso-e", "eu-isoe-west-1", "cloud.adc-e.uk"],
  ["aws-iso-f", "us-isof-south-1", "csp.hci.ic.gov"],
] as const;

for (const [partition, region, suffix] of PARTITIONS)
  test(`STS of ${partition} returns the node's identity for a signed request`, () => {
    const ledger = new Ledger("canary");
    const iam = new Iam({ ...applyDefaults({}).aws, partition }, ledger);
    const sts = new Sts(iam, new Oidc("https://oidc.cluster.example", ledger), ledger);
    const { accessKeyId, secretAccessKey } = iam.userKey;
    const env = {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: region,
    };
    return inWorld({ env }, async (here) => {
      const found = await createSubjectTokenGetter(here)({ kind: "aws-signed", audience: RESOURCE });
      const { url, method, headers } = parseSignedRequest(found.token.expose());
      assert.deepEqual([url.host, method, found.expiresAt], [`sts.${region}.${suffix}`, "POST", undefined]);
      const { hostname: host, pathname: path, searchParams: query } = url;
      const asked = {
        host,
        method,
        path,
        query,
        headers: lowerCaseNames(headers),
        body: "",
        now: NOW,
        tokenFault: undefined,
      };
      const answer = sts.answer(asked);
      assert.equal(answer.status, 200, answer.body);
      assert.match(
        answer.body,
        new RegExp(`<Arn>arn:${partition}:sts::123456789012:assumed-role/user/i-0123456789</Arn>`),
      );
    });
  });

test("a signed request states its identity provider, and the signature covers it", () =>
  inWorld({ env: { ...KEYS, ...EAST } }, async (here) => {
    const found = await createSubjectTokenGetter(here)({ kind: "aws-signed", audience: RESOURCE });
    const { headers } = parseSignedRequest(found.token.expose());
    assert.equal(headers["x-goog-cloud-target-resource"], RESOURCE);
    assert.match(
      headers["Authorization"] ?? "",
      /SignedHeaders=host;x-amz-date;x-goog-cloud-target-resource,/,
    );
  }));

test("a signed request contains the session token and only the headers that Google documents", () => {
  const env = { ...KEYS, ...EAST, AWS_SESSION_TOKEN: "session" };
  return inWorld({ env }, async (here) => {
    const found = await createSubjectTokenGetter(here)({ kind: "aws-signed", audience: RESOURCE });
    assert.deepEqual(Object.keys(parseSignedRequest(found.token.expose()).headers).sort(), [
      "Authorization",
      "host",
      "x-amz-date",
      "x-amz-security-token",
      "x-goog-cloud-target-resource",
    ]);
    assert.ok(!found.token.expose().includes("s3cret"));
  });
});

test("a signed request is for STS's standard endpoint, whatever endpoint the node uses", () => {
  const env = { ...KEYS, ...EAST, AWS_ENDPOINT_URL_STS: "https://sts.internal.example" };
  return inWorld({ env }, async (here) => {
    const found = await createSubjectTokenGetter(here)({ kind: "aws-signed", audience: RESOURCE });
    assert.equal(
      parseSignedRequest(found.token.expose()).url.href,
      "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
    );
  });
});
