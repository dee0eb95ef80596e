/** TLS trusts the certificate authorities built into Node.js and the operator's, and no others. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Authority } from "../cloud/authority.ts";
import { createCertificate } from "../cloud/certificate.ts";
import { type Cloud, startCloud } from "../cloud/cloud.ts";
import { type Ended, EXECUTABLE, requestFor, run } from "./start.ts";

const IMAGE = requestFor("123456789012.dkr.ecr.us-east-1.amazonaws.com/app");
const DAY = 86_400_000;
const NAMESPACE = ["--mount", "--map-root-user"] as const;

let cloud: Cloud;
let root = "";
/** The fake cloud's authority, and an unrelated one. */
let pem = "";
let other = "";
before(async () => {
  cloud = await startCloud();
  root = await mkdtemp(join(tmpdir(), "trust-"));
  pem = await readFile(cloud.caFile, "utf8");
  other = new Authority("other").pem;
  await mkdir(join(root, "store"));
  await writeFile(join(root, "store/cloud.pem"), pem);
  await writeFile(join(root, "ca.pem"), pem);
  await writeFile(join(root, "other.pem"), other);
  await writeFile(join(root, "openssl.cnf"), "");
});
after(async () => {
  await cloud.stop();
  await rm(root, { recursive: true });
});

interface Case {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly trusted: boolean;
}

const SYSTEM = { NODE_USE_SYSTEM_CA: "1", SSL_CERT_DIR: "{root}/store" };
/** Every setting that makes Node.js trust the system store. */
const EVERY_WAY = { ...SYSTEM, NODE_OPTIONS: "--use-system-ca", OPENSSL_CONF: "{root}/openssl.cnf" };

/** `{root}` is the folder of this test; `store/` in it is the system store. */
const CASES: readonly Case[] = [
  { name: "NODE_EXTRA_CA_CERTS", env: { NODE_EXTRA_CA_CERTS: "{root}/ca.pem" }, trusted: true },
  { name: "SSL_CERT_FILE", env: { SSL_CERT_FILE: "{root}/ca.pem" }, trusted: true },
  {
    name: "NODE_EXTRA_CA_CERTS with SSL_CERT_FILE",
    env: { SSL_CERT_FILE: "{root}/other.pem", NODE_EXTRA_CA_CERTS: "{root}/ca.pem" },
    trusted: true,
  },
  { name: "no variable", env: {}, trusted: false },
  { name: "NODE_USE_SYSTEM_CA", env: SYSTEM, trusted: false },
  { name: "SSL_CERT_DIR", env: { SSL_CERT_DIR: "{root}/store" }, trusted: false },
  { name: "NODE_OPTIONS=--use-system-ca", env: EVERY_WAY, trusted: false },
  {
    name: "NODE_OPTIONS=--use-openssl-ca",
    env: { NODE_OPTIONS: "--use-openssl-ca", SSL_CERT_DIR: "{root}/store" },
    trusted: false,
  },
  {
    name: "NODE_USE_SYSTEM_CA with NODE_EXTRA_CA_CERTS of another authority",
    env: { ...EVERY_WAY, NODE_EXTRA_CA_CERTS: "{root}/other.pem" },
    trusted: false,
  },
  {
    name: "NODE_USE_SYSTEM_CA with SSL_CERT_FILE of another authority",
    env: { ...EVERY_WAY, SSL_CERT_FILE: "{root}/other.pem" },
    trusted: false,
  },
  {
    name: "NODE_USE_SYSTEM_CA with NODE_EXTRA_CA_CERTS of the right authority",
    env: { ...EVERY_WAY, NODE_EXTRA_CA_CERTS: "{root}/ca.pem" },
    trusted: true,
  },
];

function replaceRoot(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value.replaceAll("{root}", root)]),
  );
}

/** The environment of a node in AWS, without any authority. */
function buildNodeEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  const { NODE_EXTRA_CA_CERTS: _, ...rest } = cloud.env("aws");
  return { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...rest, ...replaceRoot(env) };
}

function assertLogin({ status, stderr }: Ended): void {
  assert.deepEqual([status, stderr], [0, ""]);
}

function assertUntrusted({ status, stdout, stderr }: Ended): void {
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(stderr, /^registry-credential-provider: [^\n]*\[code tls-untrusted, stage [a-z]+\]$/);
}

describe("a certificate authority", { concurrency: 2 }, () => {
  for (const { name, env, trusted } of CASES)
    test(`from ${name} is ${trusted ? "" : "not "}trusted`, async () => {
      const ended = await run({ env: buildNodeEnvironment(env), stdin: IMAGE });
      if (trusted) assertLogin(ended);
      else assertUntrusted(ended);
    });

  test("from the system store alone is not trusted without a proxy either", async () => {
    const direct = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `https://${cloud.addresses.tls}/x` };
    assertUntrusted(await run({ env: buildNodeEnvironment({ ...EVERY_WAY, ...direct }), stdin: IMAGE }));
  });

  const able = spawnSync("unshare", [...NAMESPACE, "mount", "--bind", "/tmp", "/etc/ssl/certs"]).status === 0;
  test("from the default system store alone is not trusted", {
    skip: able ? false : "mount namespaces are not available",
  }, async () => {
    const steps = 'mount --bind "$1" /etc/ssl/certs && exec "$0"';
    const command = ["unshare", ...NAMESPACE, "sh", "-c", steps, EXECUTABLE, join(root, "store")] as const;
    assertUntrusted(
      await run({ command, env: buildNodeEnvironment({ NODE_USE_SYSTEM_CA: "1" }), stdin: IMAGE }),
    );
  });
});

/** The text of a CA file, created when the test runs. */
type FileText = () => string | Uint8Array;

const broken = () => pem.replace(/\n[A-Za-z0-9+/]{8}/, "\nAAAAAAAA");
const cut = () => pem.slice(0, 200);
const key = () =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
const crlf = (text: string) => text.replaceAll("\n", "\r\n");

function makeExpiredCertificate(): string {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const until = new Date(Date.now() - DAY);
  return createCertificate({ issuer: "old", subject: "old", publicKey, privateKey, until, extensions: [] });
}

const USABLE: readonly (readonly [name: string, text: FileText])[] = [
  ["of one certificate", () => pem],
  ["of several certificates", () => other + pem + other],
  ["with a duplicate certificate", () => pem + pem],
  ["with CRLF line ends", () => crlf(other + pem)],
  ["without a line feed at its end", () => pem.trimEnd()],
  ["with text between its blocks", () => `# Other\n${other}\nCloud\n=====\n${pem}bag attributes: none\n`],
  ["with a byte order mark and a comment", () => `\uFEFF# authorities\n${pem}`],
  ["with an expired and a valid authority", () => makeExpiredCertificate() + pem],
  ["with the legacy label X509 CERTIFICATE", () => pem.replaceAll("CERTIFICATE", "X509 CERTIFICATE")],
  ["of 1 MiB", () => `${"# a line of a comment\n".repeat(50_000)}${pem}`],
];

const UNUSABLE: readonly (readonly [name: string, text: FileText, says: string])[] = [
  ["that is empty", () => "", "it contains no PEM block"],
  ["of text alone", () => "nothing\n", "it contains no PEM block"],
  ["in DER", () => new X509Certificate(pem).raw, "it is DER-encoded, not PEM"],
  ["with a broken block", () => broken(), "block 1 of 1 cannot be parsed as a certificate"],
  [
    "whose second block is broken",
    () => pem + broken() + other,
    "block 2 of 3 cannot be parsed as a certificate",
  ],
  ["that is cut off", () => pem + cut(), "block 2 of 2 is incomplete or not base64"],
  ["that is cut off in between", () => cut() + pem, "block 1 of 2 is incomplete or not base64"],
  [
    "with letters that are not base64",
    () => pem.replace(/\n[A-Za-z0-9+/]{8}/, "\n!!!!!!!!"),
    "block 1 of 1 is incomplete or not base64",
  ],
  ["with a key", () => pem + key(), "block 2 of 2 is not a certificate but PRIVATE KEY"],
  ["of a key alone", () => key(), "block 1 of 1 is not a certificate but PRIVATE KEY"],
  [
    "with an empty block",
    () => "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
    "block 1 of 1 is incomplete or not base64",
  ],
  [
    "whose second block is indented",
    () => pem + other.replace(/^/gm, "  "),
    "block 2 of 2 does not begin its line",
  ],
  ["larger than 4 MiB", () => pem + "# a line of a comment\n".repeat(200_000), "larger than 4194304 bytes"],
];

/** Reports whether the sentence ends with the text; facts of the run may follow it. */
const endsIn = (line: string, says: string): boolean =>
  line.includes(`: ${says}. Hint: `) || line.includes(`: ${says} (identity: `);

describe("a CA file", { concurrency: 2 }, () => {
  const runWith = async (variable: string, text: FileText): Promise<Ended> => {
    const folder = await mkdtemp(join(root, "file-"));
    const path = join(folder, "ca.pem");
    await writeFile(path, text());
    return run({ env: buildNodeEnvironment({ [variable]: path }), stdin: IMAGE });
  };
  for (const variable of ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"]) {
    for (const [name, text] of USABLE)
      test(`${name}, from ${variable}, is used`, async () => {
        assertLogin(await runWith(variable, text));
      });
    for (const [name, text, says] of UNUSABLE)
      test(`${name}, from ${variable}, is an error that names the place`, async () => {
        const { status, stdout, stderr } = await runWith(variable, text);
        assert.deepEqual([status, stdout], [2, ""], stderr);
        assert.match(stderr, /^registry-credential-provider: [^\n]*\[code ca-file-invalid, stage config\]$/);
        assert.ok(stderr.includes(`${variable}: `) && endsIn(stderr, says), stderr);
      });
    for (const [name, path, says] of [
      ["that does not exist", "/nonexistent/ca.pem", "it does not exist"],
      ["that is a folder", "/usr", "not a regular file"],
      ["that is a device", "/dev/null", "not a regular file"],
    ] as const)
      test(`${name}, from ${variable}, is an error that names the cause`, async () => {
        const { status, stderr } = await run({
          env: buildNodeEnvironment({ [variable]: path }),
          stdin: IMAGE,
        });
        assert.deepEqual(status, 2);
        assert.ok(endsIn(stderr, says) && !stderr.includes("\n"), stderr);
      });
  }
});
