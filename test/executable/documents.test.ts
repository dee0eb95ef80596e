/** The commands of the documents that run the executable do what the documents say. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { EXECUTABLE } from "../support/executable.ts";

const ROOT = new URL("../../", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "documents-"));
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true }));

/** Returns the first shell block of a document that contains this text. */
function commandBlock(path: string, text: string): string {
  const page = readFileSync(new URL(path, ROOT), "utf8");
  const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
  const found = blocks.find((block) => block.includes(text));
  assert.ok(found !== undefined, `${path} has no command with ${text}`);
  return found;
}

function runInBash(commands: string, cwd: string) {
  const env = { PATH: process.env["PATH"] };
  const { status, stdout, stderr } = spawnSync("/bin/bash", [], { input: commands, cwd, env });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

test("check-config accepts the file of the README for the image that the README names", () => {
  const { status, stderr } = runInBash(commandBlock("README.md", "check-config.ts"), fileURLToPath(ROOT));
  assert.equal(status, 0, stderr);
});

const checkConfiguration = commandBlock("docs/reference/configuration.md", "nobody.invalid").replace(
  "dist/registry-credential-provider",
  EXECUTABLE,
);

test("the check of a configuration file exits with 0 if it is valid and with 2 if it is not", () => {
  const text = readFileSync(new URL("config/scenarios/gke-pods/config.yaml", ROOT), "utf8");
  writeFileSync(join(folder, "config.yaml"), text);
  assert.deepEqual(runInBash(checkConfiguration, folder).status, 0);
  writeFileSync(join(folder, "config.yaml"), text.replace("identity:", "identiti:"));
  const { status, stderr } = runInBash(checkConfiguration, folder);
  assert.equal(status, 2);
  assert.match(stderr, /config\.yaml:\d+:\d+: .*\[code config-invalid, stage config\]$/);
});

test("a run by hand shows the response and the exit status", () => {
  const commands = commandBlock("docs/operate/troubleshooting.md", "NAME=VALUE")
    .replace(/\S+\/registry-credential-provider ARGUMENTS/, `${EXECUTABLE} get-credentials`)
    .replace(
      "NAME=VALUE",
      "REGISTRY_CREDENTIAL_PROVIDER_PLATFORM=none REGISTRY_CREDENTIAL_PROVIDER_CACHE=off",
    );
  const supported = runInBash(commands, folder);
  assert.equal(supported.stdout, "1\n");
  assert.match(supported.stderr, /^registry-credential-provider: no login for "[^"]+": .*\]$/);
  const unsupported = runInBash(commands.replace(/"image":"[^"]*"/, '"image":"quay.io/app"'), folder);
  assert.match(unsupported.stdout, /"auth":\{\}\}\n?0\n$/);
  assert.equal(unsupported.stderr, "");
});
