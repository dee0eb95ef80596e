/** The program of a `credential_process`: its environment, and its processes after the end of the run. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { ENVIRONMENT } from "../../src/core/environment.ts";
import { runProgram } from "../../src/system/subprocess.ts";
import { type Cloud, startCloud } from "../cloud/cloud.ts";
import { requestFor, type Started, start } from "./start.ts";

const RUNNER = new URL("../../src/system/subprocess.ts", import.meta.url).href;

let cloud: Cloud;
let all = "";
before(async () => {
  cloud = await startCloud();
  all = mkdtempSync(join(tmpdir(), "helper-"));
});
after(async () => {
  await cloud.stop();
  rmSync(all, { recursive: true });
});

/** Makes a folder with a helper program that runs these shell steps, with `$0` in the folder, and then prints a key. */
function makeHelper(steps: string): {
  readonly folder: string;
  readonly program: string;
  read(name: string): string;
} {
  const folder = mkdtempSync(join(all, "case-"));
  const program = join(folder, "helper");
  const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = cloud.awsUserKey;
  const printed = JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey });
  writeFileSync(program, `#!/bin/sh\ncd "\${0%/*}"\n${steps}\necho '${printed}'\n`, { mode: 0o755 });
  writeFileSync(join(folder, "config"), `[default]\ncredential_process = ${program}\n`, { mode: 0o600 });
  return { folder, program, read: (name) => readFileSync(join(folder, name), "utf8") };
}

function startWith(
  { folder }: { readonly folder: string },
  env: Readonly<Record<string, string>> = {},
): Started {
  return start({
    env: { PATH: "/usr/bin:/bin", ...cloud.env("aws"), AWS_CONFIG_FILE: join(folder, "config"), ...env },
    stdin: requestFor("123456789012.dkr.ecr.us-east-1.amazonaws.com/app"),
  });
}

/** Reports whether a process runs. A zombie does not. */
function isRunning(pid: string): boolean {
  const path = `/proc/${pid.trim()}/stat`;
  return existsSync(path) && !/^.*\) [ZX]/s.test(readFileSync(path, "utf8"));
}

/** A signal takes a moment to end a process. */
async function assertEnded(pid: string): Promise<void> {
  for (let tries = 0; tries < 200 && isRunning(pid); tries += 1) await setTimeout(25);
  const isLeft = isRunning(pid);
  if (isLeft) process.kill(Number(pid), "SIGKILL");
  assert.equal(isLeft, false, `process ${pid} still runs`);
}

async function appears(path: string): Promise<void> {
  for (let tries = 0; tries < 400 && !existsSync(path); tries += 1) await setTimeout(25);
  assert.ok(existsSync(path), path);
}

const HANDED_ON = {
  VAULT_ROLE: "pull",
  AWS_PROFILE: "default",
  AWS_RETRY_MODE: "standard",
  MY_AZURE_CLIENT_SECRET: "a",
  GOOGLER: "b",
  HARM_LEVEL: "c",
};
const KEPT_BACK = {
  AZURE_CLIENT_SECRET: "x",
  azure_client_secret: "x",
  AZURE_PASSWORD: "x",
  ARM_CLIENT_SECRET: "x",
  AAD_SERVICE_PRINCIPAL_CLIENT_SECRET: "x",
  MSI_SECRET: "x",
  IDENTITY_HEADER: "x",
  GOOGLE_APPLICATION_CREDENTIALS: "/x",
  GOOGLE_OAUTH_ACCESS_TOKEN: "x",
  CLOUDSDK_AUTH_ACCESS_TOKEN: "x",
};

/** All signals that end a process by default, except those of a crash and SIGKILL. Node.js ignores SIGPIPE and SIGXFSZ. */
const ENDING_SIGNALS = [
  "SIGTERM",
  "SIGINT",
  "SIGHUP",
  "SIGQUIT",
  "SIGALRM",
  "SIGVTALRM",
  "SIGPROF",
  "SIGUSR2",
  "SIGXCPU",
  "SIGIO",
  "SIGPWR",
  "SIGSTKFLT",
] as const;

/** The header of an ELF program for RISC-V. */
const FOREIGN_ELF = `\x7fELF\x02\x01\x01${"\0".repeat(9)}\x02\0\xf3\0`;

describe("the helper of a credential_process", { concurrency: 4 }, () => {
  test("gets the provider's variables except those of other clouds", async () => {
    const helper = makeHelper("env >env");
    const { status, stderr } = await startWith(helper, { ...HANDED_ON, ...KEPT_BACK }).ended;
    assert.deepEqual([status, stderr], [0, ""]);
    const lines = helper.read("env").split("\n");
    for (const [name, value] of Object.entries(HANDED_ON))
      assert.ok(lines.includes(`${name}=${value}`), name);
    assert.ok(lines.includes(`AWS_CONFIG_FILE=${join(helper.folder, "config")}`));
    assert.ok(lines.some((line) => line.startsWith("HTTPS_PROXY=http://")));
    const names = lines.map((line) => line.split("=")[0] ?? "");
    assert.deepEqual(
      names.filter((name) => Object.hasOwn(KEPT_BACK, name)),
      [],
    );
    const known = Object.entries(ENVIRONMENT).filter(([, variable]) =>
      ["Google", "Azure"].includes(variable.for),
    );
    const set = Object.fromEntries(known.map(([name]) => [name, "1"]));
    const other = makeHelper("env >env");
    assert.equal((await startWith(other, set).ended).status, 0);
    assert.deepEqual(
      other
        .read("env")
        .split("\n")
        .filter((line) => known.some(([name]) => line.startsWith(`${name}=`))),
      [],
    );
  });

  test("is killed with its group when it ends, and a process that keeps its output open causes no delay", async () => {
    const helper = makeHelper("sleep 300 &\necho $! >pid");
    const { status, stderr } = await startWith(helper).ended;
    assert.deepEqual([status, stderr], [0, ""]);
    await assertEnded(helper.read("pid"));
  });

  test("is killed with its group when it fails", async () => {
    const helper = makeHelper("sleep 300 >/dev/null &\necho $! >pid\nexit 3");
    const { status, stderr } = await startWith(helper).ended;
    assert.deepEqual([status, /\[code aws-process-failed,/.test(stderr)], [1, true], stderr);
    await assertEnded(helper.read("pid"));
  });

  test("causes no delay by a process that left the group and keeps its output open", async () => {
    const helper = makeHelper(
      "setsid sh -c 'echo $$ >pid; exec sleep 300' &\nwhile ! [ -s pid ]; do sleep 0.05; done",
    );
    const { status, stderr } = await startWith(helper).ended;
    const pid = Number(helper.read("pid"));
    assert.ok(isRunning(String(pid)), "a process of another session is not reached");
    process.kill(pid, "SIGKILL");
    assert.deepEqual([status, stderr], [0, ""]);
  });

  for (const signal of ENDING_SIGNALS)
    test(`is killed with its group when ${signal} ends the run`, async () => {
      const helper = makeHelper("echo $$ >leader\nsleep 300 &\necho $! >pid\nwait");
      const { child, ended } = startWith(helper);
      await appears(join(helper.folder, "pid"));
      child.kill(signal);
      assert.equal((await ended).signal, signal);
      await assertEnded(helper.read("pid"));
      await assertEnded(helper.read("leader"));
    });

  test("is killed with its group at the timeout", async () => {
    const helper = makeHelper("echo $$ >leader\nsleep 300 &\necho $! >pid\nwait");
    const result = await runProgram([helper.program], 3000, new Map([["PATH", "/usr/bin:/bin"]]));
    assert.deepEqual(result, { problem: "did not end within 3 s" });
    await assertEnded(helper.read("pid"));
    await assertEnded(helper.read("leader"));
  });

  test("is killed with its group when the process that runs it exits", async () => {
    const helper = makeHelper("sleep 300 &\necho $! >pid\nwait");
    const script = `
      const { runProgram } = await import(${JSON.stringify(RUNNER)});
      const { existsSync } = await import("node:fs");
      runProgram([${JSON.stringify(helper.program)}], 60_000, new Map([["PATH", "/usr/bin:/bin"]]));
      setInterval(() => existsSync(${JSON.stringify(join(helper.folder, "pid"))}) && process.exit(0), 20);`;
    const command = [process.execPath, "--input-type=module", "--eval", script] as const;
    assert.equal((await start({ command }).ended).status, 0);
    await assertEnded(helper.read("pid"));
  });

  // Node.js throws these errors of the system and emits others.
  for (const [what, command] of [
    ["with a name that is too long", (program: string) => `${program}${"a".repeat(256)}`],
    ["with an argument that is too long", (program: string) => `${program} ${"a".repeat(256 * 1024)}`],
  ] as const)
    test(`is reported when it cannot be started ${what}`, async () => {
      const helper = makeHelper("");
      const config = `[default]\ncredential_process = ${command(helper.program)}\n`;
      writeFileSync(join(helper.folder, "config"), config);
      const { status, stderr } = await startWith(helper).ended;
      assert.deepEqual([status, /\[code aws-process-failed,/.test(stderr)], [1, true], stderr);
    });

  for (const [what, head] of [
    ["a script without #!", ""],
    ["a script with a blank before #!", " #!/bin/sh\n"],
    ["a program for another processor", `${FOREIGN_ELF}\n`],
  ] as const)
    test(`is not run by a shell if it is ${what}`, async () => {
      const helper = makeHelper("");
      writeFileSync(helper.program, `${head}touch '${join(helper.folder, "ran")}'\n`, "latin1");
      const { status, stderr } = await startWith(helper).ended;
      assert.deepEqual([status, /\[code aws-process-failed,/.test(stderr)], [1, true], stderr);
      assert.ok(stderr.includes("nor a script that begins with #!"), stderr);
      assert.equal(existsSync(join(helper.folder, "ran")), false);
    });

  test("may be a program of this processor", async () => {
    const helper = makeHelper("");
    const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = cloud.awsUserKey;
    const printed = JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey });
    const config = `[default]\ncredential_process = /bin/echo '${printed}'\n`;
    writeFileSync(join(helper.folder, "config"), config);
    const { status, stderr } = await startWith(helper).ended;
    assert.deepEqual([status, stderr], [0, ""]);
  });

  test("is killed when it prints without end", async () => {
    const helper = makeHelper("echo $$ >leader\nyes");
    const { status, stderr } = await startWith(helper).ended;
    assert.deepEqual(
      [status, /printed more than 64 KiB.*\[code aws-process-failed,/.test(stderr)],
      [1, true],
      stderr,
    );
    await assertEnded(helper.read("leader"));
  });
});
