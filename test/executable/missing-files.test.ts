/** A file counts as absent only if its path does not exist: every other failure to read it is an error. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Cloud, type EnvName, startCloud } from "../cloud/cloud.ts";
import { requestFor, run } from "./start.ts";

const ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app";
const ACR = "myregistry.azurecr.io/app";
const STATIC = "registry.corp.example/app";

let cloud: Cloud;
let root = "";
before(async () => {
  cloud = await startCloud();
  root = await mkdtemp(join(tmpdir(), "missing-"));
  await mkdir(join(root, "empty"));
  await mkdir(join(root, "dangling/.aws"), { recursive: true });
  await symlink("nowhere", join(root, "dangling/.aws/config"));
  await mkdir(join(root, "dangling-credentials/.aws"), { recursive: true });
  await symlink("nowhere", join(root, "dangling-credentials/.aws/credentials"));
  await mkdir(join(root, "dangling-folder"));
  await symlink("nowhere", join(root, "dangling-folder/.aws"));
  await mkdir(join(root, "file-as-folder"));
  await writeFile(join(root, "file-as-folder/.aws"), "");
  await writeFile(join(root, "file"), "");
  await symlink("nowhere", join(root, "link"));
  const rule = `rules:\n  - match: ["registry.corp.example"]\n    static: { dockerConfig: "${root}/link" }\n`;
  await writeFile(
    join(root, "static.yaml"),
    `apiVersion: registry-credential-provider/v1\nkind: Config\n${rule}`,
    { mode: 0o600 },
  );
});
after(async () => {
  await cloud.stop();
  await rm(root, { recursive: true });
});

interface Case {
  readonly name: string;
  readonly image: string;
  readonly node: EnvName;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** The text in the error line; undefined: the run returns the node's login. */
  readonly refused?: string;
}

/** `{root}` is the folder of this test. */
const CASES: readonly Case[] = [
  { name: "a HOME without .aws", image: ECR, node: "aws", env: { HOME: "{root}/empty" } },
  { name: "a HOME that does not exist", image: ECR, node: "aws", env: { HOME: "{root}/none" } },
  { name: "a HOME of /dev/null", image: ECR, node: "aws", env: { HOME: "/dev/null" } },
  {
    name: "a dangling ~/.aws/config",
    image: ECR,
    node: "aws",
    env: { HOME: "{root}/dangling" },
    refused: "{root}/dangling/.aws/config is a dangling link",
  },
  {
    name: "a dangling ~/.aws/credentials",
    image: ECR,
    node: "aws",
    env: { HOME: "{root}/dangling-credentials" },
    refused: "{root}/dangling-credentials/.aws/credentials is a dangling link",
  },
  {
    name: "a dangling ~/.aws",
    image: ECR,
    node: "aws",
    env: { HOME: "{root}/dangling-folder" },
    refused: "{root}/dangling-folder/.aws is a dangling link",
  },
  {
    name: "a file in the place of ~/.aws",
    image: ECR,
    node: "aws",
    env: { HOME: "{root}/file-as-folder" },
    refused: "{root}/file-as-folder/.aws is not a directory",
  },
  {
    name: "a HOME that is a file",
    image: ECR,
    node: "aws",
    env: { HOME: "{root}/file" },
    refused: "{root}/file is not a directory",
  },
  {
    name: "an azure.json that is a dangling link",
    image: ACR,
    node: "azure",
    args: ["{root}/link"],
    refused: "{root}/link is a dangling link",
  },
  {
    name: "an azure.json below a file",
    image: ACR,
    node: "azure",
    args: ["{root}/file/azure.json"],
    refused: "{root}/file is not a directory",
  },
  {
    name: "a docker config that is a dangling link",
    image: STATIC,
    node: "aws",
    args: ["--config={root}/static.yaml"],
    refused: "{root}/link is a dangling link",
  },
];

const APPLICATION = {
  AZURE_TENANT_ID: "33333333-0000-4000-8000-000000000001",
  AZURE_CLIENT_ID: "33333333-0000-4000-8000-000000000002",
};

/** Variables that name a file of Google or Azure. The file `file` exists in the folder that the program is started in. */
const VARIABLES: readonly (readonly [name: string, image: string, env?: Readonly<Record<string, string>>])[] =
  [
    ["GOOGLE_APPLICATION_CREDENTIALS", "europe-west1-docker.pkg.dev/p/r/app"],
    ["AZURE_CLIENT_CERTIFICATE_PATH", ACR, APPLICATION],
    ["AZURE_FEDERATED_TOKEN_FILE", ACR, APPLICATION],
    ["AZURE_ENVIRONMENT_FILEPATH", "a.azurecr.stack.example/app"],
  ];
describe("a file that a variable names", () => {
  for (const [name, image, env = {}] of VARIABLES)
    for (const [path, says] of [
      ["{root}/none", `${name}: {root}/none: it does not exist`],
      ["file", `${name} is not an absolute path (value not shown)`],
      ["./none", `${name} is not an absolute path (value not shown)`],
    ] as const)
      test(`${name}=${path} is an error that names the variable`, async () => {
        const { status, stdout, stderr } = await run({
          env: { ...cloud.env(undefined), ...env, [name]: path.replace("{root}", root) },
          stdin: requestFor(image),
          cwd: root,
        });
        assert.deepEqual([status, stdout], [2, ""], stderr);
        assert.ok(stderr.includes(says.replace("{root}", root)), stderr);
      });
});

describe("a file that cannot be reached", () => {
  for (const { name, image, node, env = {}, args = [], refused } of CASES)
    test(`${name} ${refused === undefined ? "counts as absent" : "is an error that names the cause"}`, async () => {
      const filled = (text: string) => text.replaceAll("{root}", root);
      const own = Object.entries(env).map(([key, value]) => [key, filled(value)]);
      const { status, stdout, stderr } = await run({
        env: { ...cloud.env(node), ...Object.fromEntries(own) },
        args: args.map(filled),
        stdin: requestFor(image),
      });
      if (refused === undefined) return assert.deepEqual([status, stderr], [0, ""]);
      assert.deepEqual([status === 0, stdout], [false, ""], stderr);
      assert.ok(stderr.includes(filled(refused)), stderr);
    });
});
