import assert from "node:assert/strict";
import { test } from "node:test";
import { type CacheScope, listCacheKeyParts } from "../../src/cache/cache-key.ts";
import { computeHmac } from "../../src/cache/hmac.ts";
import type { Rule } from "../../src/config/schema.ts";
import type { Environment } from "../../src/core/world.ts";
import { resolveAwsIdentity } from "../../src/identities/aws.ts";
import { createLoginContext, type LoginContextOptions, SIGNATURE } from "../support/login-context.ts";
import { inWorld, NOW } from "../support/world.ts";

const IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app";
const ROLE = "arn:aws:iam::123456789012:role/pull";
const RULE: Rule = { match: ["*.dkr.ecr.*.amazonaws.com"], identity: "pod", aws: { roleArn: ROLE } };
const SUBJECT = "system:serviceaccount:shop:default";

interface KeyOptions extends LoginContextOptions {
  readonly image?: string;
  readonly scope?: Partial<CacheScope>;
  readonly env?: Environment;
  readonly files?: Readonly<Record<string, string>>;
  readonly identityFiles?: readonly string[];
  /** The home directory in the passwd entry. */
  readonly home?: string;
}

/** Returns the cache key of an ECR login. */
async function computeKey(options: KeyOptions): Promise<string> {
  return computeHmac("key", await listParts(options));
}

function listParts({
  image = IMAGE,
  scope,
  env = {},
  files = {},
  identityFiles = [],
  home,
  ...options
}: KeyOptions): Promise<readonly string[]> {
  return inWorld({ env, files, ...(home === undefined ? {} : { home }) }, async (world) => {
    const context = createLoginContext(image, options);
    const identity = resolveAwsIdentity(context, "aws");
    const fullScope: CacheScope = {
      version: "1.0.0",
      family: "ecr",
      host: context.image.host.name,
      endpoint: "https://api.ecr.us-east-1.amazonaws.com",
      rule: options.rule,
      ruleName: undefined,
      ...scope,
    };
    const prepared = {
      identity,
      files: identityFiles,
      isCacheable: true,
      fetch: () => Promise.reject(new Error()),
    };
    return listCacheKeyParts(fullScope, prepared, world);
  });
}

const POD: KeyOptions = { rule: RULE, subject: SUBJECT };
const annotated = (value: string): KeyOptions => ({
  ...POD,
  annotations: { "eks.amazonaws.com/role-arn": value },
});
const EITHER: KeyOptions = { rule: { ...RULE, identity: "pod-then-node" } };
/** The rule stays the same in the key, so only the role differs. */
const withRole = (roleArn: string): KeyOptions => ({
  ...POD,
  rule: { ...RULE, aws: { roleArn } },
  scope: { rule: RULE },
});
const FILE = "/etc/kubernetes/azure.json";

/** Variables with the path of a file that identifies the node. */
const FILE_VARIABLES = [
  "AWS_CONFIG_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
  "GOOGLE_APPLICATION_CREDENTIALS",
  "AZURE_CLIENT_CERTIFICATE_PATH",
  "AZURE_ENVIRONMENT_FILEPATH",
] as const;

const DIFFERENT: readonly (readonly [what: string, one: KeyOptions, other: KeyOptions])[] = [
  ["registries", {}, { image: "999999999999.dkr.ecr.us-east-1.amazonaws.com/app" }],
  ["families", {}, { scope: { family: "acr" } }],
  ["endpoints", {}, { scope: { endpoint: "https://vpce.example" } }],
  ["versions of the program", {}, { scope: { version: "1.0.1" } }],
  ["a node and a pod", EITHER, { ...EITHER, subject: SUBJECT }],
  ["namespaces", POD, { ...POD, subject: "system:serviceaccount:other:default" }],
  ["ServiceAccounts", POD, { ...POD, subject: "system:serviceaccount:shop:other" }],
  ["uids of one ServiceAccount", { ...POD, uid: "1" }, { ...POD, uid: "2" }],
  ["issuers", POD, { ...POD, issuer: "https://other.example" }],
  ["audiences", POD, { ...POD, audience: ["sts.amazonaws.com", "another"] }],
  ["annotations", annotated("a"), annotated("b")],
  ["a pod with and without an annotation", POD, annotated(ROLE)],
  ["roles", withRole(ROLE), withRole(`${ROLE}-2`)],
  [
    "rules with different allow lists",
    POD,
    { ...POD, rule: { ...RULE, allow: { serviceAccounts: ["shop/*"] } } },
  ],
  ["a registry with and without a rule", { rule: { match: ["*"] } }, {}],
  ["profiles of the environment", {}, { env: { AWS_PROFILE: "other" } }],
  [
    "keys of the environment",
    { env: { AWS_SECRET_ACCESS_KEY: "a" } },
    { env: { AWS_SECRET_ACCESS_KEY: "b" } },
  ],
  ["two variables with the same value", { env: { AWS_PROFILE: "a" } }, { env: { AWS_REGION: "a" } }],
  ["platforms", {}, { env: { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "aws" } }],
  [
    "contents of a file that identifies the node",
    { identityFiles: [FILE], files: { [FILE]: "1" } },
    { identityFiles: [FILE], files: { [FILE]: "2" } },
  ],
  [
    "an existing and a missing file",
    { identityFiles: [FILE], files: { [FILE]: "1" } },
    { identityFiles: [FILE] },
  ],
  ...FILE_VARIABLES.map(
    (name) =>
      [
        `contents of the file in ${name}`,
        { env: { [name]: FILE }, files: { [FILE]: "1" } },
        { env: { [name]: FILE }, files: { [FILE]: "2" } },
      ] as const,
  ),
  ...["config", "credentials"].map(
    (name) =>
      [
        `contents of ~/.aws/${name}`,
        { env: { HOME: "/root" }, files: { [`/root/.aws/${name}`]: "1" } },
        { env: { HOME: "/root" }, files: { [`/root/.aws/${name}`]: "2" } },
      ] as const,
  ),
  ...["config", "credentials"].map(
    (name) =>
      [
        `contents of .aws/${name} in the home directory of the passwd entry`,
        { home: "/root", files: { [`/root/.aws/${name}`]: "1" } },
        { home: "/root", files: { [`/root/.aws/${name}`]: "2" } },
      ] as const,
  ),
  ["home directories", { home: "/root" }, { env: { HOME: "/home/other" } }],
  [
    "contents of a file whose path in a variable starts with ~",
    { env: { HOME: "/root", AWS_CONFIG_FILE: "~/c" }, files: { "/root/c": "1" } },
    { env: { HOME: "/root", AWS_CONFIG_FILE: "~/c" }, files: { "/root/c": "2" } },
  ],
];

for (const [what, one, other] of DIFFERENT) {
  test(`different cache keys: ${what}`, async () => {
    assert.notEqual(await computeKey(one), await computeKey(other));
  });
}

const SAME: readonly (readonly [what: string, one: KeyOptions, other: KeyOptions])[] = [
  ["two images of one registry", {}, { image: `${IMAGE}/other:tag` }],
  ["two spellings of one host", {}, { image: IMAGE.toUpperCase().replace("/APP", "/app") }],
  [
    "proxies and certificate authorities",
    {},
    { env: { HTTPS_PROXY: "http://proxy.example:3128", NODE_EXTRA_CA_CERTS: "/ca" } },
  ],
  ["HOME and the same directory in the passwd entry", { env: { HOME: "/root" } }, { home: "/root" }],
  ["values of PATH", {}, { env: { PATH: "/bin" } }],
  ["tokens of one ServiceAccount", POD, { ...POD, expiresAt: NOW + 1_000_000 }],
  [
    "contents of the node's files, for a pod that uses its own token",
    { ...POD, env: { HOME: "/root" }, files: { "/root/.aws/config": "1" } },
    { ...POD, env: { HOME: "/root" }, files: { "/root/.aws/config": "2" } },
  ],
];

for (const [what, one, other] of SAME) {
  test(`the same cache key: ${what}`, async () => {
    assert.equal(await computeKey(one), await computeKey(other));
  });
}

test("a cache key depends on no token and reveals nothing without this boot's key", async () => {
  const parts = await listParts({ ...POD, env: { AWS_SECRET_ACCESS_KEY: "canary" } });
  assert.match(parts.join(), /canary/);
  assert.ok(!parts.join().includes(SIGNATURE));
  const names = ["key", "another"].map((key) => computeHmac(key, parts));
  assert.equal(new Set(names).size, 2);
  for (const name of names) assert.match(name, /^[0-9a-f]{64}$/);
});
