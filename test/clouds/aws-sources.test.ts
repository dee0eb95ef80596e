import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRegistryRegion } from "../../src/clouds/aws/configured-region.ts";
import { resolveNodeCredentials } from "../../src/clouds/aws/credential-chain.ts";
import { createEndpointResolver, readEndpointSettings } from "../../src/clouds/aws/endpoints.ts";
import { createAwsNode } from "../../src/clouds/aws/node-context.ts";
import { STANDARD_ENDPOINT } from "../../src/clouds/aws/partitions.ts";
import type { Environment } from "../../src/core/world.ts";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
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

const resolverFor = (env: Environment) =>
  createEndpointResolver(STANDARD_ENDPOINT, {}, readEndpointSettings(env));
const ROLE = "arn:aws:iam::123456789012:role/puller";
const STS = "https://sts.us-east-1.amazonaws.com/";
const IMDS = "http://169.254.169.254";
const HERE: Environment = {
  REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "aws",
  AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: "IPv4",
};
const ISO = new Date(NOW + 3_600_000).toISOString();
const createCredentials = (id: string): object => ({
  AccessKeyId: id,
  SecretAccessKey: "secret",
  Token: "session",
  Expiration: ISO,
});

const imds = (id = "IMDSKEY", origin = IMDS): readonly Exchange[] => [
  {
    ask: `PUT ${origin}/latest/api/token`,
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": "60" },
    answer: text("v2token"),
  },
  {
    ask: `GET ${origin}/latest/meta-data/iam/security-credentials/`,
    headers: { "x-aws-ec2-metadata-token": "v2token" },
    answer: text("node-role"),
  },
  {
    ask: `GET ${origin}/latest/meta-data/iam/security-credentials/node-role`,
    headers: { "x-aws-ec2-metadata-token": "v2token" },
    answer: json(createCredentials(id)),
  },
];

/** STS's response to `action`. */
function assumed(action: string, id: string): Answer {
  const keys = `<Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>session</SessionToken><Expiration>${ISO}</Expiration></Credentials>`;
  const body = `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${keys}</${action}Result></${action}Response>`;
  return { status: 200, headers: { "content-type": "text/xml" }, body };
}

const assume = (body: RegExp, id = "ROLEKEY"): Exchange => ({
  ask: `POST ${STS}`,
  body: new RegExp(`Action=AssumeRole&.*${body.source}`),
  answer: assumed("AssumeRole", id),
});

const web = (body: RegExp): Exchange => ({
  ask: `POST ${STS}`,
  headers: { authorization: undefined },
  body: new RegExp(`Action=AssumeRoleWithWebIdentity&.*${body.source}`),
  answer: assumed("AssumeRoleWithWebIdentity", "WEBKEY"),
});

let files = 0;
/** A path of its own for each test. */
function configured(config: string, credentials = ""): Pick<WorldOptions, "env" | "files"> {
  files += 1;
  const env = { AWS_CONFIG_FILE: `/config-${files}`, AWS_SHARED_CREDENTIALS_FILE: `/credentials-${files}` };
  return { env, files: { [env.AWS_CONFIG_FILE]: config, [env.AWS_SHARED_CREDENTIALS_FILE]: credentials } };
}

const KEYS = "aws_access_key_id = FILEKEY\naws_secret_access_key = secret\n";
const PROCESS = {
  status: 0,
  stdout: JSON.stringify({ Version: 1, AccessKeyId: "PROCESSKEY", SecretAccessKey: "secret" }),
};

interface Found {
  readonly what: string;
  readonly world: WorldOptions;
  readonly env?: Environment;
  readonly key: string;
  readonly source: string;
}

const FOUND: readonly Found[] = [
  {
    what: "environment keys take precedence over all other sources",
    world: {
      env: {
        ...HERE,
        AWS_ACCESS_KEY_ID: "ENVKEY",
        AWS_SECRET_ACCESS_KEY: "s",
        AWS_WEB_IDENTITY_TOKEN_FILE: "/t",
        AWS_ROLE_ARN: ROLE,
        AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/x",
        AWS_PROFILE: "p",
      },
    },
    key: "ENVKEY",
    source: "environment keys",
  },
  {
    what: "a web identity takes precedence over the container endpoint",
    world: {
      env: {
        ...HERE,
        AWS_WEB_IDENTITY_TOKEN_FILE: "/t",
        AWS_ROLE_ARN: ROLE,
        AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/x",
      },
      files: { "/t": "a.b.c\n" },
      exchanges: [web(/WebIdentityToken=a\.b\.c$/)],
    },
    key: "WEBKEY",
    source: `role ${ROLE}`,
  },
  {
    what: "the session name is the operator's",
    world: {
      env: { AWS_WEB_IDENTITY_TOKEN_FILE: "/t", AWS_ROLE_ARN: ROLE, AWS_ROLE_SESSION_NAME: "node-7" },
      files: { "/t": "a.b.c" },
      exchanges: [web(/RoleSessionName=node-7/)],
    },
    key: "WEBKEY",
    source: `role ${ROLE}`,
  },
  {
    what: "the container endpoint takes precedence over the shared profile",
    world: {
      env: { ...HERE, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/credentials/1", AWS_PROFILE: "p" },
      exchanges: [
        {
          ask: "GET http://169.254.170.2/v2/credentials/1",
          headers: { authorization: undefined },
          answer: json(createCredentials("CONTAINERKEY")),
        },
      ],
    },
    key: "CONTAINERKEY",
    source: "container endpoint",
  },
  {
    what: "the container endpoint receives its token, preferably from a file",
    world: {
      env: {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials",
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/t",
        AWS_CONTAINER_AUTHORIZATION_TOKEN: "other",
      },
      files: { "/t": "podtoken\n" },
      exchanges: [
        {
          ask: "GET http://169.254.170.23/v1/credentials",
          headers: { authorization: "podtoken" },
          answer: json(createCredentials("CONTAINERKEY")),
        },
      ],
    },
    key: "CONTAINERKEY",
    source: "container endpoint",
  },
  {
    what: "the shared profile takes precedence over the instance's role",
    world: { ...configured(`[default]\n${KEYS}`) },
    env: HERE,
    key: "FILEKEY",
    source: "profile default",
  },
  {
    what: "the instance's role is used if the profile has no credentials",
    world: { ...configured("[default]\nregion = eu-west-1\n"), exchanges: imds() },
    env: HERE,
    key: "IMDSKEY",
    source: "instance role node-role",
  },
  {
    what: "the instance's role is used if nothing is configured",
    world: { exchanges: imds() },
    env: HERE,
    key: "IMDSKEY",
    source: "instance role node-role",
  },
  {
    what: "the instance's role is used if HOME contains no shared files",
    world: { exchanges: imds() },
    env: { ...HERE, HOME: "/home/none" },
    key: "IMDSKEY",
    source: "instance role node-role",
  },
  {
    what: "metadata at a configured address is requested on every platform",
    world: { exchanges: imds("IMDSKEY", "http://127.0.0.1:8080") },
    env: {
      REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "none",
      AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://127.0.0.1:8080",
    },
    key: "IMDSKEY",
    source: "instance role node-role",
  },

  {
    what: "a profile's static keys are used",
    world: configured(`[profile p]\n${KEYS}aws_session_token = t\n`),
    env: { AWS_PROFILE: "p" },
    key: "FILEKEY",
    source: "profile p",
  },
  {
    what: "the credentials file takes precedence over the config file",
    world: configured("[profile p]\naws_access_key_id = A\naws_secret_access_key = a\n", `[p]\n${KEYS}`),
    env: { AWS_PROFILE: "p" },
    key: "FILEKEY",
    source: "profile p",
  },
  {
    what: "a credential_process is run without a shell",
    world: {
      ...configured(`[default]\ncredential_process = "/opt/my keys" --for 'a b' c\\ d $HOME;rm\n`),
      programs: { "/opt/my keys --for a b c d $HOME;rm": PROCESS },
    },
    key: "PROCESSKEY",
    source: "profile default",
  },
  {
    what: "a role is assumed with the keys of its source_profile",
    world: {
      ...configured(
        `[profile p]\nrole_arn = ${ROLE}\nsource_profile = base\nexternal_id = x1\nrole_session_name = s1\n[profile base]\n${KEYS}`,
      ),
      exchanges: [assume(/ExternalId=x1/)],
    },
    env: { AWS_PROFILE: "p" },
    key: "ROLEKEY",
    source: `role ${ROLE}`,
  },
  {
    what: "a profile may be its own source_profile",
    world: {
      ...configured(`[default]\nrole_arn = ${ROLE}\nsource_profile = default\n${KEYS}`),
      exchanges: [assume(/RoleSessionName=registry-credential-provider/)],
    },
    key: "ROLEKEY",
    source: `role ${ROLE}`,
  },
  {
    what: "a chain of roles is resolved from its end",
    world: {
      ...configured(
        `[default]\nrole_arn = ${ROLE}\nsource_profile = b\n[profile b]\nrole_arn = ${ROLE}-b\nsource_profile = c\n[profile c]\n${KEYS}`,
      ),
      exchanges: [assume(/RoleArn=[^&]*puller-b&/, "BKEY"), assume(/RoleArn=[^&]*puller&/)],
    },
    key: "ROLEKEY",
    source: `role ${ROLE}`,
  },
  {
    what: "a role is assumed with the instance's credentials",
    world: {
      ...configured(`[default]\nrole_arn = ${ROLE}\ncredential_source = Ec2InstanceMetadata\n`),
      exchanges: [...imds(), assume(/RoleArn/)],
    },
    env: HERE,
    key: "ROLEKEY",
    source: `role ${ROLE}`,
  },
  {
    what: "a role is assumed with the token of its web_identity_token_file",
    world: {
      ...configured(`[default]\nrole_arn = ${ROLE}\nweb_identity_token_file = /t\n`),
      exchanges: [web(/WebIdentityToken=a\.b\.c$/)],
    },
    key: "WEBKEY",
    source: `role ${ROLE}`,
  },
];

for (const { what, world, env = {}, key, source } of FOUND)
  test(`resolves the node's credentials: ${what}`, () =>
    inWorld(
      { ...world, env: { ...world.env, ...env }, files: { "/t": "a.b.c", ...world.files } },
      async (here) => {
        const found = await resolveNodeCredentials(
          { fallbackRegion: parseRegistryRegion("us-east-1"), resolveEndpoint: resolverFor(here.env) },
          createAwsNode(here),
        );
        assert.deepEqual([found.accessKeyId, found.source], [key, source]);
      },
    ));

interface Failed {
  readonly what: string;
  readonly world?: WorldOptions;
  readonly env?: Environment;
  readonly code: ErrorCode;
  /** The text about the sources. */
  readonly identity: string;
  readonly detail?: RegExp;
}

const WEB_IDENTITY_FAILED = "environment keys: not set; web identity file: failed";
const CONTAINER_FAILED = "environment keys, web identity file: not set; container endpoint: failed";
const PROFILE_FAILED =
  "environment keys, web identity file, container endpoint: not set; shared profile: failed";
const INSTANCE_FAILED =
  "environment keys, web identity file, container endpoint, shared profile: not set; instance role: failed";
const INSTANCE_NOT_REQUESTED = INSTANCE_FAILED.replace("failed", "not requested");
const PROFILE = { AWS_PROFILE: "p" };
const container = (url: string): Environment => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url });

const FAILED: readonly Failed[] = [
  {
    what: "a key id without its secret",
    env: { AWS_ACCESS_KEY_ID: "X" },
    code: "aws-environment-keys-incomplete",
    identity: "environment keys: failed",
  },
  {
    what: "a secret without its key id",
    env: { AWS_SECRET_ACCESS_KEY: "X" },
    code: "aws-environment-keys-incomplete",
    identity: "environment keys: failed",
  },
  {
    what: "a key with a line end",
    env: { AWS_ACCESS_KEY_ID: "X", AWS_SECRET_ACCESS_KEY: "s3cret\n" },
    code: "environment-invalid",
    identity: "environment keys: failed",
    detail: /^AWS_SECRET_ACCESS_KEY is not one line/,
  },
  {
    what: "a web identity without a role",
    env: { AWS_WEB_IDENTITY_TOKEN_FILE: "/t" },
    code: "aws-web-identity-file-invalid",
    identity: WEB_IDENTITY_FAILED,
    detail: /AWS_ROLE_ARN/,
  },
  {
    what: "a missing web identity file",
    env: { AWS_WEB_IDENTITY_TOKEN_FILE: "/none", AWS_ROLE_ARN: ROLE },
    code: "aws-web-identity-file-invalid",
    identity: WEB_IDENTITY_FAILED,
    detail: /^AWS_WEB_IDENTITY_TOKEN_FILE: \/none does not exist$/,
  },
  {
    what: "an empty web identity file",
    env: { AWS_WEB_IDENTITY_TOKEN_FILE: "/t", AWS_ROLE_ARN: ROLE },
    world: { files: { "/t": " \n" } },
    code: "aws-web-identity-file-invalid",
    identity: WEB_IDENTITY_FAILED,
    detail: /\/t is empty/,
  },
  {
    what: "a region that does not exist",
    env: { AWS_WEB_IDENTITY_TOKEN_FILE: "/t", AWS_ROLE_ARN: ROLE, AWS_REGION: "evil.example/" },
    world: { files: { "/t": "a" } },
    code: "environment-invalid",
    identity: WEB_IDENTITY_FAILED,
    detail: /AWS_REGION/,
  },
  {
    what: "a refusal of STS",
    env: { AWS_WEB_IDENTITY_TOKEN_FILE: "/t", AWS_ROLE_ARN: ROLE },
    world: {
      files: { "/t": "a" },
      exchanges: [
        {
          ask: `POST ${STS}`,
          answer: {
            status: 403,
            body: "<ErrorResponse><Error><Code>AccessDenied</Code><Message>x</Message></Error></ErrorResponse>",
          },
        },
      ],
    },
    code: "aws-sts-refused",
    identity: `${WEB_IDENTITY_FAILED} (role ${ROLE})`,
  },
  ...[
    "http://attacker.example/",
    "http://10.0.0.1/",
    "http://169.254.169.254/",
    "http://169.254.170.2.evil.example/",
    "http://localhost.evil.example/",
    "ftp://127.0.0.1/",
    "nonsense",
    "file:///etc/shadow",
  ].map(
    (url): Failed => ({
      what: `a container endpoint at ${url}`,
      env: container(url),
      code: "aws-container-endpoint-invalid",
      identity: CONTAINER_FAILED,
    }),
  ),
  {
    what: "a container token of two lines",
    env: { ...container("http://127.0.0.1/"), AWS_CONTAINER_AUTHORIZATION_TOKEN: "a\nb: c" },
    code: "aws-container-endpoint-invalid",
    identity: CONTAINER_FAILED,
  },
  {
    what: "a missing file of the container token",
    env: { ...container("http://127.0.0.1/"), AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/none" },
    code: "aws-container-endpoint-invalid",
    identity: CONTAINER_FAILED,
  },
  {
    what: "a container endpoint that refuses",
    env: container("http://127.0.0.1/x"),
    world: { exchanges: [{ ask: "GET http://127.0.0.1/x", answer: json({ code: "AuthError" }, 403) }] },
    code: "aws-container-refused",
    identity: CONTAINER_FAILED,
  },
  {
    what: "a missing profile",
    world: configured("[profile q]\n"),
    env: PROFILE,
    code: "aws-profile-missing",
    identity: PROFILE_FAILED,
    detail: /^AWS_PROFILE names p$/,
  },
  { what: "a profile without files", env: PROFILE, code: "aws-profile-missing", identity: PROFILE_FAILED },
  {
    what: "a profile's key without its secret",
    world: configured("[profile p]\naws_access_key_id = X\n"),
    env: PROFILE,
    code: "aws-profile-unusable",
    identity: PROFILE_FAILED,
  },
  {
    what: "a profile without credentials",
    world: configured("[profile p]\nregion = eu-west-1\n"),
    env: PROFILE,
    code: "aws-profile-unusable",
    identity: PROFILE_FAILED,
  },
  {
    what: "an SSO session of a person",
    world: configured("[profile p]\nsso_session = s\nsso_account_id = 1\n"),
    env: PROFILE,
    code: "aws-profile-unusable",
    identity: PROFILE_FAILED,
    detail: /sso_session requires an interactive login/,
  },
  {
    what: "a sign-in session of a person",
    world: configured("[profile p]\nlogin_session = s\n"),
    env: PROFILE,
    code: "aws-profile-unusable",
    identity: PROFILE_FAILED,
    detail: /login_session requires an interactive login/,
  },
  {
    what: "a role without a source",
    world: configured(`[profile p]\nrole_arn = ${ROLE}\n`),
    env: PROFILE,
    code: "aws-profile-unusable",
    identity: PROFILE_FAILED,
  },
  {
    what: "an unknown credential_source",
    world: configured(`[profile p]\nrole_arn = ${ROLE}\ncredential_source = Magic\n`),
    env: PROFILE,
    code: "aws-profile-unusable",
    identity: PROFILE_FAILED,
  },
  {
    what: "credential_source Environment without keys in the environment",
    world: configured(`[profile p]\nrole_arn = ${ROLE}\ncredential_source = Environment\n`),
    env: PROFILE,
    code: "aws-profile-unusable",
    identity: PROFILE_FAILED,
    detail: /contains no keys/,
  },
  {
    what: "credential_source EcsContainer without its address",
    world: configured(`[profile p]\nrole_arn = ${ROLE}\ncredential_source = EcsContainer\n`),
    env: PROFILE,
    code: "aws-container-endpoint-invalid",
    identity: PROFILE_FAILED,
  },
  {
    what: "a missing source_profile",
    world: configured(`[profile p]\nrole_arn = ${ROLE}\nsource_profile = q\n`),
    env: PROFILE,
    code: "aws-profile-missing",
    identity: PROFILE_FAILED,
    detail: /^source_profile of profile p names q$/,
  },
  {
    what: "source_profiles that form a cycle",
    world: configured(
      `[profile p]\nrole_arn = ${ROLE}\nsource_profile = q\n[profile q]\nrole_arn = ${ROLE}\nsource_profile = p\n`,
    ),
    env: PROFILE,
    code: "aws-profile-unusable",
    identity: PROFILE_FAILED,
    detail: /does not end/,
  },
  {
    what: "a profile called __proto__",
    world: configured(""),
    env: { AWS_PROFILE: "__proto__" },
    code: "aws-profile-missing",
    identity: PROFILE_FAILED,
  },
  {
    what: "a profile called constructor",
    world: configured(""),
    env: { AWS_PROFILE: "constructor" },
    code: "aws-profile-missing",
    identity: PROFILE_FAILED,
  },
  ...(
    [
      ["that fails", { status: 3, stdout: "canary" }, /exited with 3/],
      ["that cannot be run", { problem: "is not executable" }, /of profile p: \/keys is not executable/],
      ["that prints nothing", { status: 0, stdout: "" }, /no JSON with Version 1/],
      ["that prints another version", { status: 0, stdout: '{"Version":2}' }, /no JSON with Version 1/],
      [
        "that prints no keys",
        { status: 0, stdout: '{"Version":1,"SecretAccessKey":"canary"}' },
        /AccessKeyId/,
      ],
    ] as const
  ).map(
    ([what, result, detail]): Failed => ({
      what: `a credential_process ${what}`,
      world: { ...configured("[profile p]\ncredential_process = /keys\n"), programs: { "/keys": result } },
      env: PROFILE,
      code: "aws-process-failed",
      identity: PROFILE_FAILED,
      detail,
    }),
  ),
  {
    what: "a credential_process with an unclosed quote",
    world: configured("[profile p]\ncredential_process = /keys 'a b\n"),
    env: PROFILE,
    code: "aws-process-failed",
    identity: PROFILE_FAILED,
    detail: /quotes do not match/,
  },
  {
    what: "disabled metadata",
    env: { ...HERE, AWS_EC2_METADATA_DISABLED: "true" },
    code: "aws-metadata-disabled",
    identity: INSTANCE_NOT_REQUESTED,
  },
  {
    what: "a node in another cloud",
    env: { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "azure" },
    code: "platform-mismatch",
    identity: INSTANCE_NOT_REQUESTED,
  },
  {
    what: "an unknown metadata mode",
    env: { ...HERE, AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: "both" },
    code: "environment-invalid",
    identity: INSTANCE_FAILED,
  },
  {
    what: "a role name that would change the path",
    env: HERE,
    world: {
      exchanges: [
        ...imds().slice(0, 1),
        { ask: `GET ${IMDS}/latest/meta-data/iam/security-credentials/`, answer: text("../../dynamic/x") },
      ],
    },
    code: "metadata-wrong-service",
    identity: INSTANCE_FAILED,
  },
  {
    what: "a 403 of the metadata, without a fallback to IMDSv1",
    env: HERE,
    world: { exchanges: [{ ask: `PUT ${IMDS}/latest/api/token`, answer: text("", 403) }] },
    code: "metadata-forbidden",
    identity: INSTANCE_FAILED,
  },
  {
    what: "a session token of two lines",
    env: HERE,
    world: { exchanges: [{ ask: `PUT ${IMDS}/latest/api/token`, answer: text("a\nb") }] },
    code: "metadata-wrong-service",
    identity: INSTANCE_FAILED,
  },
];

for (const { what, world = {}, env = {}, code, identity, detail } of FAILED)
  test(`fails without trying another source: ${what}`, () =>
    inWorld({ ...world, env: { ...world.env, ...env } }, async (here) => {
      const error = await failure(
        resolveNodeCredentials(
          { fallbackRegion: parseRegistryRegion("us-east-1"), resolveEndpoint: resolverFor(here.env) },
          createAwsNode(here),
        ),
      );
      assert.deepEqual([error.code, error.facts.identity], [code, identity]);
      if (detail !== undefined) assert.match(error.facts.detail ?? "", detail);
      assert.ok(!/canary|s3cret/.test(error.message), error.message);
    }));

/** The settings that select the region of STS, in order of precedence. The registry is in China. */
const REGIONS: readonly (readonly [
  what: string,
  env: Record<string, string>,
  config: string,
  host: string,
])[] = [
  ["the registry's region if no other is configured", {}, "", "sts.cn-north-1.amazonaws.com.cn"],
  [
    "the profile's region rather than the registry's",
    {},
    "region = cn-northwest-1\n",
    "sts.cn-northwest-1.amazonaws.com.cn",
  ],
  [
    "AWS_DEFAULT_REGION rather than the profile's region",
    { AWS_DEFAULT_REGION: "eu-west-1" },
    "region = us-east-2\n",
    "sts.eu-west-1.amazonaws.com",
  ],
  [
    "AWS_REGION rather than all others",
    { AWS_REGION: "us-gov-west-1", AWS_DEFAULT_REGION: "eu-west-1" },
    "",
    "sts.us-gov-west-1.amazonaws.com",
  ],
];
for (const [what, env, config, host] of REGIONS)
  test(`requests STS in ${what}`, () => {
    const partition = host.endsWith(".cn") ? "aws-cn" : host.includes("us-gov") ? "aws-us-gov" : "aws";
    const role = ROLE.replace("arn:aws:", `arn:${partition}:`);
    const profile = configured(`[default]\nrole_arn = ${role}\nweb_identity_token_file = /t\n${config}`);
    const files = { ...profile.files, "/t": "a.b.c" };
    const exchanges = [{ ...web(/WebIdentityToken=a\.b\.c$/), ask: `POST https://${host}/` }];
    return inWorld({ env: { ...profile.env, ...env }, files, exchanges }, async (here) => {
      assert.equal(
        (
          await resolveNodeCredentials(
            { fallbackRegion: parseRegistryRegion("cn-north-1"), resolveEndpoint: resolverFor(here.env) },
            createAwsNode(here),
          )
        ).accessKeyId,
        "WEBKEY",
      );
    });
  });

const NO_INSTANCE: readonly (readonly [env: Record<string, string>, code: string])[] = [
  [{ REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "google" }, "platform-mismatch"],
  [
    { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "aws", AWS_EC2_METADATA_DISABLED: "true" },
    "aws-metadata-disabled",
  ],
];
for (const [env, code] of NO_INSTANCE)
  test(`a profile with the instance as credential_source sends no request: ${code}`, () => {
    const profile = configured(`[default]\nrole_arn = ${ROLE}\ncredential_source = Ec2InstanceMetadata\n`);
    return inWorld({ ...profile, env: { ...profile.env, ...env } }, async (here) => {
      assert.equal(
        (
          await failure(
            resolveNodeCredentials(
              { fallbackRegion: parseRegistryRegion("us-east-1"), resolveEndpoint: resolverFor(here.env) },
              createAwsNode(here),
            ),
          )
        ).code,
        code,
      );
    });
  });

test("reports a profile's key that no header can contain, before any request", () => {
  const world = configured("", "[default]\naws_access_key_id = AKIA\u200bX\naws_secret_access_key = s\n");
  return inWorld(world, async (here) => {
    const error = await failure(
      resolveNodeCredentials(
        { fallbackRegion: parseRegistryRegion("us-east-1"), resolveEndpoint: resolverFor(here.env) },
        createAwsNode(here),
      ),
    );
    assert.deepEqual(
      [error.code, /one line of ASCII/.test(error.facts.detail ?? "")],
      ["aws-profile-unusable", true],
    );
  });
});

for (const [name, files] of [
  ["AWS_CONFIG_FILE", { AWS_CONFIG_FILE: "/nope" }],
  ["AWS_SHARED_CREDENTIALS_FILE", { AWS_SHARED_CREDENTIALS_FILE: "/nope" }],
] as const)
  test(`${name} without an existing file is an error, and the instance's role does not replace it`, () =>
    inWorld({ env: { ...files, ...HERE } }, async (here) => {
      const error = await failure(
        resolveNodeCredentials(
          { fallbackRegion: parseRegistryRegion("us-east-1"), resolveEndpoint: resolverFor(here.env) },
          createAwsNode(here),
        ),
      );
      assert.deepEqual(
        [error.code, error.facts.detail],
        ["referenced-file-missing", `${name}: /nope: it does not exist`],
      );
    }));
