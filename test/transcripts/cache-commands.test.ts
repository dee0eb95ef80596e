/** `cache list`, `cache clear` and `cache warm` of the real executable, with a folder on tmpfs. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { type Cloud, type EnvName, startCloud } from "../cloud/cloud.ts";
import { start } from "../executable/start.ts";
import { findCanaries } from "../kubelet/canaries.ts";
import { decodeResponse } from "../kubelet/decode-response.ts";
import { encodeRequest } from "../kubelet/encode-request.ts";
import { memoryUnavailable, withMemoryFolder } from "../support/memory-folder.ts";
import { runProvider } from "../support/provider.ts";
import { canariesOf } from "../support/secrets.ts";
import { ACR, ECR, ECR_PUBLIC, PKG_DEV } from "./answers.ts";

const apiVersion = "credentialprovider.kubelet.k8s.io/v1";
const VARIABLE = "REGISTRY_CREDENTIAL_PROVIDER_CACHE";
const DIGEST = "ab".repeat(32);

interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A node of one cloud, whose runs share a cache folder. */
interface Node {
  readonly cloud: Cloud;
  readonly folder: string;
  /** Runs one of the commands. Its output must not contain a secret. */
  command(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Said>;
  /** Runs the program as the kubelet does, and returns the number of its requests. The response must contain a login. */
  pull(image: string): Promise<number>;
}

function onNode(name: EnvName, use: (node: Node) => Promise<void>): Promise<void> {
  return withMemoryFolder(async (around) => {
    const folder = join(around, "logins");
    const cloud = await startCloud();
    const common = { ...cloud.env(name), [VARIABLE]: folder };
    const command: Node["command"] = async (args, env = {}) => {
      const run = await runProvider({ args: ["cache", ...args], env: { ...common, ...env }, stdin: "" });
      const [stdout, stderr] = [run.stdout.toString(), run.stderr.toString()];
      assert.deepEqual(findCanaries(`${stdout}\n${stderr}`, canariesOf(cloud)), [], "a secret is said");
      assert.match(`${stdout}${stderr}`, /^[\x20-\x7e\n]*$/);
      return { status: run.status, stdout, stderr };
    };
    const pull: Node["pull"] = async (image) => {
      const before = cloud.requests.length;
      const run = await runProvider({ env: common, stdin: encodeRequest({ apiVersion, image }) });
      assert.equal(decodeResponse(run.stdout, { apiVersion }).auth.size, 1, run.stderr.toString());
      return cloud.requests.length - before;
    };
    try {
      await use({ cloud, folder, command, pull });
    } finally {
      await cloud.stop();
    }
  });
}

/** Runs the test with a usable cache folder. */
function scene(name: string, on: EnvName, play: (node: Node) => Promise<void>): void {
  test(name, { skip: memoryUnavailable }, () => onNode(on, play));
}

const UNTIL = String.raw`served until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;

for (const [on, image] of [
  ["aws", ECR],
  ["aws", ECR_PUBLIC],
  ["google", PKG_DEV],
  ["azure", ACR],
] as const)
  scene(
    `warm fetches the login for ${image}, and the kubelet's run sends no request`,
    on,
    async ({ command, pull }) => {
      const host = image.split("/")[0] ?? "";
      const { status, stdout, stderr } = await command(["warm", image]);
      assert.deepEqual([status, stderr], [0, ""]);
      assert.match(stdout, new RegExp(`^${host} {2}fetched {2}${UNTIL}\n$`));
      assert.equal(await pull(image), 0);
      const listed = (await command(["list"])).stdout;
      assert.match(listed, /: usable, 1 login\n\nREGISTRY +STATE +AGE +LEFT +EXPIRES +HITS +IDENTITY\n/);
      assert.match(listed, new RegExp(`^${host} +fresh +\\d+s .*Z +1 +the node$`, "m"));
    },
  );

scene("a second warm sends no request, and after clear every login is fetched again", "aws", async (node) => {
  await node.command(["warm", ECR]);
  const before = node.cloud.requests.length;
  assert.match((await node.command(["warm", ECR])).stdout, /already cached/);
  assert.equal(node.cloud.requests.length, before);
  const cleared = await node.command(["clear"]);
  assert.deepEqual(cleared, { status: 0, stdout: `${node.folder}: 1 login deleted\n`, stderr: "" });
  assert.deepEqual(readdirSync(node.folder), []);
  assert.ok((await node.pull(ECR)) > 0);
});

scene(
  "a login of another environment, which is another identity, is not used for a pull",
  "aws",
  async (node) => {
    const { accessKeyId, secretAccessKey } = node.cloud.awsUserKey;
    const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    assert.equal((await node.command(["warm", ECR], keys)).status, 0);
    assert.ok((await node.pull(ECR)) > 0);
    assert.match((await node.command(["list"])).stdout, /: usable, 2 logins\n/);
  },
);

scene("warm reads azure.json and the configuration file", "azure", async (node) => {
  const file = join(dirname(node.folder), "azure.json");
  writeFileSync(file, JSON.stringify({ cloud: "AzurePublicCloud", useManagedIdentityExtension: true }), {
    mode: 0o600,
  });
  const { status, stdout } = await node.command(["warm", ACR, file]);
  assert.deepEqual([status, stdout.split("\n").length], [0, 2]);
});

scene("warm reports each image that fails on a line, and exits with 1", "aws", async (node) => {
  const images = [ECR, "docker.io/library/nginx", ACR, "e\u202evil\n/x", `${ECR}\u001b[31m`];
  const { status, stdout, stderr } = await node.command(["warm", ...images]);
  assert.equal(status, 1);
  const outcomes = stdout.trimEnd().split("\n");
  assert.deepEqual(
    outcomes.map((line) => line.split(/ {2,}/)[1]),
    ["fetched", "unsupported", "no login", "no login", "no login"],
  );
  assert.match(outcomes[2] ?? "", /\[code platform-mismatch\]$/);
  assert.match(
    stderr,
    /^registry-credential-provider: cache warm failed for 4 of 5 images; the reasons are on stdout$/,
  );
});

scene("list and clear create nothing if there is no cache", "aws", async ({ folder, command }) => {
  assert.deepEqual(await command(["list"]), {
    status: 0,
    stdout: `${folder}: usable, nothing is cached yet\n`,
    stderr: "",
  });
  assert.deepEqual(await command(["clear"]), {
    status: 0,
    stdout: `${folder}: nothing is cached\n`,
    stderr: "",
  });
  assert.deepEqual(readdirSync(dirname(folder)), []);
});

scene("list shows a refusal for as long as it is cached", "google", async ({ cloud, command }) => {
  cloud.fault("gce/token", { kind: "status", status: 403 });
  assert.equal((await command(["warm", PKG_DEV])).status, 1);
  const { stdout } = await command(["list"]);
  assert.match(
    stdout,
    /: usable, no login, 1 recent failure\n\nFAILURE +AGE +REGISTRY +REQUEST +IDENTITY\n[a-z-]+ +\d+s +\S+-docker\.pkg\.dev +GET http.* the node$/m,
  );
});

scene("list counts the cached configurations", "aws", async ({ folder, command }) => {
  const file = join(dirname(folder), "config.json");
  const rules = [{ match: ["123456789012.dkr.ecr.*.amazonaws.com"] }];
  writeFileSync(
    file,
    JSON.stringify({ apiVersion: "registry-credential-provider/v1", kind: "Config", rules }),
    { mode: 0o600 },
  );
  await new Promise((resolve) => setTimeout(resolve, 1100)); // A file that was changed within the last second is not cached.
  await command(["warm", ECR, `--config=${file}`]);
  const { stdout } = await command(["list", `--config=${file}`]);
  assert.match(stdout, /: usable, 1 login, rules for 1 host\n[\s\S]*the node by rules\[0\]\n$/);
});

for (const [value, code] of [
  ["off", "cache-disabled"],
  ["/proc/self", "cache-unusable"],
] as const)
  test(`without a usable cache, the commands exit with 1: ${value}`, async () => {
    for (const args of [["list"], ["clear"], ["warm", ECR]]) {
      const run = await runProvider({ args: ["cache", ...args], env: { [VARIABLE]: value }, stdin: "" });
      assert.deepEqual([run.status, run.stdout.toString()], [1, ""]);
      assert.match(run.stderr.toString(), new RegExp(`\\[code ${code}, stage cache\\]$`));
    }
  });

for (const [args, code] of [
  [["cache"], "cache-command-incomplete"],
  [["cache", "warm"], "cache-command-incomplete"],
  [["cache", "list", "--config=/nowhere.yaml"], "config-unreadable"],
] as const)
  test(`${args.join(" ")} is refused as other arguments are`, async () => {
    const run = await runProvider({ args, env: { [VARIABLE]: "off" }, stdin: "" });
    assert.deepEqual([run.status, run.stdout.toString()], [2, ""]);
    assert.match(run.stderr.toString(), new RegExp(`\\[code ${code}, stage config\\]$`));
  });

test("no command waits for stdin", { timeout: 20_000 }, async () => {
  const env = { [VARIABLE]: "off" };
  const { child, ended } = start({ args: ["cache", "list"], env });
  assert.equal((await ended).status, 1);
  child.stdin?.destroy();
});

scene("hostile files in the folder are neither followed nor shown nor changed", "aws", async (node) => {
  const { folder, command } = node;
  await command(["warm", ECR]);
  const outside = join(dirname(folder), "outside");
  writeFileSync(outside, "canary-outside", { mode: 0o600 });
  symlinkSync(outside, join(folder, `${DIGEST}.login`));
  symlinkSync(outside, join(folder, "a link of somebody's"));
  spawnSync("mkfifo", ["-m", "600", join(folder, `${"cd".repeat(32)}.login`)]);
  writeFileSync(join(folder, `${"ef".repeat(32)}.rules`), "canary-outside");
  writeFileSync(join(folder, `${"12".repeat(32)}.lease-0`), "no link");
  writeFileSync(join(folder, "\u001b[31mred\u001b[0m\nREGISTRY"), "");
  const before = readdirSync(folder).sort();
  const { status, stdout } = await command(["list"]);
  assert.equal(status, 0);
  assert.match(stdout, /: usable, 1 login, 3 unreadable files, 2 unrecognised files\n/);
  assert.doesNotMatch(stdout, /canary-outside|red|link of/);
  assert.deepEqual(readdirSync(folder).sort(), before);
  assert.equal((await command(["clear"])).status, 0);
  assert.deepEqual(readdirSync(folder).sort(), ["\u001b[31mred\u001b[0m\nREGISTRY", "a link of somebody's"]);
  assert.equal(readFileSync(outside, "utf8"), "canary-outside");
});

scene(
  "clear reports a folder in the place of a login, and does not empty it",
  "aws",
  async ({ folder, command }) => {
    await command(["warm", ECR]);
    mkdirSync(join(folder, `${DIGEST}.login`));
    writeFileSync(join(folder, `${DIGEST}.login`, "mine"), "");
    const { status, stdout, stderr } = await command(["clear"]);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(
      stderr,
      /: 1 login deleted, and 1 file could not be deleted\. Hint: delete the contents of the directory by hand/,
    );
    assert.ok(existsSync(join(folder, `${DIGEST}.login`, "mine")));
  },
);

scene(
  "folders of other users are refused before anything in them is read",
  "aws",
  async ({ folder, command }) => {
    mkdirSync(folder, { mode: 0o755 });
    writeFileSync(join(folder, `${DIGEST}.login`), "mine");
    for (const args of [["list"], ["clear"]]) {
      const { status, stderr } = await command(args);
      assert.equal(status, 1);
      assert.match(stderr, /other users have access to it: its mode is not 0700/);
    }
    assert.deepEqual(readdirSync(folder), [`${DIGEST}.login`]);
  },
);

scene("list succeeds while entries are added and removed", "aws", async ({ folder, command }) => {
  await command(["warm", ECR]);
  const names = Array.from({ length: 200 }, (_, at) => at.toString(16).padStart(64, "0"));
  let isOver = false;
  const churn = (async () => {
    while (!isOver) {
      for (const name of names) writeFileSync(join(folder, `${name}.login`), "x", { mode: 0o600 });
      await new Promise((resolve) => setImmediate(resolve));
      for (const name of names) rmSync(join(folder, `${name}.login`), { force: true });
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const listed = await Promise.all(Array.from({ length: 4 }, () => command(["list"])));
  isOver = true;
  await churn;
  for (const { status, stdout } of listed) {
    assert.equal(status, 0);
    assert.match(stdout, /: usable, 1 login[,\n]/);
  }
});

scene("runs succeed while the cache is cleared", "aws", async (node) => {
  const pulls = Array.from({ length: 6 }, () => node.pull(ECR));
  const cleared = Array.from({ length: 3 }, () => node.command(["clear"]));
  await Promise.all(pulls);
  for (const { status } of await Promise.all(cleared)) assert.equal(status, 0);
});
