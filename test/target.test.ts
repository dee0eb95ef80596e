import assert from "node:assert/strict";
import { test } from "node:test";
import type { Mirror, Rule } from "../src/config/schema.ts";
import { parseImageReference } from "../src/core/image-reference.ts";
import { FAMILIES, findRegistry } from "../src/registries/index.ts";
import { isRuleForSection, selectTarget } from "../src/registries/resolve-target.ts";
import { policyWith } from "./support/policy.ts";
import { thrown } from "./support/world.ts";

const ECR = "111122223333.dkr.ecr.us-east-1.amazonaws.com";
const ROLE = "arn:aws:iam::111122223333:role/pull";
const LOGIN = { dockerConfig: "/d.json" } as const;

function find(text: string, rules: readonly Rule[], mirrors: readonly Mirror[] = []) {
  const image = parseImageReference(text);
  assert.ok(image, text);
  return selectTarget(image, policyWith(rules, mirrors), findRegistry);
}

/** `family of host, by the rule's place; under the key; for`. */
function told(text: string, rules: readonly Rule[], mirrors?: readonly Mirror[]): string {
  const target = find(text, rules, mirrors);
  if (target === undefined) return "unsupported";
  const { registry, rule, authKey, cacheKeyType } = target;
  const by = rule === undefined ? "default" : `rule ${rules.indexOf(rule)}`;
  return `${registry.family} ${registry.host.name}, ${by}, key ${authKey.spelled}, ${cacheKeyType}`;
}

const ROWS: readonly (readonly [
  name: string,
  image: string,
  rules: Rule[],
  told: string,
  mirrors?: Mirror[],
])[] = [
  [
    "selects the family's defaults without rules",
    `${ECR}/app`,
    [],
    `ecr ${ECR}, default, key ${ECR}, registry`,
  ],
  ["does not support a host of no family", "ghcr.io/app", [], "unsupported"],
  [
    "selects the first rule that matches",
    "shop.azurecr.io/app",
    [{ match: ["other.azurecr.io"] }, { match: ["*.azurecr.io"] }, { match: ["shop.azurecr.io"] }],
    "acr shop.azurecr.io, rule 1, key shop.azurecr.io, registry",
  ],
  [
    "matches a host in capitals, and keeps its spelling as the key",
    "MYREG.azurecr.io/app",
    [{ match: ["myreg.azurecr.io"] }],
    "acr myreg.azurecr.io, rule 0, key MYREG.azurecr.io, registry",
  ],
  [
    "skips a rule of another cloud than the host's",
    "shop.azurecr.io/app",
    [
      { match: ["*.*.*"], aws: { roleArn: ROLE } },
      { match: ["*.*.*"], azure: {} },
    ],
    "acr shop.azurecr.io, rule 1, key shop.azurecr.io, registry",
  ],
  [
    "selects the family's defaults if all rules are skipped",
    "shop.azurecr.io/app",
    [{ match: ["*.*.*"], google: {} }],
    "acr shop.azurecr.io, default, key shop.azurecr.io, registry",
  ],
  [
    "a rule of a cloud does not make another host the cloud's",
    "attacker.example/app",
    [{ match: ["*.example"], aws: { roleArn: ROLE } }, { match: ["*.example"] }],
    "unsupported",
  ],
  [
    "a host with a port belongs to no family",
    "shop.azurecr.io:443/app",
    [{ match: ["shop.azurecr.io:443"], azure: {} }],
    "unsupported",
  ],
  [
    "a static login supports any host",
    "harbor.example:8443/app",
    [{ match: ["harbor.example:8443"], static: LOGIN }],
    "static harbor.example:8443, rule 0, key harbor.example:8443, registry",
  ],
  [
    "a static login takes precedence over the family",
    "shop.azurecr.io/app",
    [{ match: ["shop.azurecr.io"], static: LOGIN }],
    "static shop.azurecr.io, rule 0, key shop.azurecr.io, registry",
  ],
  [
    "a static login does not apply to a similar host",
    "harbor.example.attacker.example:8443/app",
    [{ match: ["harbor.example:8443"], static: LOGIN }],
    "unsupported",
  ],
  [
    "a custom domain gets its registry's login under its own name",
    "images.corp.example/app",
    [{ match: ["images.corp.example"], registry: "shop.azurecr.io" }],
    "acr shop.azurecr.io, rule 0, key images.corp.example, registry",
  ],
  [
    "a custom domain with a registry of another cloud is unsupported",
    "images.corp.example/app",
    [{ match: ["images.corp.example"], registry: "shop.azurecr.io", aws: { roleArn: ROLE } }],
    "unsupported",
  ],
  [
    "a rule's registry applies to the rule's hosts only",
    "images.corp.example.attacker.example/app",
    [{ match: ["images.corp.example"], registry: "shop.azurecr.io" }],
    "unsupported",
  ],
  [
    "a mirror's login gets the source's name as the key",
    "docker.io/library/app",
    [],
    `ecr ${ECR}, default, key docker.io, registry`,
    [{ source: "docker.io", registry: `${ECR}/hub` }],
  ],
  [
    "rules match the mirror, not the source",
    "docker.io/library/app",
    [{ match: ["docker.io"], static: LOGIN }, { match: [ECR] }],
    `ecr ${ECR}, rule 1, key docker.io, registry`,
    [{ source: "docker.io", registry: ECR }],
  ],
  [
    "rules match the mirror's path",
    "docker.io/library/app",
    [{ match: [`${ECR}/library`] }, { match: [`${ECR}/hub`] }],
    `ecr ${ECR}, rule 1, key docker.io, image`,
    [{ source: "docker.io", registry: `${ECR}/hub` }],
  ],
  [
    "a mirror of a mirror is not followed",
    "docker.io/app",
    [{ match: ["a.example"], static: LOGIN }],
    "static a.example, rule 0, key docker.io, registry",
    [
      { source: "docker.io", registry: "a.example" },
      { source: "a.example", registry: ECR },
    ],
  ],
  [
    "a mirror for a path makes the host's logins valid for one image",
    "docker.io/library/app",
    [{ match: ["docker.io"], static: LOGIN }],
    "static docker.io, rule 0, key docker.io, image",
    [{ source: "docker.io/acme", registry: ECR }],
  ],
  [
    "a rule for a path makes all logins of the host valid for one image",
    "shop.azurecr.io/app",
    [{ match: ["shop.azurecr.io/team"] }],
    "acr shop.azurecr.io, default, key shop.azurecr.io, image",
  ],
  [
    "a rule for a path of another host does not",
    "shop.azurecr.io/app",
    [{ match: ["other.azurecr.io/team"] }],
    "acr shop.azurecr.io, default, key shop.azurecr.io, registry",
  ],
  [
    "a rule with allow.repositories makes the login valid for one image",
    "shop.azurecr.io/app",
    [{ match: ["shop.azurecr.io"], allow: { repositories: ["app"] } }],
    "acr shop.azurecr.io, rule 0, key shop.azurecr.io, image",
  ],
  [
    "the path team does not match teams/app",
    "shop.azurecr.io/teams/app",
    [{ match: ["shop.azurecr.io/team"], azure: {} }, { match: ["shop.azurecr.io"] }],
    "acr shop.azurecr.io, rule 1, key shop.azurecr.io, image",
  ],
  ...["team", "team/app", "team:1.0", "team@sha256:00", "team/app:1.0@sha256:00"].map(
    (path): (typeof ROWS)[number] => [
      `${path} is of the path team`,
      `Shop.azurecr.io/${path}`,
      [{ match: ["shop.azurecr.io/team"], azure: {} }, { match: ["shop.azurecr.io"] }],
      "acr shop.azurecr.io, rule 0, key Shop.azurecr.io, image",
    ],
  ),
];

for (const [name, image, rules, expected, mirrors] of ROWS)
  test(name, () => assert.equal(told(image, rules, mirrors), expected));

for (const path of ["team/../app", "team//app", "team/%2e%2e/app", "TEAM/app", "team:1/app", "team-/app"]) {
  const image = `shop.azurecr.io/${path}`;

  test(`refuses the malformed path ${path} if rules depend on paths`, () => {
    const rules = [{ match: ["shop.azurecr.io/team"], azure: {} }, { match: ["shop.azurecr.io"] }];
    assert.equal(thrown(() => told(image, rules)).code, "repository-malformed");
    const mirrors = [{ source: "shop.azurecr.io/team", registry: "other.azurecr.io" }];
    assert.equal(thrown(() => told(image, [], mirrors)).code, "repository-malformed");
  });

  test(`selects the host's login for the malformed path ${path} if no rule depends on paths`, () => {
    const expected = "acr shop.azurecr.io, rule 0, key shop.azurecr.io, registry";
    assert.equal(told(image, [{ match: ["shop.azurecr.io"] }]), expected);
  });
}

test("a rule applies to the families of its settings, or to all without settings", () => {
  const registries = [...FAMILIES, { name: "static", section: "static" } as const];
  const of = (rule: Partial<Rule>) =>
    registries
      .filter(({ section }) => isRuleForSection({ match: ["x"], ...rule }, section))
      .map(({ name }) => name);
  assert.deepEqual(of({}), ["ecr", "ecr-public", "artifact-registry", "acr", "static"]);
  assert.deepEqual(of({ aws: {} }), ["ecr", "ecr-public"]);
  assert.deepEqual(of({ google: {} }), ["artifact-registry"]);
  assert.deepEqual(of({ azure: {} }), ["acr"]);
  assert.deepEqual(of({ static: {} }), ["static"]);
});
