/** Each file that the operator names: an error of reading it states the file and the cause, and no login is requested. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Cloud, type EnvName, startCloud } from "../cloud/cloud.ts";
import { EXECUTABLE, requestFor, run } from "./start.ts";

const ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app";
const PKG_DEV = "europe-west1-docker.pkg.dev/p/r/app";
const ACR = "myregistry.azurecr.io/app";
const STATIC = "registry.corp.example/app";
const GUID = "33333333-0000-4000-8000-000000000001";
const POOL = "projects/1/locations/global/workloadIdentityPools/pool/providers/cluster";

interface NamedFile {
  /** The variable, argument or key. */
  readonly name: string;
  readonly image: string;
  readonly node: EnvName;
  readonly env?: (path: string) => Readonly<Record<string, string>>;
  readonly args?: (path: string) => readonly string[];
  /** The rule's settings, in YAML. */
  readonly rule?: (path: string) => string;
}

const aws = { image: ECR, node: "aws" } as const;
const google = { image: PKG_DEV, node: "google" } as const;
const azure = { image: ACR, node: "azure" } as const;
const STS = { AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/puller" };
const AGENT = { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/" };
const application = (proof: string) => `azure: { tenantId: ${GUID}, clientId: ${GUID}, ${proof} }`;

const FILES: readonly NamedFile[] = [
  { name: "--config", ...aws, args: (path) => [`--config=${path}`] },
  { name: "azure.json", ...azure, args: (path) => [path] },
  {
    name: "AZURE_ENVIRONMENT_FILEPATH",
    ...azure,
    image: "a.azurecr.stack.example/app",
    env: (path) => ({ AZURE_ENVIRONMENT_FILEPATH: path }),
  },
  { name: "azure.clientSecretFile", ...azure, rule: (path) => application(`clientSecretFile: ${path}`) },
  {
    name: "azure.certificateFile",
    ...azure,
    rule: (path) => application(`certificateFile: ${path}`),
  },
  { name: "azure.subjectToken", ...azure, rule: (path) => application(`subjectToken: "file:${path}"`) },
  { name: "AWS_CONFIG_FILE", ...aws, env: (path) => ({ AWS_CONFIG_FILE: path }) },
  { name: "AWS_SHARED_CREDENTIALS_FILE", ...aws, env: (path) => ({ AWS_SHARED_CREDENTIALS_FILE: path }) },
  {
    name: "AWS_WEB_IDENTITY_TOKEN_FILE",
    ...aws,
    env: (path) => ({ ...STS, AWS_WEB_IDENTITY_TOKEN_FILE: path }),
  },
  {
    name: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    ...aws,
    env: (path) => ({ ...AGENT, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: path }),
  },
  { name: "aws.configFile", ...aws, rule: (path) => `aws: { configFile: ${path} }` },
  {
    name: "GOOGLE_APPLICATION_CREDENTIALS",
    ...google,
    env: (path) => ({ GOOGLE_APPLICATION_CREDENTIALS: path }),
  },
  { name: "google.credentialsFile", ...google, rule: (path) => `google: { credentialsFile: ${path} }` },
  {
    name: "google.subjectToken",
    ...google,
    rule: (path) => `google: { workloadIdentityProvider: ${POOL}, subjectToken: "file:${path}" }`,
  },
  { name: "static.dockerConfig", ...aws, image: STATIC, rule: (path) => `static: { dockerConfig: ${path} }` },
  {
    name: "static.usernameFile",
    ...aws,
    image: STATIC,
    rule: (path) => `static: { usernameFile: ${path}, passwordEnv: SECRET }`,
    env: () => ({ SECRET: "s" }),
  },
  {
    name: "static.passwordFile",
    ...aws,
    image: STATIC,
    rule: (path) => `static: { username: u, passwordFile: ${path} }`,
  },
  { name: "SSL_CERT_FILE", ...aws, env: (path) => ({ SSL_CERT_FILE: path }) },
  { name: "NODE_EXTRA_CA_CERTS", ...aws, env: (path) => ({ NODE_EXTRA_CA_CERTS: path }) },
];

interface Fault {
  readonly file: string;
  readonly says: string | RegExp;
  /** Whether it is tested for each file. The others are tested for the first only, since one function opens all files. */
  readonly isForEach?: true;
}

/** The kind of file at the path, and the text in the error line. */
const FAULTS: readonly Fault[] = [
  { file: "folder", says: "not a regular file" },
  { file: "fifo", says: "not a regular file", isForEach: true },
  { file: "loop", says: "its symbolic links form a loop" },
  { file: "unreadable", says: "permission denied for it or a directory above it", isForEach: true },
  { file: "closed/file", says: "permission denied for it or a directory above it" },
  { file: "large", says: /: larger than \d+ bytes/, isForEach: true },
  { file: "dangling", says: "dangling is a dangling link" },
];

const isRoot = process.getuid?.() === 0;
/** Drops the capabilities with which root can read any file. */
const AS_USER = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] as const;

let cloud: Cloud;
let root = "";
before(async () => {
  cloud = await startCloud();
  root = await mkdtemp(join(tmpdir(), "named-"));
  const at = (name: string) => join(root, name);
  await mkdir(at("folder"));
  spawnSync("mkfifo", [at("fifo")]);
  await symlink("loop", at("loop"));
  await symlink("nowhere", at("dangling"));
  await writeFile(at("unreadable"), "x", { mode: 0 });
  await mkdir(at("closed"), { mode: 0 });
  await writeFile(at("large"), "x", { mode: 0o600 });
  await truncate(at("large"), 16 * 1024 * 1024);
});
after(async () => {
  assert.deepEqual(cloud.requests, []);
  await cloud.stop();
  await rm(root, { recursive: true, force: true });
});

describe("a configured file that cannot be read", { concurrency: 4 }, () => {
  for (const { name, image, node, env, args, rule } of FILES)
    for (const { file, says } of FAULTS.filter(({ isForEach }) => isForEach || name === FILES[0]?.name))
      test(`${name}: ${file}`, async () => {
        const path = join(root, file);
        const config = join(root, `${name}-${file.replace("/", "-")}.yaml`);
        const head = "apiVersion: registry-credential-provider/v1\nkind: Config\n";
        const match = image.split("/")[0];
        if (rule !== undefined)
          await writeFile(config, `${head}rules:\n  - match: ["${match}"]\n    ${rule(path)}\n`, {
            mode: 0o600,
          });
        const { status, stdout, stderr } = await run({
          command: isRoot ? [...AS_USER, EXECUTABLE] : [EXECUTABLE],
          env: { PATH: "/usr/bin:/bin", ...cloud.env(node), ...env?.(path) },
          args: [...(args?.(path) ?? []), ...(rule === undefined ? [] : [`--config=${config}`])],
          stdin: requestFor(image),
        });
        assert.deepEqual([status === 0, stdout], [false, ""], stderr);
        assert.ok(stderr.includes(path), stderr);
        assert.ok(stderr.includes(name.replace(/^.*\.subjectToken$/, "subjectToken")), stderr);
        if (typeof says === "string") assert.ok(stderr.includes(says), stderr);
        else assert.match(stderr, says);
        assert.doesNotMatch(stderr, /\[code internal/);
      });
});
