import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { CloudOptions } from "../cloud/cloud.ts";
import { CachedNode, ECR, type Pull } from "../support/cached-node.ts";
import { memoryUnavailable } from "../support/memory-folder.ts";
import { POD_ROLE } from "../transcripts/answers.ts";

const SHOP = "system:serviceaccount:shop:default";
const OTHER = "system:serviceaccount:shop:other";
const SAME_NAME = "system:serviceaccount:other:default";
const ACR = "myregistry.azurecr.io/app";
const trusted = {
  ...POD_ROLE,
  trustedTokens: { ...POD_ROLE.trustedTokens, subjects: [SHOP, OTHER, SAME_NAME] },
};
const identity = (kind: "system" | "user", last: string) => ({
  kind,
  clientId: `11111111-0000-4000-8000-00000000000${last}`,
  objectId: `22222222-0000-4000-8000-00000000000${last}`,
  resourceId: `/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${last}`,
  pulls: ["*"],
});
const CLOUD: CloudOptions = {
  aws: {
    roles: {
      one: { ...trusted, trustedRoles: ["node-role"] },
      two: { ...trusted, trustedRoles: ["node-role"] },
    },
  },
  azure: { identities: [identity("system", "1"), identity("user", "2"), identity("user", "3")] },
};

type CreatePull = (node: CachedNode) => Pull;

/** A pod that assumes a role. */
const pod =
  (subject = SHOP, role = "one", uid?: string) =>
  ({ cloud }: CachedNode): Pull => ({
    token: cloud.serviceAccountToken({
      audience: "sts.amazonaws.com",
      subject,
      ...(uid === undefined ? {} : { uid }),
    }),
    annotations: { "eks.amazonaws.com/ecr-role-arn": cloud.roleArn(role) },
  });

function writeConfig(node: CachedNode, name: string, text: string): string {
  const path = join(node.folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** The node, with a rule in this configuration file. */
const withRule =
  (file: string, aws: (node: CachedNode) => string) =>
  (node: CachedNode): Pull => {
    const rule = `  - match: ["*.dkr.ecr.*.amazonaws.com"]\n    identity: node\n    aws: { ${aws(node)} }\n`;
    const head = "apiVersion: registry-credential-provider/v1\nkind: Config\nrules:\n";
    return { args: [`--config=${writeConfig(node, file, head + rule)}`] };
  };
const useRole = (name: string) => (node: CachedNode) => `roleArn: "${node.cloud.roleArn(name)}"`;

const azureJson =
  (last: string) =>
  (node: CachedNode): Pull => ({
    image: ACR,
    node: "azure",
    args: [
      writeConfig(
        node,
        "azure.json",
        JSON.stringify({
          useManagedIdentityExtension: true,
          userAssignedIdentityID: identity("user", last).clientId,
        }),
      ),
    ],
  });

/** Pulls that all differ in their identity or registry. */
const DIFFERENT: Readonly<Record<string, CreatePull>> = {
  "a pod": pod(),
  "a pod with another ServiceAccount": pod(OTHER),
  "a pod with a ServiceAccount of the same name in another namespace": pod(SAME_NAME),
  "a pod with a recreated ServiceAccount": pod(SHOP, "one", "2"),
  "a pod with another annotation": pod(SHOP, "two"),
  "the node": () => ({}),
  "the node with a rule and a role": withRule("a.yaml", useRole("one")),
  "the node with a rule and another role": withRule("b.yaml", useRole("two")),
  "the node in another region": () => ({ image: ECR.replace("us-east-1", "eu-west-1") }),
  "the node at another account": () => ({ image: ECR.replace("123456789012", "999999999999") }),
};

test(
  "each identity and registry has a login of its own, also from the cache",
  {
    skip: memoryUnavailable,
  },
  () =>
    CachedNode.use(async (node) => {
      const pulls = Object.entries(DIFFERENT);
      const pullAll = () => Promise.all(pulls.map(([, createPull]) => node.pull(createPull(node))));
      const [first, again] = [await pullAll(), await pullAll()];
      const found = new Map(pulls.map(([name], at) => [name, first[at]?.password]));
      assert.ok(first.every(({ password, line }) => password !== undefined && line === ""));
      assert.equal(new Set(found.values()).size, pulls.length, [...found].join("\n"));
      assert.deepEqual(new Map(pulls.map(([name], at) => [name, again[at]?.password])), found);
      assert.equal(node.countCalls("ecr"), pulls.length);
    }, CLOUD),
);

const CHANGED: readonly (readonly [what: string, before: CreatePull, after: CreatePull])[] = [
  ["a configuration file", withRule("a.yaml", useRole("one")), withRule("a.yaml", useRole("two"))],
  ["azure.json", azureJson("2"), azureJson("3")],
];
for (const [what, before, after] of CHANGED)
  test(`a changed identity in ${what} gets another login`, { skip: memoryUnavailable }, () =>
    CachedNode.use(async (node) => {
      const [first, second] = [await node.pull(before(node)), await node.pull(after(node))];
      assert.ok(first.password && second.password, first.line + second.line);
      assert.notEqual(first.password, second.password);
      assert.equal(node.countCalls("ecr") + node.countCalls("acr"), 2);
    }, CLOUD),
  );

const SAME: readonly (readonly [what: string, one: CreatePull, other: CreatePull])[] = [
  ["images of one registry", () => ({}), () => ({ image: `${ECR}/other` })],
  ["tokens of one ServiceAccount", pod(), pod()],
  [
    "configuration files with the same rule",
    withRule("a.yaml", useRole("one")),
    withRule("b.yaml", useRole("one")),
  ],
];
test("pulls with the same identity and registry share a login:", { skip: memoryUnavailable }, (context) =>
  CachedNode.use(async (node) => {
    for (const [what, one, other] of SAME)
      await context.test(what, async () => {
        const before = node.countCalls("ecr");
        const first = await node.pull(one(node));
        assert.ok(first.password, first.line);
        assert.equal((await node.pull(other(node))).password, first.password);
        assert.equal(node.countCalls("ecr"), before + 1);
      });
  }, CLOUD),
);

test("a login's file under the name of another is not served", { skip: memoryUnavailable }, () =>
  CachedNode.use(async (node) => {
    const first = await node.pull(pod()(node));
    const [firstFile = ""] = node.listFiles(".login");
    const second = await node.pull(pod(OTHER)(node));
    const secondFile = node.listFiles(".login").find((name) => name !== firstFile) ?? "";
    copyFileSync(node.path(firstFile), node.path(secondFile));
    const third = await node.pull(pod(OTHER)(node));
    assert.ok(third.password);
    assert.ok(![first.password, second.password].includes(third.password));
    assert.deepEqual([third.line, node.countCalls("ecr")], ["", 3]);
  }, CLOUD),
);

test("a cached configuration file is read again after a change", { skip: memoryUnavailable }, () =>
  CachedNode.use(async (node) => {
    const one = withRule("a.yaml", useRole("one"));
    const pull = one(node);
    // A file that was changed within the last second is not cached.
    await setTimeout(1100);
    const first = await node.pull(pull);
    assert.equal(node.listFiles(".rules").length, 1);
    assert.equal((await node.pull(pull)).password, first.password);
    const other = await node.pull(withRule("a.yaml", useRole("two"))(node));
    assert.notEqual(other.password, first.password);
    assert.deepEqual([other.line, node.countCalls("ecr")], ["", 2]);
  }, CLOUD),
);

const DUAL_STACK = "123456789012.dkr-ecr.us-east-1.on.aws/team/app";
/** The configuration that is cached for one host must include the rules for the registry's other names. */
const CACHED_CONFIGURATIONS: readonly (readonly [
  name: string,
  config: string,
  image: string,
  code: string,
])[] = [
  [
    "a rule for another name of the registry",
    'rules:\n  - match: ["*.dkr.ecr.*.amazonaws.com"]\n    allow: { repositories: [other] }\n',
    DUAL_STACK,
    "repository-not-allowed",
  ],
  [
    "a rule for another name of a mirror's registry",
    `rules:\n  - match: ["*.dkr.ecr.*.amazonaws.com"]\n    allow: { repositories: [other] }\nmirrors:\n  - { source: quay.io, registry: ${DUAL_STACK} }\n`,
    "quay.io/app",
    "repository-not-allowed",
  ],
  [
    "a rule for a custom domain that stands for the registry",
    "rules:\n  - match: [images.corp.example]\n    registry: myregistry.azurecr.io\n    allow: { repositories: [other] }\n",
    ACR,
    "repository-not-allowed",
  ],
  ["requireRule", 'requireRule: true\nrules:\n  - match: ["*.azurecr.io"]\n', ECR, "rule-missing"],
];

for (const [name, text, image, code] of CACHED_CONFIGURATIONS) {
  test(`${name} applies with a cached configuration too`, { skip: memoryUnavailable }, () =>
    CachedNode.use(async (node) => {
      const path = join(node.folder, "config.yaml");
      writeFileSync(path, `apiVersion: registry-credential-provider/v1\nkind: Config\n${text}`, {
        mode: 0o600,
      });
      await setTimeout(1100);
      for (let time = 0; time < 2; time += 1) {
        const { line, password } = await node.pull({ image, node: "aws", args: [`--config=${path}`] });
        assert.match(line, new RegExp(`\\[code ${code}, `));
        assert.deepEqual(
          [password, node.listFiles(".rules").length, node.countCalls("ecr")],
          [undefined, 1, 0],
        );
      }
    }),
  );
}
