/** The same rule applies to all names of a registry. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { configForHost, fullConfig } from "../../src/config/host-config.ts";
import { lint } from "../../src/config/lint/lint.ts";
import { createPolicy, parseMirror, parseRule } from "../../src/config/parse-rules.ts";
import type { Config, Mirror, Rule } from "../../src/config/schema.ts";
import { parseImageReference } from "../../src/core/image-reference.ts";
import { ProviderError } from "../../src/errors/provider-error.ts";
import { requireAllowed } from "../../src/identities/identity.ts";
import { FAMILIES, findRegistry } from "../../src/registries/index.ts";
import { selectTarget, toKnownRegistries } from "../../src/registries/resolve-target.ts";

const KNOWN = toKnownRegistries(FAMILIES);
const HEAD = { apiVersion: "registry-credential-provider/v1", kind: "Config" } as const;

const account = fc.constantFrom("123456789012", "999999999999");
const path = fc.constantFrom("team/app", "team", "secret/x", "p/gcr.io", "a/b/c", "gcr.io/x");
const project = fc.constantFrom("p", "example.com/p", "team");
const each = fc.nat();

/** The names of one image, taken from the vendors' documents instead of the source. */
const images: fc.Arbitrary<readonly string[]> = fc.oneof(
  fc
    .tuple(account, fc.constantFrom("us-east-1", "us-gov-west-1", "eu-west-3"), path)
    .map(([id, region, rest]) =>
      [
        `dkr.ecr.${region}.amazonaws.com`,
        `dkr.ecr-fips.${region}.amazonaws.com`,
        `dkr-ecr.${region}.on.aws`,
        `dkr-ecr-fips.${region}.on.aws`,
      ].map((name) => `${id}.${name}/${rest}`),
    ),
  fc
    .tuple(account, path)
    .map(([id, rest]) =>
      ["dkr.ecr.cn-north-1.amazonaws.com.cn", "dkr-ecr.cn-north-1.on.amazonwebservices.com.cn"].map(
        (name) => `${id}.${name}/${rest}`,
      ),
    ),
  path.map((rest) => [`public.ecr.aws/${rest}`, `ecr-public.aws.com/${rest}`]),
  fc
    .tuple(fc.constantFrom("shop", "shop-a1", "team"), fc.constantFrom("azurecr.io", "azurecr.us"), path)
    .map(([name, suffix, rest]) =>
      ["", ".eastus.geo", ".westeurope.geo"].map((region) => `${name}${region}.${suffix}/${rest}`),
    ),
  fc
    .tuple(fc.constantFrom("us", "europe-west1"), path)
    .map(([location, rest]) => [
      `${location}-docker.pkg.dev/shop/images/${rest}`,
      `docker.${location}.rep.pkg.dev/shop/images/${rest}`,
    ]),
  fc
    .tuple(project, path)
    .map(([owner, rest]) => [
      `gcr.io/${owner}/${rest}`,
      `container.cloud.google.com/${owner}/${rest}`,
      `us-docker.pkg.dev/${owner}/gcr.io/${rest}`,
      `docker.us.rep.pkg.dev/${owner}/gcr.io/${rest}`,
    ]),
  fc
    .tuple(project, path)
    .map(([owner, rest]) => [
      `eu.gcr.io/${owner}/${rest}`,
      `europe-docker.pkg.dev/${owner}/eu.gcr.io/${rest}`,
    ]),
  path.map((rest) => ["docker", "u-france-east1-docker"].map((first) => `${first}.s3nsregistry.fr/${rest}`)),
);

/** Hosts of the images above → the custom domains that stand for them. */
const DOMAINS: ReadonlyMap<string, readonly string[]> = new Map([
  ["123456789012.dkr.ecr.us-east-1.amazonaws.com", ["a.corp.example", "b.corp.example"]],
  ["123456789012.dkr-ecr.eu-west-3.on.aws", ["c.corp.example"]],
  ["public.ecr.aws", ["public.corp.example"]],
  ["shop.westeurope.geo.azurecr.io", ["shop.corp.example", "shop.other.example:8443"]],
  ["us-docker.pkg.dev", ["us.corp.example"]],
  ["gcr.io", ["gcr.corp.example"]],
]);

/** The names of one image, with those under custom domains. */
const allNames = images.map((names) =>
  names.flatMap((name) => {
    const [host = ""] = name.split("/", 1);
    return [name, ...(DOMAINS.get(host) ?? []).map((domain) => domain + name.slice(host.length))];
  }),
);

/** Declares the custom domains after all other rules, so that these names hold whatever the rules are. */
const DECLARED: readonly Rule[] = [...DOMAINS].map(([registry, match]) => ({
  match: [...match],
  registry,
  allow: { repositories: ["team"] },
}));

/** Returns two names of one image, one of them with upper case in the host or without. */
const customSpelled = fc.tuple(allNames, each, each).map(([names, one, other]) => {
  return [names[one % names.length] ?? "", names[other % names.length] ?? ""] as const;
});

/** Returns one of the names, with upper case in the host or without. */
const spelled = fc.tuple(images, each, each, fc.boolean()).map(([names, one, other, upper]) => {
  const [first = "", second = ""] = [names[one % names.length], names[other % names.length]];
  return [first, upper ? second.replace(/^[^/]*/, (host) => host.toUpperCase()) : second] as const;
});

const WIDE = [
  "*.dkr.ecr.*.amazonaws.com",
  "*.dkr-ecr.*.on.aws",
  "*.dkr-ecr-fips.us-*.on.aws",
  "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/team",
  "*.azurecr.io",
  "*.*.geo.azurecr.io",
  "shop.eastus.geo.azurecr.io/secret",
  "s*.west*.geo.azurecr.*",
  "*.pkg.dev",
  "docker.*.rep.pkg.dev/shop",
  "gcr.io",
  "*.gcr.io/p",
  "us-docker.pkg.dev/p/gcr.io",
  "us-docker.pkg.dev/team",
  "docker.s3nsregistry.fr/secret",
  "u-*.s3nsregistry.fr",
  "public.ecr.aws/team",
  "ecr-public.aws.com",
  "*.*.*",
];
const pattern = fc.oneof(
  fc.constantFrom(...WIDE),
  fc.tuple(images, each, fc.nat({ max: 4 })).map(([names, which, length]) => {
    const [host = "", ...segments] = (names[which % names.length] ?? "").split("/");
    return [host, ...segments.slice(0, length)].join("/");
  }),
);
const repositories = fc.array(fc.constantFrom("team", "secret", "p", "*/gcr.io/team", "shop/images/*"), {
  minLength: 1,
  maxLength: 2,
});
const rules: fc.Arbitrary<readonly Rule[]> = fc.array(
  fc.record(
    {
      match: fc.array(pattern, { minLength: 1, maxLength: 2 }),
      aws: fc.constant({ profile: "p" }),
      azure: fc.constant({}),
      allow: fc.record({ repositories }),
    },
    { requiredKeys: ["match"] },
  ),
  { maxLength: 5 },
);
const mirrors: fc.Arbitrary<readonly Mirror[]> = fc.array(
  fc.record({
    source: pattern.filter((one) => !one.includes("*")),
    registry: pattern.filter((one) => !one.includes("*")),
  }),
  { maxLength: 2 },
);

/** The rule, and whether it allows the image's repository. */
function decided(text: string, config: Config): string {
  const image = parseImageReference(text);
  assert.ok(image, text);
  try {
    const target = selectTarget(image, createPolicy(configForHost(image.host, config, KNOWN)), findRegistry);
    if (target === undefined) return "nobody's";
    requireAllowed({ ...target, pod: undefined, options: {}, env: {} });
    return `${target.registry.family} of ${target.registry.coordinates.region ?? ""}, ${target.ruleName}`;
  } catch (error) {
    assert.ok(error instanceof ProviderError);
    return error.code;
  }
}

/** The rules that are reported as never used. */
function idleRules(someRules: readonly Rule[], someMirrors: readonly Mirror[]): readonly string[] {
  const drafts = {
    rules: someRules.map(parseRule),
    mirrors: someMirrors.map(parseMirror),
    requireRule: false,
    isComplete: true,
  };
  return lint(drafts, KNOWN).flatMap(({ path: [list, index, ...below], message }) =>
    list === "rules" && below.length === 0 && message.includes("never used") ? [`rules[${index}]`] : [],
  );
}

test("any two names of an image match the same rule, which allows both or neither", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(spelled, rules, mirrors, ([one, other], someRules, someMirrors) => {
      const config = { ...HEAD, rules: someRules, mirrors: someMirrors };
      const [first, second] = [one, other].map((text) => decided(text, config).replace(/ of \S*,/, ","));
      seen.add(first ?? "");
      assert.equal(second, first, `${one} and ${other}`);
    }),
    { numRuns: 3_000, seed: 11 },
  );
  assert.ok(seen.size > 12, [...seen].join("; "));
  assert.ok(seen.has("repository-not-allowed"));
});

const domainRules: fc.Arbitrary<readonly Rule[]> = fc.array(
  fc.oneof(
    rules.filter(({ length }) => length > 0).map(([rule]) => rule ?? { match: [] }),
    fc
      .tuple(
        fc.constantFrom(...DOMAINS),
        each,
        fc.constantFrom("", "/team", "/secret", "/p", "/p/gcr.io"),
        fc.array(fc.constantFrom("team", "secret"), { minLength: 1, maxLength: 1 }),
      )
      .map(([[registry, domains], which, below, allowed]) => ({
        match: [(domains[which % domains.length] ?? "") + below],
        registry,
        allow: { repositories: allowed },
      })),
    fc.constantFrom<Rule>(
      { match: ["*.corp.example"], static: { username: "u", passwordEnv: "P" } },
      { match: ["a.corp.example/secret"], static: { username: "u", passwordEnv: "P" } },
    ),
  ),
  { maxLength: 5 },
);

test("any two names of an image match the same rule, with custom domains among the names", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(customSpelled, domainRules, mirrors, ([one, other], someRules, someMirrors) => {
      const config = { ...HEAD, rules: [...someRules, ...DECLARED], mirrors: someMirrors };
      const [first, second] = [one, other].map((text) => decided(text, config).replace(/ of \S*,/, ","));
      seen.add(first ?? "");
      assert.equal(second, first, `${one} and ${other}`);
    }),
    { numRuns: 3_000, seed: 16 },
  );
  assert.ok(seen.size > 12, [...seen].join("; "));
});

test("a rule for custom domains that is reported as never used applies to no image", () => {
  let claims = 0;
  fc.assert(
    fc.property(
      fc.array(customSpelled, { minLength: 8, maxLength: 8 }),
      domainRules,
      mirrors,
      (texts, someRules, someMirrors) => {
        const all = [...someRules, ...DECLARED];
        const idle = idleRules(all, someMirrors);
        const policy = createPolicy(fullConfig({ ...HEAD, rules: all, mirrors: someMirrors }));
        for (const [text] of texts) {
          const image = parseImageReference(text);
          assert.ok(image);
          claims += idle.length;
          assert.ok(!idle.includes(selectTarget(image, policy, findRegistry)?.ruleName ?? ""), text);
        }
      },
    ),
    { numRuns: 3_000, seed: 17 },
  );
  assert.ok(claims > 2_500, String(claims));
});

test("a login for a custom domain that the kubelet may reuse is the login of all its images", () => {
  let whole = 0;
  fc.assert(
    fc.property(customSpelled, path, domainRules, mirrors, ([text], rest, someRules, someMirrors) => {
      const policy = createPolicy(
        fullConfig({ ...HEAD, rules: [...someRules, ...DECLARED], mirrors: someMirrors }),
      );
      const image = parseImageReference(text);
      const other = parseImageReference(`${image?.host.spelled}/${rest}`);
      assert.ok(image && other);
      const target = selectTarget(image, policy, findRegistry);
      if (target?.cacheKeyType !== "registry") return;
      whole += 1;
      const found = selectTarget(other, policy, findRegistry);
      assert.deepEqual(
        [found?.ruleName, found?.registry.host.name],
        [target.ruleName, target.registry.host.name],
      );
    }),
    { numRuns: 2_000, seed: 18 },
  );
  assert.ok(whole > 100, String(whole));
});

test("the login is requested from the registry in the image's own name", () => {
  fc.assert(
    fc.property(spelled, rules, ([text], someRules) => {
      const image = parseImageReference(text);
      assert.ok(image);
      const policy = createPolicy(fullConfig({ ...HEAD, rules: someRules }));
      const target = selectTarget(image, policy, findRegistry);
      assert.equal(target?.registry.host, image.host);
      assert.equal(target.registry.coordinates.endpoint, findRegistry(image.host)?.coordinates.endpoint);
    }),
    { numRuns: 2_000, seed: 12 },
  );
});

test("a login that the kubelet may reuse for a whole host is the login of all its images", () => {
  let whole = 0;
  fc.assert(
    fc.property(spelled, path, rules, mirrors, ([text], rest, someRules, someMirrors) => {
      const policy = createPolicy(fullConfig({ ...HEAD, rules: someRules, mirrors: someMirrors }));
      const image = parseImageReference(text);
      const other = parseImageReference(`${image?.host.spelled}/${rest}`);
      assert.ok(image && other);
      const target = selectTarget(image, policy, findRegistry);
      if (target?.cacheKeyType !== "registry") return;
      whole += 1;
      const found = selectTarget(other, policy, findRegistry);
      assert.deepEqual(
        [found?.ruleName, found?.registry.host.name],
        [target.ruleName, target.registry.host.name],
      );
    }),
    { numRuns: 3_000, seed: 13 },
  );
  assert.ok(whole > 1_000, String(whole));
});

test("a rule that is reported as never used applies to no image", () => {
  let claims = 0;
  fc.assert(
    fc.property(
      fc.array(spelled, { minLength: 8, maxLength: 8 }),
      rules,
      mirrors,
      (texts, someRules, someMirrors) => {
        const idle = idleRules(someRules, someMirrors);
        if (idle.length === 0) return;
        const policy = createPolicy(fullConfig({ ...HEAD, rules: someRules, mirrors: someMirrors }));
        for (const [text] of texts) {
          const image = parseImageReference(text);
          assert.ok(image);
          claims += 1;
          assert.ok(!idle.includes(selectTarget(image, policy, findRegistry)?.ruleName ?? ""), text);
        }
      },
    ),
    { numRuns: 5_000, seed: 15 },
  );
  assert.ok(claims > 2_500, String(claims));
});

test("each name of a registry is in its family's list for any other of its names", () => {
  fc.assert(
    fc.property(images, each, each, (names, one, other) => {
      const [asked, wanted] = [one, other].map(
        (at) => parseImageReference(names[at % names.length] ?? "")?.host,
      );
      assert.ok(asked && wanted);
      const listed = findRegistry(asked)?.listNames?.(asked.name) ?? [];
      const shapes = listed.map(
        ({ host }) => new RegExp(`^${host.replaceAll(".", "\\.").replaceAll("*", "[a-z0-9-]+")}$`),
      );
      assert.ok(
        shapes.some((shape) => shape.test(wanted.name)),
        `${wanted.name} of ${asked.name}`,
      );
    }),
    { numRuns: 2_000, seed: 14 },
  );
});
