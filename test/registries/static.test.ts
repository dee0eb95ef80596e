import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rule, StaticRule } from "../../src/config/schema.ts";
import { parseImageReference } from "../../src/core/image-reference.ts";
import { HOUR, MINUTE, SECOND } from "../../src/core/time.ts";
import { findRegistry } from "../../src/registries/index.ts";
import { createLoginContext, type LoginContextOptions } from "../support/login-context.ts";
import { type FakeWorld, failure, inWorld, NOW, type WorldOptions } from "../support/world.ts";

const IMAGE = "harbor.corp.example:8443/team/app";
const PAIR: StaticRule = { username: "user", passwordFile: "/p" };

async function logIn(rule: Rule, world: FakeWorld, options: LoginContextOptions = {}, image = IMAGE) {
  const context = createLoginContext(image, { ...options, rule });
  const host = rule.registry === undefined ? context.image.host : parseImageReference(rule.registry)?.host;
  const registry = host && findRegistry(host, rule);
  assert.equal(registry?.family, "static");
  const login = await registry.prepareLogin(context).fetch(world);
  const { expiresAt, maxCacheDuration = assert.fail() } = login;
  return {
    ...login,
    cacheDuration: Math.min(registry.cacheDuration(expiresAt, world.now()), maxCacheDuration),
  };
}

const ruleOf = (login: StaticRule, more: Partial<Rule> = {}): Rule => ({
  match: ["harbor.corp.example:8443"],
  static: login,
  ...more,
});

async function passwordOf(login: StaticRule, world: WorldOptions): Promise<readonly unknown[]> {
  return inWorld(world, async (at) => {
    const result = await logIn(ruleOf(login), at);
    return [result.username, result.password.expose(), result.cacheDuration, result.cacheKeyType];
  });
}

const docker = (login: string): string =>
  JSON.stringify({ auths: { "harbor.corp.example:8443": { auth: Buffer.from(login).toString("base64") } } });

const jwt = (exp: number): string =>
  `h.${Buffer.from(JSON.stringify({ exp: exp / SECOND })).toString("base64url")}.s`;

const GIVEN: readonly (readonly [name: string, StaticRule, WorldOptions, ...expected: unknown[]])[] = [
  ["a password in a file", PAIR, { files: { "/p": "pass" } }, "user", "pass", 5 * MINUTE, "registry"],
  [
    "a password with a line feed at its end",
    PAIR,
    { files: { "/p": "pass\n" } },
    "user",
    "pass",
    5 * MINUTE,
    "registry",
  ],
  [
    "a password with a Windows line ending",
    PAIR,
    { files: { "/p": "pass\r\n" } },
    "user",
    "pass",
    5 * MINUTE,
    "registry",
  ],
  [
    "a password with spaces around it",
    PAIR,
    { files: { "/p": " a b \n" } },
    "user",
    " a b ",
    5 * MINUTE,
    "registry",
  ],
  [
    "a user name in a file",
    { usernameFile: "/u", passwordFile: "/p" },
    { files: { "/u": "robot$acme+puller\n", "/p": "pass" } },
    "robot$acme+puller",
    "pass",
    5 * MINUTE,
    "registry",
  ],
  [
    "a password in a variable",
    { username: "user", passwordEnv: "HARBOR_PASSWORD" },
    { variables: { HARBOR_PASSWORD: "pass" } },
    "user",
    "pass",
    5 * MINUTE,
    "registry",
  ],
  [
    "a docker configuration",
    { dockerConfig: "/d" },
    { files: { "/d": docker("user:pass") } },
    "user",
    "pass",
    5 * MINUTE,
    "registry",
  ],
  [
    "a Google key of several lines",
    { dockerConfig: "/d" },
    { files: { "/d": docker('_json_key:{\n  "a": 1\n}\n') } },
    "_json_key",
    '{\n  "a": 1\n}\n',
    5 * MINUTE,
    "registry",
  ],
  [
    "a cache duration of its own",
    { ...PAIR, cacheDuration: "1h30m" },
    { files: { "/p": "pass" } },
    "user",
    "pass",
    90 * MINUTE,
    "registry",
  ],
  [
    "a cache duration of zero",
    { ...PAIR, cacheDuration: "0s" },
    { files: { "/p": "pass" } },
    "user",
    "pass",
    0,
    "registry",
  ],
  [
    "a token that expires before the cache duration ends",
    { ...PAIR, cacheDuration: "6h" },
    { files: { "/p": jwt(NOW + HOUR) } },
    "user",
    jwt(NOW + HOUR),
    HOUR,
    "registry",
  ],
];

for (const [name, login, world, ...expected] of GIVEN) {
  test(`reads ${name}`, async () => assert.deepEqual(await passwordOf(login, world), expected));
}

test("a key with a path makes the login valid for the image only", async () => {
  const text = JSON.stringify({
    auths: { "harbor.corp.example:8443/team": { username: "u", password: "p" } },
  });
  const found = await passwordOf({ dockerConfig: "/d" }, { files: { "/d": text } });
  assert.deepEqual(found, ["u", "p", 5 * MINUTE, "image"]);
});

test("a custom domain uses the registry's entry, not its own", () =>
  inWorld({ files: { "/d": docker("user:pass") } }, async (world) => {
    const rule = ruleOf({ dockerConfig: "/d" }, { registry: "harbor.corp.example:8443" });
    const result = await logIn(rule, world, {}, "images.corp.example/team/app");
    assert.equal(result.username, "user");
    const other = ruleOf({ dockerConfig: "/d" }, { registry: "other.example" });
    assert.equal((await failure(logIn(other, world))).code, "static-login-missing");
  }));

const REFUSED: readonly (readonly [name: string, StaticRule, WorldOptions, code: string, says: RegExp])[] = [
  ["a missing file", PAIR, {}, "referenced-file-missing", /\/p: it does not exist/],
  ["a missing docker configuration", { dockerConfig: "/d" }, {}, "referenced-file-missing", /\/d: it/],
  [
    "a file that other users may read",
    PAIR,
    { files: { "/p": { fails: "file-unsafe" } } },
    "file-unsafe",
    /unsafe file owner or permissions/,
  ],
  ["an unset variable", { username: "u", passwordEnv: "P" }, {}, "variable-missing", /passwordEnv/],
  ["an empty file", PAIR, { files: { "/p": "\n" } }, "static-login-unusable", /the password is empty/],
  [
    "an empty variable",
    { username: "u", passwordEnv: "P" },
    { variables: { P: "" } },
    "static-login-unusable",
    /empty/,
  ],
  ["two lines", PAIR, { files: { "/p": "SECRET\nSECRET\n" } }, "static-login-unusable", /more than one line/],
  ["two line feeds", PAIR, { files: { "/p": "SECRET\n\n" } }, "static-login-unusable", /more than one line/],
  [
    "a NUL in the password",
    PAIR,
    { files: { "/p": "SECRET\0" } },
    "static-login-unusable",
    /control character/,
  ],
  ["bytes that are not UTF-8", PAIR, { files: { "/p": "SECRET\ufffd" } }, "static-login-unusable", /UTF-8/],
  [
    "a user name with a colon",
    { usernameFile: "/u", passwordFile: "/p" },
    { files: { "/u": "a:b", "/p": "SECRET" } },
    "static-login-unusable",
    /colon/,
  ],
  [
    "a user name with a tab",
    { usernameFile: "/u", passwordFile: "/p" },
    { files: { "/u": "a\tb", "/p": "SECRET" } },
    "static-login-unusable",
    /user name contains a control/,
  ],
  [
    "an entry without a user name",
    { dockerConfig: "/d" },
    { files: { "/d": docker(":SECRET") } },
    "static-login-unusable",
    /user name is empty/,
  ],
  [
    "an entry without a password",
    { dockerConfig: "/d" },
    { files: { "/d": docker("SECRET:") } },
    "static-login-unusable",
    /password is empty/,
  ],
  ["an expired token", PAIR, { files: { "/p": jwt(NOW - SECOND) } }, "static-login-unusable", /has expired/],
];

for (const [name, login, options, code, says] of REFUSED) {
  test(`refuses ${name} without quoting a secret`, () =>
    inWorld(options, async (world) => {
      const error = await failure(logIn(ruleOf(login), world));
      assert.equal(error.code, code);
      assert.match(`${error.sentence}: ${error.message}`, says);
      assert.ok(!error.message.includes("SECRET"), error.message);
    }));
}

const SUBJECT = "system:serviceaccount:shop:web";
const PODS: readonly (readonly [name: string, more: Partial<Rule>, LoginContextOptions, outcome: string])[] =
  [
    ["a node", {}, {}, "login"],
    ["a pod without an allow list", {}, { subject: SUBJECT }, "login"],
    ["a pod with a token for any audience", {}, { subject: SUBJECT, audience: "x" }, "login"],
    ["a pod on the allow list", { allow: { serviceAccounts: ["shop/*"] } }, { subject: SUBJECT }, "login"],
    [
      "a pod that is not on the allow list",
      { allow: { serviceAccounts: ["shops/*", "shop"] } },
      { subject: SUBJECT },
      "service-account-not-allowed",
    ],
    [
      "a node with an allow list of pods",
      { allow: { serviceAccounts: ["*/*"] } },
      {},
      "service-account-not-allowed",
    ],
    [
      "a pod on the allow list with an expired token",
      { allow: { serviceAccounts: ["shop/*"] } },
      { subject: SUBJECT, expiresAt: NOW - SECOND },
      "pod-token-expired",
    ],
    ["an image on the allow list", { allow: { repositories: ["team"] } }, {}, "login"],
    [
      "an image that is not on the allow list",
      { allow: { repositories: ["teams"] } },
      {},
      "repository-not-allowed",
    ],
  ];

for (const [name, more, options, outcome] of PODS) {
  test(`${name} ends in ${outcome}, and no file is read before a refusal`, () =>
    inWorld({ files: { "/p": "pass" } }, async (world) => {
      const login = logIn(ruleOf(PAIR, more), world, options);
      const end = outcome === "login" ? (await login) && "login" : (await failure(login)).code;
      assert.deepEqual([end, world.filesRead], [outcome, outcome === "login" ? ["/p"] : []]);
    }));
}
