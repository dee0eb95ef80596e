import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { configForHost, fullConfig } from "../../src/config/host-config.ts";
import { createPolicy } from "../../src/config/parse-rules.ts";
import type { Config, Mirror, Rule } from "../../src/config/schema.ts";
import { parseImageReference } from "../../src/core/image-reference.ts";
import { FAMILIES, findRegistry } from "../../src/registries/index.ts";
import { selectTarget, toKnownRegistries } from "../../src/registries/resolve-target.ts";

const KNOWN = toKnownRegistries(FAMILIES);
const HEAD = { apiVersion: "registry-credential-provider/v1", kind: "Config" } as const;
const RULES: readonly Rule[] = [
  { match: ["*.dkr.ecr.*.amazonaws.com"], identity: "node" },
  { match: ["123456789012.dkr.ecr.us-east-1.amazonaws.com/team"], identity: "pod" },
  { match: ["harbor.example:8443", "*.azurecr.io/a"], static: { username: "u", passwordEnv: "P" } },
  { match: ["harbor.example"], static: { username: "v", passwordEnv: "P" } },
  {
    match: ["pull.example"],
    registry: "999999999999.dkr.ecr.us-east-1.amazonaws.com",
    aws: { profile: "p" },
  },
  {
    match: ["second.corp.test/team"],
    registry: "999999999999.dkr.ecr.us-east-1.amazonaws.com",
    aws: { profile: "q" },
  },
  { match: ["999999999999.dkr-ecr.us-east-1.on.aws/a"], aws: { profile: "r" } },
  { match: ["europe-docker.pkg.dev/shop"], google: { credentialsFile: "/k" } },
  { match: ["*.example"], identity: "pod" },
];
const MIRRORS: readonly Mirror[] = [
  { source: "docker.io", registry: "123456789012.dkr.ecr.us-east-1.amazonaws.com/hub" },
  { source: "quay.io/team", registry: "shop.azurecr.io/a" },
  { source: "quay.io", registry: "harbor.example:8443" },
  // The target of another mirror, which is not followed twice.
  { source: "harbor.example:8443/x", registry: "gcr.io" },
  { source: "123456789012.dkr.ecr.us-east-1.amazonaws.com/team", registry: "gcr.io/p" },
];
const HOSTS = [
  "123456789012.dkr.ecr.us-east-1.amazonaws.com",
  "999999999999.dkr.ecr.us-east-1.amazonaws.com",
  "shop.azurecr.io",
  "harbor.example",
  "HARBOR.example:8443",
  "pull.example",
  "second.corp.test",
  "europe-docker.pkg.dev",
  "docker.io",
  "quay.io",
  "gcr.io",
];
const PATHS = ["team/app", "team", "a/b", "shop/app", "hub/x", "x", "", "a/../b"];

/** The target of an image in JSON, or the error code. */
function meaning(image: string, config: Config, ofHost: boolean): string {
  const parsed = parseImageReference(image);
  assert.ok(parsed);
  const policy = createPolicy(ofHost ? configForHost(parsed.host, config, KNOWN) : fullConfig(config));
  try {
    return JSON.stringify(selectTarget(parsed, policy, findRegistry) ?? "nobody's");
  } catch (error) {
    return String(error);
  }
}

test("the configuration for a host has the same effect on its images as the full configuration", () => {
  const configs = fc.record({
    rules: fc.array(fc.constantFrom(...RULES), { maxLength: 6 }),
    mirrors: fc.subarray([...MIRRORS]),
  });
  const images = fc
    .tuple(fc.constantFrom(...HOSTS), fc.constantFrom(...PATHS))
    .map((parts) => parts.join("/"));
  const seen = new Set<string>();
  fc.assert(
    fc.property(configs, images, (some, image) => {
      const config = { ...HEAD, ...some };
      const whole = meaning(image, config, false);
      seen.add(whole);
      assert.equal(meaning(image, config, true), whole);
    }),
    { numRuns: 20_000, seed: 7 },
  );
  assert.ok(seen.size > 100, `only ${seen.size} different answers were compared`);
});

test("the configuration for a host has only its rules, with their positions in the file", () => {
  const host = parseImageReference("harbor.example:8443/x")?.host;
  assert.ok(host);
  const { rules, mirrors } = configForHost(host, { ...HEAD, rules: RULES, mirrors: MIRRORS }, KNOWN);
  assert.deepEqual([rules.map(([index]) => index), mirrors.length], [[2], 1]);
});

test("the configuration for a mirrored host has the rules for its mirrors' targets", () => {
  const host = parseImageReference("quay.io/x")?.host;
  assert.ok(host);
  const { rules, mirrors } = configForHost(host, { ...HEAD, rules: RULES, mirrors: MIRRORS }, KNOWN);
  assert.deepEqual([rules.map(([index]) => index), mirrors.length], [[2], 3]);
});
