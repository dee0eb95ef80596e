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

interface Given extends LoginContextOptions {
  readonly image?: string;
  readonly scope?: Partial<CacheScope>;
  readonly env?: Environment;
  readonly files?: Readonly<Record<string, string>>;
  readonly named?: readonly string[];
  /** By the passwd entry. */
  readonly home?: string;
}

/** The name that a login of ECR is kept under. */
async function nameOf(given: Given): Promise<string> {
  return computeHmac("key", await partsOf(given));
}

/** What goes into it. */
function partsOf({
  image = IMAGE,
  scope,
  env = {},
  files = {},
  named = [],
  home,
  ...options
}: Given): Promise<readonly string[]> {
  return inWorld({ env, files, ...(home === undefined ? {} : { home }) }, async (world) => {
    const context = createLoginContext(image, options);
    const access = resolveAwsIdentity(context, "aws");
    const whole: CacheScope = {
      version: "1.0.0",
      family: "ecr",
      host: context.image.host.name,
      endpoint: "https://api.ecr.us-east-1.amazonaws.com",
      rule: options.rule,
      ruleName: undefined,
      ...scope,
    };
    const prepared = {
      identity: access,
      files: named,
      isCacheable: true,
      fetch: () => Promise.reject(new Error()),
    };
    return listCacheKeyParts(whole, prepared, world);
  });
}

const POD: Given = { rule: RULE, subject: SUBJECT };
const annotated = (value: string): Given => ({
  ...POD,
  annotations: { "eks.amazonaws.com/role-arn": value },
});
const EITHER: Given = { rule: { ...RULE, identity: "pod-then-node" } };
/** Of a rule that goes in as another: so the role alone is told apart. */
const ofRole = (roleArn: string): Given => ({
  ...POD,
  rule: { ...RULE, aws: { roleArn } },
  scope: { rule: RULE },
});
const FILE = "/etc/kubernetes/azure.json";

/** Variables that name a file which says who the node is. */
const NAMING = [
  "AWS_CONFIG_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
  "GOOGLE_APPLICATION_CREDENTIALS",
  "AZURE_CLIENT_CERTIFICATE_PATH",
  "AZURE_ENVIRONMENT_FILEPATH",
] as const;

const OTHERS: readonly (readonly [what: string, one: Given, other: Given])[] = [
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
  ["an annotation and none", POD, annotated(ROLE)],
  ["roles", ofRole(ROLE), ofRole(`${ROLE}-2`)],
  [
    "rules that differ in whom they allow",
    POD,
    { ...POD, rule: { ...RULE, allow: { serviceAccounts: ["shop/*"] } } },
  ],
  ["a rule and none", { rule: { match: ["*"] } }, {}],
  ["profiles of the environment", {}, { env: { AWS_PROFILE: "other" } }],
  [
    "keys of the environment",
    { env: { AWS_SECRET_ACCESS_KEY: "a" } },
    { env: { AWS_SECRET_ACCESS_KEY: "b" } },
  ],
  ["a variable and its neighbour", { env: { AWS_PROFILE: "a" } }, { env: { AWS_REGION: "a" } }],
  ["platforms", {}, { env: { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "aws" } }],
  [
    "contents of a file that names the node",
    { named: [FILE], files: { [FILE]: "1" } },
    { named: [FILE], files: { [FILE]: "2" } },
  ],
  ["a file and none", { named: [FILE], files: { [FILE]: "1" } }, { named: [FILE] }],
  ...NAMING.map(
    (name) =>
      [
        `contents of the file that ${name} names`,
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
    "contents of a file that a variable names by ~",
    { env: { HOME: "/root", AWS_CONFIG_FILE: "~/c" }, files: { "/root/c": "1" } },
    { env: { HOME: "/root", AWS_CONFIG_FILE: "~/c" }, files: { "/root/c": "2" } },
  ],
];

for (const [what, one, other] of OTHERS) {
  test(`${what} share no login`, async () => {
    assert.notEqual(await nameOf(one), await nameOf(other));
  });
}

const SAME: readonly (readonly [what: string, one: Given, other: Given])[] = [
  ["two images of one registry", {}, { image: `${IMAGE}/other:tag` }],
  ["two spellings of one host", {}, { image: IMAGE.toUpperCase().replace("/APP", "/app") }],
  [
    "ways through the network",
    {},
    { env: { HTTPS_PROXY: "http://proxy.example:3128", NODE_EXTRA_CA_CERTS: "/ca" } },
  ],
  ["HOME and the same directory in the passwd entry", { env: { HOME: "/root" } }, { home: "/root" }],
  ["PATH", {}, { env: { PATH: "/bin" } }],
  ["tokens of one ServiceAccount", POD, { ...POD, expiresAt: NOW + 1_000_000 }],
  [
    "contents of the node's files, for a pod by its own token",
    { ...POD, env: { HOME: "/root" }, files: { "/root/.aws/config": "1" } },
    { ...POD, env: { HOME: "/root" }, files: { "/root/.aws/config": "2" } },
  ],
];

for (const [what, one, other] of SAME) {
  test(`${what} make no difference`, async () => {
    assert.equal(await nameOf(one), await nameOf(other));
  });
}

test("no token goes into a name, and what does can be neither read in it nor guessed without the key", async () => {
  const parts = await partsOf({ ...POD, env: { AWS_SECRET_ACCESS_KEY: "canary" } });
  assert.match(parts.join(), /canary/);
  assert.ok(!parts.join().includes(SIGNATURE));
  const names = ["key", "another"].map((key) => computeHmac(key, parts));
  assert.equal(new Set(names).size, 2);
  for (const name of names) assert.match(name, /^[0-9a-f]{64}$/);
});
