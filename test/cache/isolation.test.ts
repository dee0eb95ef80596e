import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { CloudOptions } from "../cloud/cloud.ts";
import { CachedNode, ECR, type Pull } from "../support/cached-node.ts";
import { noMemory } from "../support/memory-folder.ts";

const SHOP = "system:serviceaccount:shop:default";
const OTHERS = ["system:serviceaccount:shop:other", "system:serviceaccount:other:default"];
const ACR = "myregistry.azurecr.io/app";
const trusted = {
  permissions: ["*"],
  trustedTokens: { issuer: "https://oidc.cluster.example", subjects: [SHOP, ...OTHERS] },
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

interface Pair {
  readonly name: string;
  readonly image?: string;
  readonly one: (node: CachedNode) => Pull;
  readonly other: (node: CachedNode) => Pull;
  /** Whether what the one is made of is changed for the other: then the one is another again later. Default: not so. */
  readonly changes?: boolean;
}

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

const PAIRS: readonly Pair[] = [
  { name: "ServiceAccounts of one namespace", one: pod(), other: pod(OTHERS[0]) },
  { name: "ServiceAccounts of one name", one: pod(), other: pod(OTHERS[1]) },
  {
    name: "a ServiceAccount and one of its name made later",
    one: pod(SHOP, "one", "1"),
    other: pod(SHOP, "one", "2"),
  },
  { name: "annotations of one ServiceAccount", one: pod(), other: pod(SHOP, "two") },
  { name: "a pod and its node", one: pod(), other: () => ({}) },
  { name: "the node with a role and without", one: ruled("a.yaml", roleOf("one")), other: () => ({}) },
  { name: "roles of two files", one: ruled("a.yaml", roleOf("one")), other: ruled("b.yaml", roleOf("two")) },
  {
    name: "roles of one file that is changed",
    one: ruled("a.yaml", roleOf("one")),
    other: ruled("a.yaml", roleOf("two")),
  },
  { name: "regions", one: () => ({}), other: () => ({ image: ECR.replace("us-east-1", "eu-west-1") }) },
  {
    name: "accounts",
    one: () => ({}),
    other: () => ({ image: ECR.replace("123456789012", "999999999999") }),
  },
  {
    name: "identities of one azure.json that is changed",
    one: azureJson("2"),
    other: azureJson("3"),
    changes: true,
  },
];

const SAME: readonly Omit<Pair, "changes">[] = [
  { name: "images of one registry", one: () => ({}), other: () => ({ image: `${ECR}/other` }) },
  { name: "tokens of one ServiceAccount", one: pod(), other: pod() },
  {
    name: "files that say the same of the image",
    one: ruled("a.yaml", roleOf("one")),
    other: ruled("b.yaml", roleOf("one")),
  },
];

describe("two that differ in who asks, or for what, have a login each:", { concurrency: 4 }, () => {
  for (const { name, one, other, changes = false } of PAIRS)
    test(name, { skip: noMemory }, () =>
      CachedNode.use(async (node) => {
        const [first, second] = [await node.pull(one(node)), await node.pull(other(node))];
        assert.deepEqual([first.line, second.line], ["", ""]);
        assert.ok(first.password && second.password);
        assert.notEqual(first.password, second.password);
        const calls = () => node.calls("ecr") + node.calls("acr");
        assert.equal(calls(), 2);
        if (changes) return;
        const again = [await node.pull(one(node)), await node.pull(other(node))];
        assert.deepEqual(
          again.map(({ password }) => password),
          [first.password, second.password],
        );
        assert.equal(calls(), 2);
      }, CLOUD),
    );
});

describe("two that do not differ in that share one:", { concurrency: 4 }, () => {
  for (const { name, one, other } of SAME)
    test(name, { skip: noMemory }, () =>
      CachedNode.use(async (node) => {
        const first = await node.pull(one(node));
        assert.ok(first.password, first.line);
        assert.equal((await node.pull(other(node))).password, first.password);
        assert.equal(node.calls("ecr"), 1);
      }, CLOUD),
    );
});

test("one's file under another's name is not served, and the other asks", { skip: noMemory }, () =>
  CachedNode.use(async (node) => {
    const first = await node.pull(pod()(node));
    const [mine = ""] = node.files(".login");
    const second = await node.pull(pod(OTHERS[0])(node));
    const theirs = node.files(".login").find((name) => name !== mine) ?? "";
    copyFileSync(node.path(mine), node.path(theirs));
    const third = await node.pull(pod(OTHERS[0])(node));
    assert.ok(third.password);
    assert.ok(![first.password, second.password].includes(third.password));
    assert.deepEqual([third.line, node.calls("ecr")], ["", 3]);
  }, CLOUD),
);

test("a configuration file that was read before is read again once it is changed", { skip: noMemory }, () =>
  CachedNode.use(async (node) => {
    const one = ruled("a.yaml", roleOf("one"));
    const pull = one(node);
    // What was changed within the last second is judged each time.
    await setTimeout(1100);
    const first = await node.pull(pull);
    assert.equal(node.files(".rules").length, 1);
    assert.equal((await node.pull(pull)).password, first.password);
    const other = await node.pull(ruled("a.yaml", roleOf("two"))(node));
    assert.notEqual(other.password, first.password);
    assert.deepEqual([other.line, node.calls("ecr")], ["", 2]);
  }, CLOUD),
);
