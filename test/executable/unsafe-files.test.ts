/** Owner and mode of each file that decides an identity, names a program or holds a secret, by each way to name it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { ErrorCode } from "../../src/errors/codes.ts";
import { type Cloud, startCloud } from "../cloud/cloud.ts";
import { EXECUTABLE, requestFor, run } from "./start.ts";

const ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app";
const ACR = "myregistry.azurecr.io/app";
const CUSTOM = "myregistry.azurecr.stack.example/app";
const GAR = "europe-docker.pkg.dev/p/r/app";
const STATIC = "registry.corp.example/app";
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

interface NamedFile {
  readonly name: string;
  readonly image: string;
  /** `private`: other users must not be able to read it either. */
  readonly level: "unwritable" | "private";
  readonly text?: string;
  /** `{file}` is its path, `{root}` the folder with the file `helper` beside it. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** A file that refers to this one. */
  readonly helper?: string;
  /** The result of a run that has read the file. */
  readonly read: ErrorCode;
}

const ruled = (image: string, rule: object): string =>
  JSON.stringify({
    apiVersion: "registry-credential-provider/v1",
    kind: "Config",
    rules: [{ match: [image.split("/")[0]], ...rule }],
  });
const byRule = { args: ["--config={root}/helper"] };
const ROLE = "arn:aws:iam::123456789012:role/x";
const APP = {
  tenantId: "72f988bf-0000-4000-8000-000000000001",
  clientId: "33333333-0000-4000-8000-000000000001",
};
const APP_ENV = { AZURE_TENANT_ID: APP.tenantId, AZURE_CLIENT_ID: APP.clientId };
const POOL = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q";

const FILES: readonly NamedFile[] = [
  {
    name: "AWS_CONFIG_FILE",
    image: ECR,
    level: "unwritable",
    env: { AWS_CONFIG_FILE: "{file}" },
    read: "aws-file-malformed",
  },
  {
    name: "AWS_SHARED_CREDENTIALS_FILE",
    image: ECR,
    level: "private",
    env: { AWS_SHARED_CREDENTIALS_FILE: "{file}" },
    read: "aws-file-malformed",
  },
  {
    name: "aws.configFile",
    image: ECR,
    level: "private",
    helper: ruled(ECR, { aws: { configFile: "{file}" } }),
    ...byRule,
    read: "aws-file-malformed",
  },
  {
    name: "AWS_WEB_IDENTITY_TOKEN_FILE",
    image: ECR,
    level: "unwritable",
    text: "",
    env: { AWS_WEB_IDENTITY_TOKEN_FILE: "{file}", AWS_ROLE_ARN: ROLE },
    read: "aws-web-identity-file-invalid",
  },
  {
    name: "web_identity_token_file of a profile",
    image: ECR,
    level: "unwritable",
    text: "",
    helper: `[default]\nrole_arn = ${ROLE}\nweb_identity_token_file = {file}\n`,
    env: { AWS_CONFIG_FILE: "{root}/helper" },
    read: "aws-web-identity-file-invalid",
  },
  {
    name: "credential_process of a profile",
    image: ECR,
    level: "unwritable",
    text: "#!/bin/sh\nexit 3\n",
    helper: "[default]\ncredential_process = {file} print\n",
    env: { AWS_CONFIG_FILE: "{root}/helper" },
    read: "aws-process-failed",
  },
  {
    name: "credential_process that is found in PATH",
    image: ECR,
    level: "unwritable",
    text: "#!/bin/sh\nexit 3\n",
    helper: "[default]\ncredential_process = file print\n",
    env: { AWS_CONFIG_FILE: "{root}/helper", PATH: "/nonexistent:{root}:/usr/bin:/bin" },
    read: "aws-process-failed",
  },
  {
    name: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    image: ECR,
    level: "unwritable",
    text: "",
    env: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:9/x",
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "{file}",
    },
    read: "aws-container-endpoint-invalid",
  },
  { name: "azure.json", image: ACR, level: "unwritable", args: ["{file}"], read: "azure-config-malformed" },
  {
    name: "AZURE_ENVIRONMENT_FILEPATH",
    image: CUSTOM,
    level: "unwritable",
    env: { AZURE_ENVIRONMENT_FILEPATH: "{file}" },
    read: "azure-environment-file-invalid",
  },
  {
    name: "AZURE_CLIENT_CERTIFICATE_PATH",
    image: ACR,
    level: "private",
    env: { ...APP_ENV, AZURE_CLIENT_CERTIFICATE_PATH: "{file}" },
    read: "certificate-file-invalid",
  },
  {
    name: "AZURE_FEDERATED_TOKEN_FILE",
    image: ACR,
    level: "unwritable",
    env: { ...APP_ENV, AZURE_FEDERATED_TOKEN_FILE: "{file}" },
    read: "subject-token-file-invalid",
  },
  {
    name: "azure.clientSecretFile",
    image: ACR,
    level: "private",
    text: "",
    helper: ruled(ACR, { azure: { ...APP, clientSecretFile: "{file}" } }),
    ...byRule,
    read: "referenced-file-missing",
  },
  {
    name: "GOOGLE_APPLICATION_CREDENTIALS",
    image: GAR,
    level: "private",
    env: { GOOGLE_APPLICATION_CREDENTIALS: "{file}" },
    read: "google-credentials-file-invalid",
  },
  {
    name: "credential_source.file of a credential configuration",
    image: GAR,
    level: "unwritable",
    text: "",
    helper: JSON.stringify({
      type: "external_account",
      audience: POOL,
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: "https://sts.googleapis.com/v1/token",
      credential_source: { file: "{file}" },
    }),
    env: { GOOGLE_APPLICATION_CREDENTIALS: "{root}/helper" },
    read: "subject-token-file-invalid",
  },
  {
    name: "subjectToken of a rule",
    image: ECR,
    level: "unwritable",
    text: "",
    helper: ruled(ECR, { aws: { roleArn: ROLE, subjectToken: "file:{file}" } }),
    ...byRule,
    read: "subject-token-file-invalid",
  },
  {
    name: "static.dockerConfig",
    image: STATIC,
    level: "private",
    helper: ruled(STATIC, { static: { dockerConfig: "{file}" } }),
    ...byRule,
    read: "docker-config-malformed",
  },
  { name: "--config", image: ECR, level: "unwritable", args: ["--config={file}"], read: "config-invalid" },
  {
    name: "NODE_EXTRA_CA_CERTS",
    image: ECR,
    level: "unwritable",
    env: { NODE_EXTRA_CA_CERTS: "{file}" },
    read: "ca-file-invalid",
  },
  {
    name: "SSL_CERT_FILE",
    image: ECR,
    level: "unwritable",
    env: { SSL_CERT_FILE: "{file}" },
    read: "ca-file-invalid",
  },
];

let cloud: Cloud;
let all = "";
before(async () => {
  cloud = await startCloud();
  all = mkdtempSync(join(tmpdir(), "unsafe-"));
});
after(async () => {
  await cloud.stop();
  rmSync(all, { recursive: true });
});

const NODES: ReadonlyMap<string, "aws" | "google" | "azure"> = new Map([
  [ACR, "azure"],
  [CUSTOM, "azure"],
  [GAR, "google"],
]);

/** Returns the result of a run. */
async function runToCode(
  { image, text = "x", env = {}, args = [], helper }: NamedFile,
  change: (file: string, root: string) => string | undefined,
): Promise<{ readonly code: string | undefined; readonly stderr: string }> {
  const root = mkdtempSync(join(all, "case-"));
  chmodSync(root, 0o755);
  writeFileSync(join(root, "file"), text);
  const file = change(join(root, "file"), root) ?? join(root, "file");
  const fill = (one: string) => one.replaceAll("{file}", file).replaceAll("{root}", root);
  if (helper !== undefined) writeFileSync(join(root, "helper"), fill(helper), { mode: 0o600 });
  const own = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)]));
  const { status, stdout, stderr } = await run({
    env: { PATH: "/usr/bin:/bin", ...cloud.env(NODES.get(image) ?? "aws"), ...own },
    args: args.map(fill),
    stdin: requestFor(image),
  });
  assert.deepEqual([status === 0, stdout], [false, ""], stderr);
  return { code: /\[code ([a-z-]+),/.exec(stderr)?.[1], stderr };
}

const withMode = (mode: number) => (file: string) => void chmodSync(file, mode);
const bits = (mode: number) => mode.toString(8).padStart(4, "0");

describe("a file that other users can change or read", { concurrency: 4 }, () => {
  for (const one of FILES) {
    const [unsafe, safe] = one.level === "private" ? [0o740, 0o700] : [0o757, 0o755];
    test(`${one.name} is not read with mode ${bits(unsafe)}`, async () => {
      const { code, stderr } = await runToCode(one, withMode(unsafe));
      assert.equal(code, "file-unsafe", stderr);
      assert.match(
        stderr,
        one.level === "private" ? /\/file: its group, or others/ : /\/file: others may write to it/,
      );
      if (/^[A-Z_]+$/.test(one.name)) assert.ok(stderr.includes(`${one.name}: `), stderr);
    });
    test(`${one.name} is read with mode ${bits(safe)}`, async () => {
      const { code, stderr } = await runToCode(one, withMode(safe));
      assert.equal(code, one.read, stderr);
    });
    test(`${one.name} is not read from a folder that other users can write to`, async () => {
      const { code, stderr } = await runToCode(one, (file, root) => {
        chmodSync(file, safe);
        chmodSync(root, 0o777);
        return undefined;
      });
      assert.equal(code, "file-unsafe", stderr);
    });
    test(`${one.name} is not read if it is owned by another user`, {
      skip: isRoot ? false : "only root can give files away",
    }, async () => {
      const { code, stderr } = await runToCode(one, (file) => {
        chmodSync(file, safe);
        return void chownSync(file, NOBODY, NOBODY);
      });
      assert.equal(code, "file-unsafe", stderr);
      assert.match(stderr, /\/file: it is owned by another user/);
    });
  }
});

/** Projects a token as the kubelet's AtomicWriter does: with links, in a world-writable folder with the sticky bit. */
function project(file: string, root: string): string {
  const volume = join(root, "volume");
  mkdirSync(volume);
  mkdirSync(join(volume, "..2026_11_30"), { mode: 0o755 });
  writeFileSync(join(volume, "..2026_11_30/token"), "", { mode: 0o644 });
  symlinkSync("..2026_11_30", join(volume, "..data"));
  symlinkSync("..data/token", join(volume, "token"));
  chmodSync(volume, 0o1777);
  rmSync(file);
  return join(volume, "token");
}

for (const one of FILES.filter(({ text, level }) => text === "" && level === "unwritable"))
  test(`${one.name} is read from a projected volume of the kubelet`, async () => {
    const { code, stderr } = await runToCode(one, project);
    assert.equal(code, one.read, stderr);
  });

describe("a run as another user than root", {
  skip: isRoot ? false : "only root can run a program as another user",
}, () => {
  for (const [whose, owner, mode, isRead] of [
    ["that user's own file", NOBODY, 0o600, true],
    ["a world-readable file of root", 0, 0o644, true],
    ["a file of a third user", 1, 0o644, false],
  ] as const)
    test(`${isRead ? "reads" : "does not read"} ${whose}`, async () => {
      const root = mkdtempSync(join(all, "user-"));
      chmodSync(all, 0o755);
      chmodSync(root, 0o755);
      // The checkout may be in root's home directory.
      copyFileSync(EXECUTABLE, join(root, "provider"));
      copyFileSync(cloud.caFile, join(root, "ca.pem"));
      const { accessKeyId, secretAccessKey } = cloud.awsUserKey;
      const keys = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
      writeFileSync(join(root, "config"), keys);
      chmodSync(join(root, "config"), mode);
      chownSync(join(root, "config"), owner, owner);
      const { status, stderr } = await run({
        command: [join(root, "provider")],
        env: {
          ...cloud.env("aws"),
          NODE_EXTRA_CA_CERTS: join(root, "ca.pem"),
          AWS_CONFIG_FILE: join(root, "config"),
        },
        stdin: requestFor(ECR),
        uid: NOBODY,
      });
      rmSync(root, { recursive: true });
      if (isRead) return assert.deepEqual([status, stderr], [0, ""]);
      assert.match(stderr, /\/config: it is owned by another user.*\[code file-unsafe,/);
    });
});

const acl = spawnSync("setfacl", ["--version"]).error === undefined;
for (const one of FILES.filter(({ level }) => level === "private"))
  test(`${one.name} is not read if its access control list gives a user access`, {
    skip: acl ? false : "no setfacl here",
  }, async () => {
    const { code, stderr } = await runToCode(one, (file) => {
      chmodSync(file, 0o600);
      assert.equal(spawnSync("setfacl", ["-m", "u:65534:r", file]).status, 0);
      return undefined;
    });
    assert.equal(code, "file-unsafe", stderr);
    assert.match(stderr, /access control list/);
  });
