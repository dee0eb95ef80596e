import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Execution, execute, type Run } from "./execute.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubelet-double-"));
});
after(() => rm(folder, { recursive: true, force: true }));

async function run(script: string, execution: Partial<Execution> = {}): Promise<Run> {
  const path = join(folder, `plugin-${Math.random().toString(36).slice(2)}`);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return execute({ path, stdin: "", ...execution });
}

test("stdin contains the whole request and is closed", async () => {
  const { stdout, status } = await run("cat", { stdin: "request\n" });
  assert.deepEqual([stdout.toString(), status], ["request\n", 0]);
});

test("stdout, stderr and exit status are separate", async () => {
  const { stdout, stderr, status, signal } = await run("printf out; printf err >&2; exit 3");
  assert.deepEqual([stdout.toString(), stderr.toString(), status, signal], ["out", "err", 3, null]);
});

test("a plugin that does not read stdin is not an error", async () => {
  const { status } = await run("exec 0<&-; exit 0", { stdin: "x".repeat(1 << 20) });
  assert.equal(status, 0);
});

test("argv[0] is the path of the link, followed by the arguments", async () => {
  const link = join(folder, "provider-name");
  await symlink(process.execPath, link);
  const { stdout, argv } = await execute({
    path: link,
    args: ["-p", "JSON.stringify([process.argv0, process.argv[1]])", "a  b"],
    stdin: "",
  });
  assert.deepEqual(JSON.parse(stdout.toString()), [link, "a  b"]);
  assert.equal(argv[0], link);
});

test("variables of the configuration override the kubelet's, and later ones override earlier ones", async () => {
  const environment = [
    { name: "B", value: "first" },
    { name: "B", value: "last" },
  ];
  const { stdout } = await run('printf "%s %s %s" "$A" "$B" "$HOME"', {
    hostEnvironment: { A: "host", B: "host" },
    environment,
  });
  assert.equal(stdout.toString(), "host last ");
});

test("a plugin that exceeds the timeout is killed", async () => {
  const { timedOut, signal, status } = await run("exec sleep 1000", { timeout: 200 });
  assert.deepEqual([timedOut, signal, status], [true, "SIGKILL", null]);
});

test("a descendant that keeps stdout open blocks the kubelet", async () => {
  const { hasOpenDescendant, status } = await run("sleep 4 & exit 0");
  assert.deepEqual([hasOpenDescendant, status], [true, 0]);
});

test("a plugin that fills the pipe without a descendant does not block the kubelet", async () => {
  const { hasOpenDescendant, stdout } = await run("head -c 65536 /dev/zero");
  assert.deepEqual([hasOpenDescendant, stdout.length], [false, 65536]);
});

test("a missing plugin is an error", async () => {
  await assert.rejects(execute({ path: join(folder, "nothing"), stdin: "" }), { code: "ENOENT" });
});
