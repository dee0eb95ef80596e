import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeResponse } from "../kubelet/decode-response.ts";
import { runProvider } from "../support/provider.ts";
import { FOREIGN_REQUEST, spawnProvider } from "../support/spawn-provider.ts";

const TIMEOUT = { timeout: 30_000 };

test("reports an error if stdout is closed before the response is read", TIMEOUT, async () => {
  const { status, stderr } = await spawnProvider((child) => {
    child.stdout?.destroy();
    child.stdin?.end(FOREIGN_REQUEST);
  });
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^registry-credential-provider: could not write the response to stdout\. .* \[code stdout-closed, stage internal\]$/,
  );
});

test("exits if stderr is closed", TIMEOUT, async () => {
  const { status, signal, stdout } = await spawnProvider((child) => {
    child.stderr?.destroy();
    child.stdin?.end("no request");
  });
  assert.deepEqual([status, signal, stdout], [2, null, ""]);
});

test("exits if both stdout and stderr are closed", TIMEOUT, async () => {
  const { status, signal } = await spawnProvider((child) => {
    child.stdout?.destroy();
    child.stderr?.destroy();
    child.stdin?.end(FOREIGN_REQUEST);
  });
  assert.deepEqual([status, signal], [1, null]);
});

test("reads a request that arrives byte by byte", TIMEOUT, async () => {
  const { status, stdout, stderr } = await spawnProvider((child) => {
    const bytes = Buffer.from(FOREIGN_REQUEST);
    let sent = 0;
    const timer = setInterval(() => {
      child.stdin?.write(bytes.subarray(sent, sent + 1));
      sent += 1;
      if (sent < bytes.length) return;
      clearInterval(timer);
      child.stdin?.end();
    }, 1);
  });
  assert.deepEqual([status, stderr], [0, ""]);
  assert.equal(decodeResponse(stdout, { apiVersion: "credentialprovider.kubelet.k8s.io/v1" }).auth.size, 0);
});

test("refuses an endless request as soon as it is too large", TIMEOUT, async () => {
  const { status, stdout, stderr } = await spawnProvider((child) => {
    const pour = (): void => {
      while (child.stdin?.write("x".repeat(65_536)));
      child.stdin?.once("drain", pour);
    };
    pour();
  });
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /\[code request-too-large, stage request\]$/);
});

for (const args of [["--help"], ["-h"], ["--version"], ["cache", "--help"]])
  test(`${args.join(" ")} answers on stdout without a request`, TIMEOUT, async () => {
    const { status, stdout, stderr } = await runProvider({ args, stdin: "" });
    assert.deepEqual([status, stderr.toString()], [0, ""]);
    assert.match(
      stdout.toString(),
      args.includes("--version") ? /^registry-credential-provider \d+\.\d+\.\d+\n$/ : /Usage: /,
    );
  });

for (const args of [
  ["get-credentials", "--help"],
  ["--v=2", "--version"],
])
  test(`${args.join(" ")} is refused, because its text is no response to a request`, TIMEOUT, async () => {
    const { status, stdout, stderr } = await runProvider({ args, stdin: FOREIGN_REQUEST });
    assert.deepEqual([status, stdout.toString()], [2, ""]);
    assert.match(stderr.toString(), /is not the only argument.*\[code argument-invalid, stage config\]$/);
  });

const HOSTILE: Readonly<Record<string, string>> = {
  NODE_OPTIONS: "--require /nonexistent.cjs --inspect --trace-warnings",
  NODE_PENDING_DEPRECATION: "1",
  NODE_NO_WARNINGS: "0",
  NODE_REDIRECT_WARNINGS: "/dev/stdout",
  DEBUG: "*",
  DEBUG_AUTH: "1",
  AZURE_LOG_LEVEL: "verbose",
  GOOGLE_SDK_NODE_LOGGING: "*",
  GCE_METADATA_IP: "192.0.2.1",
  METADATA_SERVER_DETECTION: "bios-only",
  AWS_SDK_LOAD_CONFIG: "1",
  AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE: "",
  FORCE_COLOR: "3",
  COLUMNS: "1",
  LANG: "tr_TR.UTF-8",
  TZ: "Pacific/Kiritimati",
  UV_THREADPOOL_SIZE: "0",
  __proto__x: "y",
  constructor: "z",
};
for (const [name, value] of Object.entries(HOSTILE))
  test(`the variable ${name} has no effect`, TIMEOUT, async () => {
    const { status, stdout, stderr } = await runProvider({ stdin: FOREIGN_REQUEST, env: { [name]: value } });
    assert.deepEqual([status, stderr.toString()], [0, ""]);
    assert.equal(decodeResponse(stdout, { apiVersion: "credentialprovider.kubelet.k8s.io/v1" }).auth.size, 0);
  });
