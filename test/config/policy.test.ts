import assert from "node:assert/strict";
import { test } from "node:test";
import { dependsOnPath, findRules, NO_POLICY, resolveMirror } from "../../src/config/policy.ts";
import type { Mirror } from "../../src/config/schema.ts";
import { type ImageReference, parseImageReference } from "../../src/core/image-reference.ts";
import { policyWith } from "../support/policy.ts";

function image(text: string): ImageReference {
  const parsed = parseImageReference(text);
  assert.ok(parsed, text);
  return parsed;
}

test("returns the rules that match an image in order, with their paths as names", () => {
  const policy = policyWith([
    { match: ["reg.io/team"] },
    { match: ["other.io"] },
    { match: ["*.io", "reg.io"] },
    { match: ["*"] },
  ]);
  const names = (text: string) => findRules([image(text)], policy).map(({ name }) => name);
  assert.deepEqual(names("reg.io/team/app"), ["rules[0]", "rules[2]"]);
  assert.deepEqual(names("REG.io/teams/app"), ["rules[2]"]);
  assert.deepEqual(names("localhost/app"), ["rules[3]"]);
  assert.deepEqual(names("reg.io:443/team/app"), []);
  assert.deepEqual(findRules([image("reg.io/app")], NO_POLICY), []);
});

const ECR = "111122223333.dkr.ecr.us-east-1.amazonaws.com";
const MIRRORS: readonly Mirror[] = [
  { source: "docker.io/acme", registry: `${ECR}/hub-acme` },
  { source: "docker.io", registry: ECR },
  { source: "quay.io/team/x", registry: "mirror.example:8443/quay/y" },
  { source: "reg.io:8443", registry: "mirror.example" },
];

const PULLED: readonly (readonly [asked: string, host: string | undefined, repository?: string])[] = [
  ["docker.io/library/busybox", ECR, "library/busybox"],
  ["DOCKER.io/library/busybox", ECR, "library/busybox"],
  ["docker.io/acme/app", ECR, "hub-acme/app"],
  ["docker.io/acme/a/b/c", ECR, "hub-acme/a/b/c"],
  ["docker.io/acmes/app", ECR, "acmes/app"],
  ["docker.io/acme", ECR, "hub-acme"],
  ["docker.io/acme/../library/app", ECR, "acme/../library/app"],
  ["docker.io/acme/app:1.0", ECR, "hub-acme/app:1.0"],
  ["quay.io/team/x/app", "mirror.example:8443", "quay/y/app"],
  ["reg.io:8443/app", "mirror.example", "app"],
  ["quay.io/team/xy/app", undefined],
  ["quay.io/team", undefined],
  ["quay.io/team/x/../app", undefined],
  ["reg.io/app", undefined],
  ["reg.io:443/app", undefined],
  ["docker.io.attacker.example/app", undefined],
  ["index.docker.io/library/app", undefined],
  ["mirror.example/docker.io/app", undefined],
  [`${ECR}/library/busybox`, undefined],
];

for (const [asked, host, repository] of PULLED) {
  test(`${asked} is pulled from ${host === undefined ? "its own host" : `${host}/${repository}`}`, () => {
    const found = resolveMirror([image(asked)], policyWith([], MIRRORS));
    assert.deepEqual([found?.host.name, found?.repository], [host, repository]);
  });
}

test("an invalid path is still invalid after mirroring", () => {
  const segments = (text: string) => resolveMirror([image(text)], policyWith([], MIRRORS))?.segments;
  assert.deepEqual(segments("docker.io/acme/app"), ["hub-acme", "app"]);
  assert.equal(segments("docker.io/acme/../app"), undefined);
  assert.equal(segments("docker.io/%2e%2e/app"), undefined);
});

test("a host depends on paths if a rule or a mirror has a path on the host", () => {
  const policy = policyWith([{ match: ["reg.io/team", "n.io"] }, { match: ["*.azurecr.io/x"] }], MIRRORS);
  const hosts = ["reg.io", "docker.io", "quay.io", "shop.azurecr.io"];
  const others = ["n.io", "reg.io:8443", "mirror.example", ECR, "a.b.azurecr.io", "azurecr.io"];
  assert.deepEqual(
    [...hosts, ...others].filter((host) => dependsOnPath([{ host }], policy)),
    hosts,
  );
});
