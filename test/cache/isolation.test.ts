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
const OF_ITS_NAME = "system:serviceaccount:other:default";
const ACR = "myregistry.azurecr.io/app";
const trusted = {
  ...POD_ROLE,
  trustedTokens: { ...POD_ROLE.trustedTokens, subjects: [SHOP, OTHER, OF_ITS_NAME] },
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

type Asker = (node: CachedNode) => Pull;

/** A pod that becomes a role. */
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

function written(node: CachedNode, name: string, text: string): string {
  const path = join(node.folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** The node, as a rule of this configuration file has it. */
const ruled =
  (file: string, aws: (node: CachedNode) => string) =>
  (node: CachedNode): Pull => {
    const rule = `  - match: ["*.dkr.ecr.*.amazonaws.com"]\n    identity: node\n    aws: { ${aws(node)} }\n`;
    const head = "apiVersion: registry-credential-provider/v1\nkind: Config\nrules:\n";
    return { args: [`--config=${written(node, file, head + rule)}`] };
  };
const roleOf = (name: string) => (node: CachedNode) => `roleArn: "${node.cloud.roleArn(name)}"`;

const azureJson =
  (last: string) =>
  (node: CachedNode): Pull => ({
    image: ACR,
    node: "azure",
    args: [
      written(
        node,
        "azure.json",
        JSON.stringify({
          useManagedIdentityExtension: true,
          userAssignedIdentityID: identity("user", last).clientId,
        }),
      ),
    ],
  });

/** Each is another than all others in what is named, or in the registry. */
const OTHERS: Readonly<Record<string, Asker>> = {
  "a pod": pod(),
  "one of another ServiceAccount": pod(OTHER),
  "one of a ServiceAccount of the same name": pod(OF_ITS_NAME),
  "one of that very name, made later": pod(SHOP, "one", "2"),
  "one with another annotation": pod(SHOP, "two"),
  "the node": () => ({}),
  "the node by a rule, with a role": ruled("a.yaml", roleOf("one")),
  "the node by a rule, with another role": ruled("b.yaml", roleOf("two")),
  "the node in another region": () => ({ image: ECR.replace("us-east-1", "eu-west-1") }),
  "the node at another account": () => ({ image: ECR.replace("123456789012", "999999999999") }),
};

test(
  "all who differ in who they are, or in what for, have a login each, and each their own again",
  {
    skip: memoryUnavailable,
  },
  () =>
    CachedNode.use(async (node) => {
      const askers = Object.entries(OTHERS);
      const pullAll = () => Promise.all(askers.map(([, asker]) => node.pull(asker(node))));
      const [first, again] = [await pullAll(), await pullAll()];
      const found = new Map(askers.map(([name], at) => [name, first[at]?.password]));
      assert.ok(first.every(({ password, line }) => password !== undefined && line === ""));
      assert.equal(new Set(found.values()).size, askers.length, [...found].join("\n"));
      assert.deepEqual(new Map(askers.map(([name], at) => [name, again[at]?.password])), found);
      assert.equal(node.countCalls("ecr"), askers.length);
    }, CLOUD),
);

const CHANGED: readonly (readonly [what: string, before: Asker, after: Asker])[] = [
  ["a configuration file", ruled("a.yaml", roleOf("one")), ruled("a.yaml", roleOf("two"))],
  ["azure.json", azureJson("2"), azureJson("3")],
];
for (const [what, before, after] of CHANGED)
  test(
    `the login of who ${what} named before is not that of who it names now`,
    { skip: memoryUnavailable },
    () =>
      CachedNode.use(async (node) => {
        const [first, second] = [await node.pull(before(node)), await node.pull(after(node))];
        assert.ok(first.password && second.password, first.line + second.line);
        assert.notEqual(first.password, second.password);
        assert.equal(node.countCalls("ecr") + node.countCalls("acr"), 2);
      }, CLOUD),
  );

const SAME: readonly (readonly [what: string, one: Asker, other: Asker])[] = [
  ["images of one registry", () => ({}), () => ({ image: `${ECR}/other` })],
  ["tokens of one ServiceAccount", pod(), pod()],
  ["files that say the same", ruled("a.yaml", roleOf("one")), ruled("b.yaml", roleOf("one"))],
];
test("two that do not differ in that share one", { skip: memoryUnavailable }, (context) =>
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

test("one's file under another's name is not served, and the other asks", { skip: memoryUnavailable }, () =>
  CachedNode.use(async (node) => {
    const first = await node.pull(pod()(node));
    const [mine = ""] = node.listFiles(".login");
    const second = await node.pull(pod(OTHER)(node));
    const theirs = node.listFiles(".login").find((name) => name !== mine) ?? "";
    copyFileSync(node.path(mine), node.path(theirs));
    const third = await node.pull(pod(OTHER)(node));
    assert.ok(third.password);
    assert.ok(![first.password, second.password].includes(third.password));
    assert.deepEqual([third.line, node.countCalls("ecr")], ["", 3]);
  }, CLOUD),
);

test(
  "a configuration file that was read before is read again once it is changed",
  { skip: memoryUnavailable },
  () =>
    CachedNode.use(async (node) => {
      const one = ruled("a.yaml", roleOf("one"));
      const pull = one(node);
      // What was changed within the last second is judged each time.
      await setTimeout(1100);
      const first = await node.pull(pull);
      assert.equal(node.listFiles(".rules").length, 1);
      assert.equal((await node.pull(pull)).password, first.password);
      const other = await node.pull(ruled("a.yaml", roleOf("two"))(node));
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
    "a rule for another name of where a mirror leads",
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
