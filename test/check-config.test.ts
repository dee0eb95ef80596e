/** scripts/check-config.ts guards a node: what it does not know, or was asked wrongly, is never a yes. */
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
  test(`--kubelet=${version} is a kubelet 1.34`, () => {
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
  test(`--kubelet=${version} is a mistake`, () => {
    assertMistake([AWS, `--kubelet=${version}`], `--kubelet=${version} is not a kubelet's version`);
  });
}

for (const version of ["1.25", "1.37", "1.99", "v1.0.3"]) {
  test(`a kubelet ${version} is not known, so the question is a mistake`, () => {
    const minor = /^v?1\.(\d+)/.exec(version)?.[1];
    assertMistake([AWS, `--kubelet=${version}`], `kubelet 1.${minor} is not known here (1.26 to 1.36 are)`);
  });
}

test("without --kubelet all that are known are asked", () => {
  const { stdout, status } = run([AWS]);
  assert.match(stdout, /^Kubelets 1\.26 to 1\.36 accept this file\. They also need the executable /);
  assert.equal(status, 0);
});

test("every provider's executable is named", () => {
  const { lines, good } = checkConfig(two(), [34], []);
  assert.deepEqual(lines, [
    "A kubelet 1.34 accepts this file. It also needs the executables one and two in its bin dir.",
  ]);
  assert.ok(good);
});

test("an image for which a provider is run is a yes, one for which none is run a no", () => {
  const yes = run([AWS, "--kubelet=1.34", `--image=${ECR}`]);
  assert.ok(yes.stdout.startsWith(`${ECR}: registry-credential-provider\n`));
  assert.equal(yes.status, 0);
  const no = run([AWS, "--kubelet=1.34", `--image=${ECR}`, "--image=nginx"]);
  assert.match(no.stdout, /^nginx: no provider is run$/m);
  assert.match(no.stdout, /^But no provider is run for nginx\.\n$(?![\s\S])/m);
  assert.equal(no.status, 1);
});

test("a bad glob matches nothing, as in the kubelet", () => {
  const { lines, good } = checkConfig(aws.replaceAll(/^( +- )".*"$/gm, '$1"[a.b.c.d.e.f]"'), [34], [ECR]);
  assert.match(lines.join("\n"), /no provider is run/);
  assert.ok(!good);
});

test("a file that the kubelet does not accept is a no, whatever the image", () => {
  const file = write("misspelt.yaml", aws.replace("matchImages:", "matchImage:"));
  const { stdout, status } = run([file, "--kubelet=1.34", `--image=${ECR}`]);
  assert.match(stdout, /^kubelet 1\.34: .*unknown field "matchImage"/);
  assert.match(stdout, /The kubelet would not start\.\n$/);
  assert.equal(status, 1);
});

test("a pattern that never matches is named, and stops no kubelet", () => {
  const { lines, good } = checkConfig(two().replace("*.azurecr.io", "*.azurecr.io/*"), [36], []);
  assert.match(lines.join("\n"), /the pattern \*\.azurecr\.io\/\* never matches/);
  assert.ok(good);
});

for (const value of ["yes", "off", "0o17", "1_000", "true", "12"]) {
  test(`a variable of the value ${value} without quotes is no string to a kubelet`, () => {
    const { lines, good } = checkConfig(`${two()}    env: [{ name: A, value: ${value} }]\n`, [34], []);
    assert.match(lines.join("\n"), /env is not a list of name and value/);
    assert.ok(!good);
  });
}

test("JSON with tabs is YAML too", () => {
  const json = JSON.stringify({ kind: "CredentialProviderConfig", providers: [] }, undefined, "\t");
  assert.match(checkConfig(json, [34], []).lines.join("\n"), /apiVersion/);
});

test("each mistake is one line and exit 2", () => {
  assertMistake([], "name the file (--help says how)");
  assertMistake(["--kubelet=1.34"], "name the file (--help says how)");
  assertMistake([AWS, AWS], "one file at a time (--help says how)");
  assertMistake([AWS, "--kubelet=1.34", "--kubelet=1.35"], "one --kubelet at a time");
  assertMistake([join(directory, "none")], /\/none cannot be read: no such file or directory$/);
  assertMistake([directory], /cannot be read: illegal operation on a directory$/);
  assertMistake([AWS, "--kubelets=1.34"], /^Unknown option '--kubelets'/);
  assertMistake([AWS, "--kubelet"], /argument missing/);
  assertMistake([AWS, "--kubelet", "--image=a"], /ambiguous/);
  assertMistake([AWS, "--kubelet=a\nb"], "--kubelet=a");
});

test("an image that no pod can name is a mistake", () => {
  for (const image of ["", "A", "a b", "https://a.b/c", "a:b:c"])
    assertMistake(
      [AWS, `--image=${image}`],
      `--image=${image} is not an image's name: invalid reference format`,
    );
});

test("what is not one YAML document is a mistake", () => {
  for (const text of ["a: [", "a: b: c", "a: 1\na: 2", "a: 1\n---\nb: 2", "*a", "\tx: 1\n\ty"])
    assertMistake([write("broken.yaml", text)], /^the file is not YAML: ./);
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

test("--help is the usage", () => {
  const { stdout, stderr, status } = run(["--help"]);
  assert.match(stdout, /^Usage: .* FILE \[--kubelet=VERSION\] \[--image=IMAGE\]…\n/);
  assert.deepEqual({ stderr, status }, { stderr: "", status: 0 });
});

test("the script says on its streams and by its status what it has found", () => {
  const script = fileURLToPath(new URL("../scripts/check-config.ts", import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, AWS, "--kubelet=abc"], {
    encoding: "utf8",
  });
  assert.equal(stdout, "");
  assert.equal(stderr, "check-config: --kubelet=abc is not a kubelet's version\n");
  assert.equal(status, 2);
});

function assertMistake(argv: readonly string[], words: string | RegExp): void {
  const { stdout, stderr, status } = run(argv);
  assert.match(stderr, /^check-config: [^\n]+\n$/);
  const said = stderr.slice("check-config: ".length, -1);
  if (typeof words === "string") assert.equal(said, words);
  else assert.match(said, words);
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
