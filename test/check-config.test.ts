/** scripts/check-config.ts: an unknown version, a malformed file or a wrong argument is never reported as accepted. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { checkConfig, run } from "../scripts/check-config.ts";
import { readCommittedSamples } from "../scripts/generate/config-samples.ts";

const AWS = fileURLToPath(new URL("../config/kubelet/aws.yaml", import.meta.url));
const ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1";
const aws = readCommittedSamples().get("aws.yaml") ?? "";
const directory = mkdtempSync(join(tmpdir(), "check-config-"));
after(() => rmSync(directory, { recursive: true }));

for (const version of ["1.34", "v1.34", "1.34.2", "v1.34.2", "v1.34.2+k3s1", "v1.34.2-eks-113cf36"]) {
  test(`accepts --kubelet=${version} as kubelet 1.34`, () => {
    assert.deepEqual(run([AWS, `--kubelet=${version}`]), {
      stdout:
        "A kubelet 1.34 accepts this file. It also needs the executable registry-credential-provider in its bin dir.\n",
      stderr: "",
      status: 0,
    });
  });
}

for (const version of [
  "abc",
  "",
  "1",
  "34",
  "1.x",
  "1.034",
  "1.34x",
  "1.34.x",
  "1.34.2.1",
  "2.34",
  "1.34+k3s1",
]) {
  test(`rejects --kubelet=${version}`, () => {
    assertUsageError([AWS, `--kubelet=${version}`], `--kubelet=${version} is not a version of a kubelet`);
  });
}

for (const version of ["1.25", "1.37", "1.99", "v1.0.3"]) {
  test(`rejects the unknown kubelet ${version}`, () => {
    const minor = /^v?1\.(\d+)/.exec(version)?.[1];
    assertUsageError(
      [AWS, `--kubelet=${version}`],
      `unknown kubelet version 1.${minor} (known: 1.26 to 1.36)`,
    );
  });
}

test("checks all known kubelets without --kubelet", () => {
  const { stdout, status } = run([AWS]);
  assert.match(stdout, /^Kubelets 1\.26 to 1\.36 accept this file\. They also need the executable /);
  assert.equal(status, 0);
});

test("names the executable of every provider", () => {
  const { lines, isAccepted } = checkConfig(two(), [34], []);
  assert.deepEqual(lines, [
    "A kubelet 1.34 accepts this file. It also needs the executables one and two in its bin dir.",
  ]);
  assert.ok(isAccepted);
});

test("exits with 1 if no provider is run for an image", () => {
  const yes = run([AWS, "--kubelet=1.34", `--image=${ECR}`]);
  assert.ok(yes.stdout.startsWith(`${ECR}: registry-credential-provider\n`));
  assert.equal(yes.status, 0);
  const no = run([AWS, "--kubelet=1.34", `--image=${ECR}`, "--image=nginx"]);
  assert.match(no.stdout, /^nginx: no provider is run$/m);
  assert.match(no.stdout, /^But no provider is run for nginx\.\n$(?![\s\S])/m);
  assert.equal(no.status, 1);
});

test("an invalid glob matches nothing, as in the kubelet", () => {
  const { lines, isAccepted } = checkConfig(
    aws.replaceAll(/^( +- )".*"$/gm, '$1"[a.b.c.d.e.f]"'),
    [34],
    [ECR],
  );
  assert.match(lines.join("\n"), /no provider is run/);
  assert.ok(!isAccepted);
});

test("exits with 1 for an invalid file, whatever the image", () => {
  const file = write("misspelt.yaml", aws.replace("matchImages:", "matchImage:"));
  const { stdout, status } = run([file, "--kubelet=1.34", `--image=${ECR}`]);
  assert.match(stdout, /^kubelet 1\.34: .*unknown field "matchImage"/);
  assert.match(stdout, /The kubelet would not start\.\n$/);
  assert.equal(status, 1);
});

test("warns about a pattern that never matches", () => {
  const { lines, isAccepted } = checkConfig(two().replace("*.azurecr.io", "*.azurecr.io/*"), [36], []);
  assert.match(lines.join("\n"), /the pattern \*\.azurecr\.io\/\* never matches/);
  assert.ok(isAccepted);
});

for (const value of ["yes", "off", "0o17", "1_000", "true", "12"]) {
  test(`rejects the unquoted value ${value} of a variable, which a kubelet does not parse as a string`, () => {
    const { lines, isAccepted } = checkConfig(`${two()}    env: [{ name: A, value: ${value} }]\n`, [34], []);
    assert.match(lines.join("\n"), /env is not a list of name and value/);
    assert.ok(!isAccepted);
  });
}

test("accepts JSON with tabs as YAML", () => {
  const json = JSON.stringify({ kind: "CredentialProviderConfig", providers: [] }, undefined, "\t");
  assert.match(checkConfig(json, [34], []).lines.join("\n"), /apiVersion/);
});

test("prints one line and exits with 2 for each usage error", () => {
  assertUsageError([], "a file is required; see --help");
  assertUsageError(["--kubelet=1.34"], "a file is required; see --help");
  assertUsageError([AWS, AWS], "only one file is supported; see --help");
  assertUsageError([AWS, "--kubelet=1.34", "--kubelet=1.35"], "--kubelet can be used only once");
  assertUsageError([join(directory, "none")], /\/none cannot be read: no such file or directory$/);
  assertUsageError([directory], /cannot be read: illegal operation on a directory$/);
  assertUsageError([AWS, "--kubelets=1.34"], /^Unknown option '--kubelets'/);
  assertUsageError([AWS, "--kubelet"], /argument missing/);
  assertUsageError([AWS, "--kubelet", "--image=a"], /ambiguous/);
  assertUsageError([AWS, "--kubelet=a\nb"], "--kubelet=a");
});

test("rejects an invalid image name", () => {
  for (const image of ["", "A", "a b", "https://a.b/c", "a:b:c"])
    assertUsageError(
      [AWS, `--image=${image}`],
      `--image=${image} is not an image name: invalid reference format`,
    );
});

test("rejects text that is not exactly one YAML document", () => {
  for (const text of ["a: [", "a: b: c", "a: 1\na: 2", "a: 1\n---\nb: 2", "*a", "\tx: 1\n\ty"])
    assertUsageError([write("broken.yaml", text)], /^the file is not YAML: ./);
});

test("reports an error in the YAML without quoting the file", () => {
  for (const text of [
    "env: *hunter2-canary",
    "hunter2-canary: [",
    'a: "hunter2-canary',
    "a: hunter2-canary: b",
  ])
    assert.ok(!run([write("secret.yaml", text)]).stderr.includes("canary"));
});

test("--help prints the usage", () => {
  const { stdout, stderr, status } = run(["--help"]);
  assert.match(stdout, /^Usage: .* FILE \[--kubelet=VERSION\] \[--image=IMAGE\]…\n/);
  assert.deepEqual({ stderr, status }, { stderr: "", status: 0 });
});

test("the script writes to stderr and sets its exit status", () => {
  const script = fileURLToPath(new URL("../scripts/check-config.ts", import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, AWS, "--kubelet=abc"], {
    encoding: "utf8",
  });
  assert.equal(stdout, "");
  assert.equal(stderr, "check-config: --kubelet=abc is not a version of a kubelet\n");
  assert.equal(status, 2);
});

function assertUsageError(argv: readonly string[], words: string | RegExp): void {
  const { stdout, stderr, status } = run(argv);
  assert.match(stderr, /^check-config: [^\n]+\n$/);
  const message = stderr.slice("check-config: ".length, -1);
  if (typeof words === "string") assert.equal(message, words);
  else assert.match(message, words);
  assert.deepEqual({ stdout, status }, { stdout: "", status: 2 });
}

function two(): string {
  const providers = ["one", "two"].map(
    (name) => `  - name: ${name}
    apiVersion: credentialprovider.kubelet.k8s.io/v1
    defaultCacheDuration: 0s
    matchImages: ["*.azurecr.io"]
`,
  );
  return `kind: CredentialProviderConfig\napiVersion: kubelet.config.k8s.io/v1\nproviders:\n${providers.join("")}`;
}

function write(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}
