import assert from "node:assert/strict";
import { test } from "node:test";
import { createPolicyReader, NO_CONFIG_CACHE } from "../src/config/load.ts";
import { NO_POLICY } from "../src/config/policy.ts";
import type { RegistryHost } from "../src/core/image-reference.ts";
import type { Login } from "../src/core/login.ts";
import { Secret } from "../src/core/secret.ts";
import { HOUR } from "../src/core/time.ts";
import type { World } from "../src/core/world.ts";
import { ProviderError } from "../src/errors/provider-error.ts";
import type { LoginContext } from "../src/identities/identity.ts";
import { provide } from "../src/provide.ts";
import { SupportedRegistries } from "../src/registries/index.ts";
import type { AnonymousFallback, Registry } from "../src/registries/registry.ts";
import { toKnownRegistries } from "../src/registries/resolve-target.ts";
import { decodeResponse } from "./kubelet/decode-response.ts";
import { encodeRaw } from "./kubelet/encode-request.ts";
import { createLoginContext } from "./support/login-context.ts";
import { policyWith } from "./support/policy.ts";
import { failure, inWorld } from "./support/world.ts";

const apiVersion = "credentialprovider.kubelet.k8s.io/v1";
const IMAGE = "Registry.example/team/app";
const request = (image: string, serviceAccountToken = ""): Uint8Array =>
  Buffer.from(encodeRaw({ apiVersion, image, serviceAccountToken }));

const LOGIN: Login = { username: "u", password: new Secret("p"), expiresAt: undefined };

/** A setup with one registry, which records the contexts of its logins. */
function setupWith(fetch: () => Promise<Login>, anonymousFallback?: AnonymousFallback) {
  const contexts: LoginContext[] = [];
  const find = (host: RegistryHost): Registry | undefined =>
    host.name === "registry.example"
      ? {
          family: "ecr",
          section: "aws",
          host,
          coordinates: { partition: "x", endpoint: "https://registry.example" },
          prepareLogin: (context) => {
            contexts.push(context);
            return { identity: { pod: undefined }, files: [], isCacheable: false, fetch };
          },
          cacheDuration: () => HOUR,
          ...(anonymousFallback ? { anonymousFallback } : {}),
        }
      : undefined;
  const registries = { find, loadCustomFamily: async () => undefined };
  return { setup: { options: {}, registries, readPolicy: async () => NO_POLICY }, contexts };
}

test("returns the login under the image's own host", () =>
  inWorld({}, async (world) => {
    const { setup, contexts } = setupWith(async () => LOGIN);
    const hosts: string[] = [];
    const text = await provide(request(IMAGE), setup, world, (host) => hosts.push(host));
    const { auth } = decodeResponse(text, { apiVersion });
    assert.deepEqual([...auth], [["Registry.example", { username: "u", password: "p" }]]);
    assert.deepEqual([hosts, contexts[0]?.pod], [["Registry.example"], undefined]);
  }));

test("returns no login for an image of an unsupported registry, without preparing one", () =>
  inWorld({}, async (world) => {
    const { setup, contexts } = setupWith(async () => LOGIN);
    const hosts: string[] = [];
    for (const image of [
      "docker.io/x",
      "registry.example:443/x",
      "registry.example./x",
      "user@registry.example/x",
      "x",
    ]) {
      const text = await provide(request(image), setup, world, (host) => hosts.push(host));
      assert.equal(decodeResponse(text, { apiVersion }).auth.size, 0);
    }
    assert.deepEqual([hosts, contexts], [[], []]);
  }));

test("a token makes the request a pod's, and is masked in the context's JSON", () =>
  inWorld({ files: { "/a.json": "{}" } }, async (world) => {
    const { setup, contexts } = setupWith(async () => LOGIN);
    const options = { azureConfigPath: "/a.json" };
    const token = createLoginContext(IMAGE, {
      subject: "system:serviceaccount:shop:default",
    }).pod?.token.expose();
    await provide(request(IMAGE), { ...setup, options }, world, () => {});
    await provide(request(IMAGE, token), { ...setup, options }, world, () => {});
    assert.deepEqual([contexts[0]?.pod, contexts[0]?.options], [undefined, options]);
    assert.deepEqual([contexts[1]?.pod?.namespace, contexts[1]?.pod?.serviceAccount], ["shop", "default"]);
    assert.ok(token && !JSON.stringify(contexts[1]).includes(token));
  }));

for (const [what, files, code] of [
  ["a missing azure.json", {}, "azure-config-unreadable"],
  ["a configuration file in place of azure.json", { "/a.json": '{"rules": []}' }, "argument-invalid"],
] as const)
  test(`refuses ${what} for every image`, () =>
    inWorld({ files }, async (world) => {
      const { setup, contexts } = setupWith(async () => LOGIN);
      const withAzure = { ...setup, options: { azureConfigPath: "/a.json" } };
      for (const image of [IMAGE, "docker.io/x"])
        assert.equal((await failure(provide(request(image), withAzure, world, () => {}))).code, code);
      assert.deepEqual(contexts, []);
    }));

test("refuses a token that is not a ServiceAccount's, without quoting it", () =>
  inWorld({}, async (world) => {
    const { setup, contexts } = setupWith(async () => LOGIN);
    const error = await failure(provide(request(IMAGE, "a.b.c"), setup, world, () => {}));
    assert.deepEqual(
      [error.code, contexts.length, error.message.includes("a.b.c")],
      ["pod-token-malformed", 0, false],
    );
  }));

for (const identity of ["node", "pod-then-node", undefined] as const)
  test(`refuses an expired token with identity ${identity ?? "unset"}`, () =>
    inWorld({}, async (world) => {
      const { setup, contexts } = setupWith(async () => LOGIN);
      const rule = {
        match: ["registry.example"],
        allow: { serviceAccounts: ["shop/default"] },
        ...(identity === undefined ? {} : { identity }),
      };
      const token = createLoginContext(IMAGE, {
        subject: "system:serviceaccount:shop:default",
      }).pod?.token.expose();
      const asked = (at: World) =>
        provide(
          request(IMAGE, token),
          { ...setup, readPolicy: async () => policyWith([rule]) },
          at,
          () => {},
        );
      await asked(world);
      const later = { ...world, now: () => world.now() + HOUR };
      assert.deepEqual([(await failure(asked(later))).code, contexts.length], ["pod-token-expired", 1]);
    }));

test("a failure keeps its code, and the host is reported before it", () =>
  inWorld({}, async (world) => {
    const { setup } = setupWith(() => Promise.reject(new ProviderError("aws-instance-has-no-role")));
    const hosts: string[] = [];
    const error = await failure(provide(request(IMAGE), setup, world, (host) => hosts.push(host)));
    assert.deepEqual([error.code, hosts], ["aws-instance-has-no-role", ["Registry.example"]]);
  }));

test("a login that is valid for one image gets cacheKeyType Image", () =>
  inWorld({}, async (world) => {
    const types: string[] = [];
    for (const cacheKeyType of ["image", "registry"] as const) {
      const { setup } = setupWith(async () => ({ ...LOGIN, cacheKeyType }));
      const text = await provide(request(IMAGE), setup, world, () => {});
      types.push(decodeResponse(text, { apiVersion }).cacheKeyType);
    }
    assert.deepEqual(types, ["Image", "Registry"]);
  }));

test("an anonymous pull is noted with its reason", () =>
  inWorld({}, async (world) => {
    const { setup } = setupWith(
      () =>
        Promise.reject(new ProviderError("aws-instance-has-no-role", { identity: "instance role: failed" })),
      { errorCodes: new Set(["aws-instance-has-no-role"]), cacheDuration: 0 },
    );
    const text = await provide(request(IMAGE), setup, world, () => {});
    assert.equal(decodeResponse(text, { apiVersion }).auth.size, 0);
    assert.deepEqual(world.notes, [
      "registry.example: pulled without a login: no IAM role is attached to the instance (identity: instance role: failed)",
    ]);
  }));

test("the custom cloud's file is read only for hosts of no built-in family", () =>
  inWorld({}, async (world) => {
    const { setup, contexts } = setupWith(async () => LOGIN);
    const { find } = setup.registries;
    let times = 0;
    const loadCustomFamily = async () => {
      times += 1;
      return {
        name: "acr",
        section: "azure",
        matchImages: [],
        match: find,
        listNames: () => [],
      } as const;
    };
    await provide(request(IMAGE), { ...setup, registries: { find, loadCustomFamily } }, world, () => {});
    assert.equal(times, 0);
    await provide(
      request(IMAGE),
      { ...setup, registries: { find: () => undefined, loadCustomFamily } },
      world,
      () => {},
    );
    await provide(
      request("docker.io/x"),
      { ...setup, registries: { find, loadCustomFamily } },
      world,
      () => {},
    );
    assert.deepEqual([times, contexts.length], [2, 2]);
  }));

test("fails if the custom cloud's file is unusable", () =>
  inWorld({}, async (world) => {
    const { setup } = setupWith(async () => LOGIN);
    const loadCustomFamily = () => Promise.reject(new ProviderError("azure-environment-file-invalid"));
    const { find } = setup.registries;
    const asked = provide(
      request("docker.io/x"),
      { ...setup, registries: { find, loadCustomFamily } },
      world,
      () => {},
    );
    assert.equal((await failure(asked)).code, "azure-environment-file-invalid");
  }));

/** A node with a file that describes a custom cloud, and rules for its registry and for others of the same domain. */
const STACK = {
  env: { AZURE_ENVIRONMENT_FILEPATH: "/environment.json", AZURE_ENVIRONMENT: "AzureStackCloud" },
  files: {
    "/environment.json": JSON.stringify({
      containerRegistryDNSSuffix: ".azurecr.local.corp",
      activeDirectoryEndpoint: "https://login.local.corp/",
    }),
    "/password": "password",
    "/config.yaml": [
      "apiVersion: registry-credential-provider/v1",
      "kind: Config",
      "mirrors: [{ source: docker.io, registry: shop.azurecr.local.corp/hub }]",
      "rules:",
      '  - { match: ["*.azurecr.local.corp"], azure: { tenantId: corp.example, clientId: CLIENT, clientSecretEnv: S } }',
      '  - { match: ["shop.harbor.local.corp", "shop.azurecr.local.corp"], static: { username: user, passwordFile: /password } }',
      "",
    ]
      .join("\n")
      .replace("CLIENT", "33333333-0000-4000-8000-000000000001"),
  },
};
for (const [what, image, end] of [
  ["a registry of the custom cloud", "shop.azurecr.local.corp/app", "variable-missing"],
  ["a mirror in the custom cloud", "docker.io/app", "variable-missing"],
  ["a registry beside it", "shop.harbor.local.corp/app", "login"],
] as const)
  test(`the first matching rule wins for ${what}, and the custom cloud's file is read once`, () =>
    inWorld(STACK, async (world) => {
      const registries = new SupportedRegistries(world);
      const setup = {
        options: { configPath: "/config.yaml" },
        registries,
        readPolicy: createPolicyReader(
          async () => toKnownRegistries(await registries.listFamilies()),
          NO_CONFIG_CACHE,
        ),
      };
      const asked = provide(request(image), setup, world, () => {});
      const found = end === "login" ? (await asked) && "login" : (await failure(asked)).code;
      assert.equal(found, end);
      assert.equal(world.filesRead.filter((path) => path === "/environment.json").length, 1);
    }));
