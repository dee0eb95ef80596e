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
  if (target === undefined) return "nobody's";
  const { registry, rule, authKey, scope } = target;
  const by = rule === undefined ? "default" : `rule ${rules.indexOf(rule)}`;
  return `${registry.family} ${registry.host.name}, ${by}, key ${authKey.spelled}, ${scope}`;
}

const ROWS: readonly (readonly [
  name: string,
  image: string,
  rules: Rule[],
  told: string,
  mirrors?: Mirror[],
])[] = [
  ["without rules the families decide", `${ECR}/app`, [], `ecr ${ECR}, default, key ${ECR}, registry`],
  ["what is no family's is nobody's", "ghcr.io/app", [], "nobody's"],
  [
    "the first rule that matches is taken",
    "shop.azurecr.io/app",
    [{ match: ["other.azurecr.io"] }, { match: ["*.azurecr.io"] }, { match: ["shop.azurecr.io"] }],
    "acr shop.azurecr.io, rule 1, key shop.azurecr.io, registry",
  ],
  [
    "a host in capitals falls under the same rule, and keeps its spelling as the key",
    "MYREG.azurecr.io/app",
    [{ match: ["myreg.azurecr.io"] }],
    "acr myreg.azurecr.io, rule 0, key MYREG.azurecr.io, registry",
  ],
  [
    "a rule of another cloud than the host's is passed over",
    "shop.azurecr.io/app",
    [
      { match: ["*.*.*"], aws: { roleArn: ROLE } },
      { match: ["*.*.*"], azure: {} },
    ],
    "acr shop.azurecr.io, rule 1, key shop.azurecr.io, registry",
  ],
  [
    "where all are passed over, the families decide",
    "shop.azurecr.io/app",
    [{ match: ["*.*.*"], google: {} }],
    "acr shop.azurecr.io, default, key shop.azurecr.io, registry",
  ],
  [
    "a rule of a cloud makes no other host the cloud's",
    "attacker.example/app",
    [{ match: ["*.example"], aws: { roleArn: ROLE } }, { match: ["*.example"] }],
    "nobody's",
  ],
  [
    "a registry at a port is no family's",
    "shop.azurecr.io:443/app",
    [{ match: ["shop.azurecr.io:443"], azure: {} }],
    "nobody's",
  ],
  [
    "a static login is for any host",
    "harbor.example:8443/app",
    [{ match: ["harbor.example:8443"], static: LOGIN }],
    "static harbor.example:8443, rule 0, key harbor.example:8443, registry",
  ],
  [
    "a static login goes before the family",
    "shop.azurecr.io/app",
    [{ match: ["shop.azurecr.io"], static: LOGIN }],
    "static shop.azurecr.io, rule 0, key shop.azurecr.io, registry",
  ],
  [
    "a static login is for no neighbour",
    "harbor.example.attacker.example:8443/app",
    [{ match: ["harbor.example:8443"], static: LOGIN }],
    "nobody's",
  ],
  [
    "a custom domain has the login of the registry that it stands for, under its own name",
    "images.corp.example/app",
    [{ match: ["images.corp.example"], registry: "shop.azurecr.io" }],
    "acr shop.azurecr.io, rule 0, key images.corp.example, registry",
  ],
  [
    "a custom domain whose registry is another cloud's has no login",
    "images.corp.example/app",
    [{ match: ["images.corp.example"], registry: "shop.azurecr.io", aws: { roleArn: ROLE } }],
    "nobody's",
  ],
  [
    "the registry of a rule is for its own hosts only",
    "images.corp.example.attacker.example/app",
    [{ match: ["images.corp.example"], registry: "shop.azurecr.io" }],
    "nobody's",
  ],
  [
    "a mirror's login comes under the name of the source",
    "docker.io/library/app",
    [],
    `ecr ${ECR}, default, key docker.io, registry`,
    [{ source: "docker.io", registry: `${ECR}/hub` }],
  ],
  [
    "rules see the mirror, not the source",
    "docker.io/library/app",
    [{ match: ["docker.io"], static: LOGIN }, { match: [ECR] }],
    `ecr ${ECR}, rule 1, key docker.io, registry`,
    [{ source: "docker.io", registry: ECR }],
  ],
  [
    "rules see the mirror's path",
    "docker.io/library/app",
    [{ match: [`${ECR}/library`] }, { match: [`${ECR}/hub`] }],
    `ecr ${ECR}, rule 1, key docker.io, image`,
    [{ source: "docker.io", registry: `${ECR}/hub` }],
  ],
  [
    "a mirror that is a source too is not followed again",
    "docker.io/app",
    [{ match: ["a.example"], static: LOGIN }],
    "static a.example, rule 0, key docker.io, registry",
    [
      { source: "docker.io", registry: "a.example" },
      { source: "a.example", registry: ECR },
    ],
  ],
  [
    "a mirror for a part of a host divides the host",
    "docker.io/library/app",
    [{ match: ["docker.io"], static: LOGIN }],
    "static docker.io, rule 0, key docker.io, image",
    [{ source: "docker.io/acme", registry: ECR }],
  ],
  [
    "a rule for a path divides the host, for the others too",
    "shop.azurecr.io/app",
    [{ match: ["shop.azurecr.io/team"] }],
    "acr shop.azurecr.io, default, key shop.azurecr.io, image",
  ],
  [
    "a rule for a path of another host divides nothing",
    "shop.azurecr.io/app",
    [{ match: ["other.azurecr.io/team"] }],
    "acr shop.azurecr.io, default, key shop.azurecr.io, registry",
  ],
  [
    "a rule that allows some repositories is for the image alone",
    "shop.azurecr.io/app",
    [{ match: ["shop.azurecr.io"], allow: { repositories: ["app"] } }],
    "acr shop.azurecr.io, rule 0, key shop.azurecr.io, image",
  ],
  [
    "teams/app is not of the path team",
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

  test(`${path}, which no registry has, is refused where rules go by paths`, () => {
    const rules = [{ match: ["shop.azurecr.io/team"], azure: {} }, { match: ["shop.azurecr.io"] }];
    assert.equal(thrown(() => told(image, rules)).code, "repository-malformed");
    const mirrors = [{ source: "shop.azurecr.io/team", registry: "other.azurecr.io" }];
    assert.equal(thrown(() => told(image, [], mirrors)).code, "repository-malformed");
  });

  test(`${path} has its host's login where nothing goes by paths`, () => {
    const expected = "acr shop.azurecr.io, rule 0, key shop.azurecr.io, registry";
    assert.equal(told(image, [{ match: ["shop.azurecr.io"] }]), expected);
  });
}

test("a rule's settings say which families it is for; without any it is for all", () => {
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
