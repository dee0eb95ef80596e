import assert from "node:assert/strict";
import { test } from "node:test";
import { createPolicyReader, NO_CONFIG_CACHE } from "../src/config/load.ts";
import { NO_POLICY } from "../src/config/policy.ts";
import type { RegistryHost } from "../src/core/image-reference.ts";
import type { LoginResult } from "../src/core/login.ts";
import { Secret } from "../src/core/secret.ts";
import { HOUR } from "../src/core/time.ts";
import type { World } from "../src/core/world.ts";
import { ProviderError } from "../src/errors/provider-error.ts";
import type { LoginContext } from "../src/identities/identity.ts";
import { provide } from "../src/provide.ts";
import { findRegistry, listFamilies, loadCustomFamily } from "../src/registries/index.ts";
import type { Registry } from "../src/registries/registry.ts";
import { toKnownRegistries } from "../src/registries/resolve-target.ts";
import { decodeResponse } from "./kubelet/decode-response.ts";
import { encodeRaw } from "./kubelet/encode-request.ts";
import { createLoginContext } from "./support/asker.ts";
import { policyWith } from "./support/policy.ts";
import { failure, inWorld } from "./support/world.ts";

const apiVersion = "credentialprovider.kubelet.k8s.io/v1";
const IMAGE = "Registry.example/team/app";
const request = (image: string, serviceAccountToken = ""): Uint8Array =>
  Buffer.from(encodeRaw({ apiVersion, image, serviceAccountToken }));

const LOGIN: LoginResult = { kind: "login", username: "u", password: new Secret("p"), cacheFor: HOUR };

/** A registry of the one host, which remembers by whom it was asked. */
function registries(login: () => Promise<LoginResult>) {
  const askers: LoginContext[] = [];
  const find = (host: RegistryHost): Registry | undefined =>
    host.name === "registry.example"
      ? {
          family: "ecr",
          host,
          coordinates: { partition: "x", endpoint: "https://registry.example" },
          login: (asker) => {
            askers.push(asker);
            return login();
          },
        }
      : undefined;
  return {
    setting: {
      find,
      loadCustomFamily: async () => undefined,
      options: {},
      readPolicy: async () => NO_POLICY,
    },
    askers,
  };
}

test("an image that is ours is answered with its login under its own host", () =>
  inWorld({}, async (world) => {
    const { setting, askers } = registries(async () => LOGIN);
    const hosts: string[] = [];
    const text = await provide(request(IMAGE), setting, world, (host) => hosts.push(host));
    const { auth } = decodeResponse(text, { apiVersion });
    assert.deepEqual([...auth], [["Registry.example", { username: "u", password: "p" }]]);
    assert.deepEqual([hosts, askers[0]?.pod], [["Registry.example"], undefined]);
  }));

test("an image that is nobody's is answered with nothing, and nobody is asked or named", () =>
  inWorld({}, async (world) => {
    const { setting, askers } = registries(async () => LOGIN);
    const hosts: string[] = [];
    for (const image of [
      "docker.io/x",
      "registry.example:443/x",
      "registry.example./x",
      "user@registry.example/x",
      "x",
    ]) {
      const text = await provide(request(image), setting, world, (host) => hosts.push(host));
      assert.equal(decodeResponse(text, { apiVersion }).auth.size, 0);
    }
    assert.deepEqual([hosts, askers], [[], []]);
  }));

test("a token makes the asker a pod, and it does not show in anything that is printed", () =>
  inWorld({}, async (world) => {
    const { setting, askers } = registries(async () => LOGIN);
    const options = { azureConfigPath: "/a.json" };
    const token = createLoginContext(IMAGE, {
      subject: "system:serviceaccount:shop:default",
    }).pod?.token.expose();
    await provide(request(IMAGE), { ...setting, options }, world, () => {});
    await provide(request(IMAGE, token), { ...setting, options }, world, () => {});
    assert.deepEqual([askers[0]?.pod, askers[0]?.options], [undefined, options]);
    assert.deepEqual([askers[1]?.pod?.namespace, askers[1]?.pod?.serviceAccount], ["shop", "default"]);
    assert.ok(token && !JSON.stringify(askers[1]).includes(token));
  }));

test("a token that is none of a ServiceAccount is refused, and not shown", () =>
  inWorld({}, async (world) => {
    const { setting, askers } = registries(async () => LOGIN);
    const error = await failure(provide(request(IMAGE, "a.b.c"), setting, world, () => {}));
    assert.deepEqual(
      [error.code, askers.length, error.message.includes("a.b.c")],
      ["pod-token-malformed", 0, false],
    );
  }));

for (const identity of ["node", "pod-then-node", undefined] as const)
  test(`a token that is over is refused whoever is to log in: identity ${identity ?? "as it comes"}`, () =>
    inWorld({}, async (world) => {
      const { setting, askers } = registries(async () => LOGIN);
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
          { ...setting, readPolicy: async () => policyWith([rule]) },
          at,
          () => {},
        );
      await asked(world);
      const later = { ...world, now: () => world.now() + HOUR };
      assert.deepEqual([(await failure(asked(later))).code, askers.length], ["pod-token-expired", 1]);
    }));

test("a failure comes out as it is, and whose it was is known by then", () =>
  inWorld({}, async (world) => {
    const { setting } = registries(() => Promise.reject(new ProviderError("aws-instance-has-no-role")));
    const hosts: string[] = [];
    const error = await failure(provide(request(IMAGE), setting, world, (host) => hosts.push(host)));
    assert.deepEqual([error.code, hosts], ["aws-instance-has-no-role", ["Registry.example"]]);
  }));

test("a login that its registry gives for one image is the kubelet's for no other", () =>
  inWorld({}, async (world) => {
    const scopes: string[] = [];
    for (const scope of ["image", "registry"] as const) {
      const { setting } = registries(async () => ({ ...LOGIN, scope }));
      const text = await provide(request(IMAGE), setting, world, () => {});
      scopes.push(decodeResponse(text, { apiVersion }).cacheKeyType);
    }
    assert.deepEqual(scopes, ["Image", "Registry"]);
  }));

test("a pull without a login is noted with its reason", () =>
  inWorld({}, async (world) => {
    const { setting } = registries(async () => ({
      kind: "anonymous",
      because: new ProviderError("aws-instance-has-no-role", { identity: "instance role: failed" }),
      cacheFor: 0,
    }));
    const text = await provide(request(IMAGE), setting, world, () => {});
    assert.equal(decodeResponse(text, { apiVersion }).auth.size, 0);
    assert.deepEqual(world.notes, [
      "registry.example: pulled without a login: the instance has no IAM role (identity: instance role: failed)",
    ]);
  }));

test("what only a file of the node knows is asked for hosts of nobody's, and for no others", () =>
  inWorld({}, async (world) => {
    const { setting, askers } = registries(async () => LOGIN);
    let times = 0;
    const loadCustomFamily = async () => {
      times += 1;
      return { name: "acr", matchImages: [], match: setting.find, listNames: () => [] } as const;
    };
    await provide(request(IMAGE), { ...setting, loadCustomFamily }, world, () => {});
    assert.equal(times, 0);
    await provide(request(IMAGE), { ...setting, find: () => undefined, loadCustomFamily }, world, () => {});
    await provide(request("docker.io/x"), { ...setting, loadCustomFamily }, world, () => {});
    assert.deepEqual([times, askers.length], [2, 2]);
  }));

test("where that file cannot be used, whose the host is would be a guess: the run fails", () =>
  inWorld({}, async (world) => {
    const { setting } = registries(async () => LOGIN);
    const loadCustomFamily = () => Promise.reject(new ProviderError("azure-environment-file-invalid"));
    const asked = provide(request("docker.io/x"), { ...setting, loadCustomFamily }, world, () => {});
    assert.equal((await failure(asked)).code, "azure-environment-file-invalid");
  }));

/** A node whose own file describes a cloud, and a configuration with rules for its registry and all of its neighbours. */
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
  ["a registry that only a file of the node knows", "shop.azurecr.local.corp/app", "variable-missing"],
  ["a mirror that only a file of the node knows", "docker.io/app", "variable-missing"],
  ["its neighbour", "shop.harbor.local.corp/app", "login"],
] as const)
  test(`the first rule that fits wins for ${what}, and that file is read once`, () =>
    inWorld(STACK, async (world) => {
      const setting = {
        find: findRegistry,
        loadCustomFamily,
        options: { configPath: "/config.yaml" },
        readPolicy: createPolicyReader(
          async (at) => toKnownRegistries(await listFamilies(at)),
          NO_CONFIG_CACHE,
        ),
      };
      const asked = provide(request(image), setting, world, () => {});
      const found = end === "login" ? (await asked) && "login" : (await failure(asked)).code;
      assert.equal(found, end);
      assert.equal(world.filesRead.filter((path) => path === "/environment.json").length, 1);
    }));
