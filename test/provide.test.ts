import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderError } from "../src/errors.ts";
import type { Identity } from "../src/identity.ts";
import type { ImageReference } from "../src/image.ts";
import type { LoginResult } from "../src/login.ts";
import { provide } from "../src/provide.ts";
import type { Registry } from "../src/registries/registry.ts";
import { Secret } from "../src/secret.ts";
import { HOUR } from "../src/time.ts";
import { decodeResponse } from "./kubelet/decode-response.ts";
import { encodeRaw } from "./kubelet/encode-request.ts";
import { failure, inWorld } from "./support/world.ts";

const apiVersion = "credentialprovider.kubelet.k8s.io/v1";
const IMAGE = "Registry.example/team/app";
const request = (image: string, serviceAccountToken = ""): Uint8Array =>
  Buffer.from(encodeRaw({ apiVersion, image, serviceAccountToken }));

const LOGIN: LoginResult = { kind: "login", username: "u", password: new Secret("p"), cacheFor: HOUR };

/** A registry of the one host, which remembers by whom it was asked. */
function registries(login: () => Promise<LoginResult>) {
  const identities: Identity[] = [];
  const find = ({ host }: ImageReference): Registry | undefined =>
    host.name === "registry.example"
      ? {
          family: "ecr",
          host,
          coordinates: { partition: "x", endpoint: "https://registry.example" },
          login: (identity) => {
            identities.push(identity);
            return login();
          },
        }
      : undefined;
  return { find, identities };
}

test("an image that is ours is answered with its login under its own host", () =>
  inWorld({}, async (world) => {
    const { find, identities } = registries(async () => LOGIN);
    const hosts: string[] = [];
    const text = await provide(request(IMAGE), find, {}, world, (host) => hosts.push(host));
    const { auth } = decodeResponse(text, { apiVersion });
    assert.deepEqual([...auth], [["Registry.example", { username: "u", password: "p" }]]);
    assert.deepEqual([hosts, identities[0]?.kind], [["Registry.example"], "node"]);
  }));

test("an image that is nobody's is answered with nothing, and nobody is asked or named", () =>
  inWorld({}, async (world) => {
    const { find, identities } = registries(async () => LOGIN);
    const hosts: string[] = [];
    for (const image of [
      "docker.io/x",
      "registry.example:443/x",
      "registry.example./x",
      "user@registry.example/x",
      "x",
    ]) {
      const text = await provide(request(image), find, {}, world, (host) => hosts.push(host));
      assert.equal(decodeResponse(text, { apiVersion }).auth.size, 0);
    }
    assert.deepEqual([hosts, identities], [[], []]);
  }));

test("a token makes the asker a pod, and azure.json is the node's alone", () =>
  inWorld({}, async (world) => {
    const { find, identities } = registries(async () => LOGIN);
    const settings = { azureConfigPath: "/a.json" };
    await provide(request(IMAGE), find, settings, world, () => {});
    await provide(request(IMAGE, "a.b.c"), find, settings, world, () => {});
    assert.deepEqual(identities[0], { kind: "node", azureConfigPath: "/a.json" });
    assert.equal(identities[1]?.kind, "pod");
    assert.ok(!JSON.stringify(identities[1]).includes("a.b.c"));
  }));

test("a failure comes out as it is, and whose it was is known by then", () =>
  inWorld({}, async (world) => {
    const { find } = registries(() => Promise.reject(new ProviderError("aws-no-role")));
    const hosts: string[] = [];
    const error = await failure(provide(request(IMAGE), find, {}, world, (host) => hosts.push(host)));
    assert.deepEqual([error.code, hosts], ["aws-no-role", ["Registry.example"]]);
  }));

test("a pull without a login is noted with its reason", () =>
  inWorld({}, async (world) => {
    const { find } = registries(async () => ({
      kind: "anonymous",
      because: new ProviderError("aws-no-role", { identity: "instance role: failed" }),
      cacheFor: 0,
    }));
    const text = await provide(request(IMAGE), find, {}, world, () => {});
    assert.equal(decodeResponse(text, { apiVersion }).auth.size, 0);
    assert.deepEqual(world.notes, [
      "registry.example: pulled without a login: the instance has no IAM role (identity: instance role: failed)",
    ]);
  }));
