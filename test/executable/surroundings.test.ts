import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { EXECUTABLE, NO_LOGIN, run, start, UNSUPPORTED_REQUEST } from "./start.ts";

const SUCCEEDED = { status: 0, signal: null, stdout: NO_LOGIN, stderr: "" };
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === "linux";

let root = "";
/** A copy of the executable that any user can run, since the checkout may lie in root's home. */
let reachable = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "surroundings-"));
  await chmod(root, 0o755);
  reachable = join(root, "reachable");
  await copyFile(EXECUTABLE, reachable);
});
after(() => rm(root, { recursive: true }));

test("the executable runs in any environment", { concurrency: 3 }, async (context) => {
  const cases = [
    context.test("with an empty environment, in /", async () => {
      assert.deepEqual(await run(), SUCCEEDED);
    }),
    context.test("in a read-only directory, without leaving files", async () => {
      const cwd = join(root, "read-only");
      await mkdir(cwd, { mode: 0o555 });
      assert.deepEqual(await run({ cwd }), SUCCEEDED);
      assert.deepEqual(await readdir(cwd), []);
    }),
    context.test("through a symbolic link with another name", async () => {
      const link = join(root, "ecr-credential-provider");
      await symlink(EXECUTABLE, link);
      assert.deepEqual(await run({ command: [link] }), SUCCEEDED);
    }),
    context.test("as nobody", { skip: isRoot ? false : "only root can change the user" }, async () => {
      assert.deepEqual(await run({ command: [reachable], uid: NOBODY }), SUCCEEDED);
    }),
    context.test("with stdin closed", async () => {
      const { status, stdout, stderr } = await run({
        command: ["/bin/sh", "-c", 'exec "$0" <&-', EXECUTABLE],
      });
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, /^registry-credential-provider: .*stage request\]$/);
    }),
    context.test("on a terminal, where it prints its usage", async (terminal) => {
      const script = spawnSync("script", ["--version"]);
      if (script.error !== undefined || !String(script.stdout).includes("util-linux"))
        return terminal.skip("no util-linux script here to make a terminal");
      const { stdout } = await run({
        command: ["script", "-qec", EXECUTABLE, "/dev/null"],
        env: { PATH: "/usr/bin:/bin" },
      });
      assert.match(stdout, /is run by the kubelet: it reads a request on stdin/);
    }),
    context.test("with 4 MiB on stdin, which is refused", async () => {
      const { status, stdout, stderr } = await run({
        stdin: `${UNSUPPORTED_REQUEST.slice(0, -1)}${" ".repeat(4 << 20)}}`,
      });
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, /\[code request-too-large, stage request\]$/);
    }),
  ];
  await Promise.all(cases);
});

/** `exitProcess` starts a new image of the process with this flag, the status, and the process's id and start time. */
test("a caller cannot set the exit status", { concurrency: 4 }, async (context) => {
  const cases = ["0", "1", "2", "", "0x0"].flatMap((status) => [
    ["--end-with-status", status],
    ["--end-with-status", status, ""],
    ["--end-with-status", status, "1 1"],
    ["--end-with-status", status, `${process.pid} `],
  ]);
  await Promise.all(
    [["--end-with-status"], ["--end-with-status=0"], ...cases].map((args) =>
      context.test(JSON.stringify(args), async () => {
        const { status, stdout, stderr } = await run({ args });
        assert.deepEqual([status, stdout], [2, ""]);
        assert.match(stderr, /"--end-with-status"\. Hint: .*\[code argument-unknown, stage config\]$/);
      }),
    ),
  );
});

test("a response that cannot be written is a failure", {
  skip: isLinux ? false : "needs /dev/full",
}, async () => {
  const full = openSync("/dev/full", "w");
  const child = spawn(EXECUTABLE, [], { env: {}, stdio: ["pipe", full, "pipe"] });
  closeSync(full);
  child.stdin?.end(UNSUPPORTED_REQUEST);
  assert.deepEqual(await waitForExit(child), [1, "stdout-closed"]);
});

test("a closed stdout pipe is a failure", async () => {
  const child = spawn(EXECUTABLE, [], { env: {}, stdio: ["pipe", "pipe", "pipe"] });
  child.stdout.destroy();
  await once(child.stdout, "close");
  child.stdin?.end(UNSUPPORTED_REQUEST);
  assert.deepEqual(await waitForExit(child), [1, "stdout-closed"]);
});

async function waitForExit(child: ReturnType<typeof spawn>): Promise<[number | null, string | undefined]> {
  let stderr = "";
  child.stderr?.on("data", (text) => (stderr += String(text)));
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return [status, /\[code ([a-z-]+),/.exec(stderr)?.[1]];
}

test("SIGUSR1 opens no debugger port and does not end the process", {
  skip: isLinux ? false : "needs /proc",
}, async () => {
  const { child, ended } = start({ stdin: undefined });
  const process = `/proc/${child.pid}`;
  while ((await readHandledSignals(process)).every((mask) => mask === 0n)) await sleep(20);
  await sleep(300);
  const before = await listSockets(process);
  child.kill("SIGUSR1");
  await sleep(300);
  assert.deepEqual(await listSockets(process), before);
  child.stdin?.end(UNSUPPORTED_REQUEST);
  assert.deepEqual(await ended, SUCCEEDED);
});

/** Returns whether SIGUSR1 is blocked, ignored or caught. Before Node.js sets that up, the signal would kill the process. */
async function readHandledSignals(process: string): Promise<bigint[]> {
  const status = await readFile(`${process}/status`, "utf8");
  const masks = [...status.matchAll(/^Sig(?:Blk|Ign|Cgt):\s*([0-9a-f]+)$/gm)];
  return masks.map(([, mask]) => BigInt(`0x${mask}`) & (1n << 9n));
}

async function listSockets(process: string): Promise<string[]> {
  const links = await Promise.all(
    (await readdir(`${process}/fd`)).map((name) => readlink(`${process}/fd/${name}`).catch(() => "")),
  );
  return links.filter((link) => link.startsWith("socket:")).sort();
}
