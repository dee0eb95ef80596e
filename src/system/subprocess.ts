import { spawn } from "node:child_process";
import { closeSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import { type Milliseconds, SECOND } from "../core/time.ts";
import type { ProcessResult } from "../core/world.ts";
import { hasErrorCode, isSystemError } from "../errors/provider-error.ts";
import { assertSafeFile } from "./file-permissions.ts";

/** Bytes that a helper program may print. */
const STDOUT_LIMIT = 64 * 1024;
/** How long output is read after the program's end. A process that left the group may keep the pipe open. */
const DRAIN_TIME: Milliseconds = SECOND;
/**
 * Signals that end this process. They do not reach the program, which is in a process group of its own. The signals of a crash,
 * such as SIGSEGV, are not among them, because no JavaScript can run after a crash.
 */
const ENDING_SIGNALS = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
  "SIGALRM",
  "SIGVTALRM",
  "SIGPROF",
  "SIGUSR2",
  "SIGXCPU",
  "SIGIO",
  "SIGPWR",
  "SIGSTKFLT",
] as const;

/** Bytes from the start of an ELF file up to the end of its machine number (`elf(5)`). */
const ELF_HEADER = 20;
const ELF_MAGIC = "\x7fELF";
/** Machine numbers of the programs that run on each processor: 64-bit and 32-bit. */
const ELF_MACHINES: ReadonlyMap<string, readonly number[]> = new Map([
  ["x64", [62, 3]],
  ["arm64", [183, 40]],
]);

/** The search path of `execvp(3)` without PATH. */
const DEFAULT_SEARCH_PATH = "/bin:/usr/bin";
const ANY_EXECUTE = 0o111;

/** Variables that pass secrets to programs of Google and Azure, and to Terraform for Azure. */
const OTHER_CLOUDS_VARIABLE =
  /^(?:(?:AAD|ARM|AZURE|CLOUDSDK|GCE|GCLOUD|GOOGLE|MSI)_.*|IDENTITY_ENDPOINT|IDENTITY_HEADER|IMDS_ENDPOINT)$/i;

/**
 * Runs a program by its argument list, without a shell and without stdin. Its stderr is dropped, because it may quote a secret.
 * The program leads a process group, which is killed when the program ends, at the timeout, and when this process ends. A
 * process that leaves the group (`setsid(2)`) survives, and so does the whole group if this process crashes or is killed with
 * SIGKILL.
 *
 * @throws ProviderError `file-unsafe`
 */
export async function runProgram(
  argv: readonly string[],
  timeout: Milliseconds,
  variables: ReadonlyMap<string, string>,
): Promise<ProcessResult> {
  const [program = "", ...rest] = argv;
  const found = findProgram(program, variables.get("PATH"), process.getuid?.());
  if ("problem" in found) return found;
  if (!isRunByKernel(found.path))
    return { problem: "is neither a program for this processor nor a script that begins with #!" };
  const env = Object.fromEntries([...variables].filter(([name]) => !OTHER_CLOUDS_VARIABLE.test(name)));
  let leader: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const endGroup = () => killGroup(leader);
  const endBySignal = (signal: NodeJS.Signals) => {
    endGroup();
    process.removeListener(signal, endBySignal);
    process.kill(process.pid, signal);
  };
  // Registered before the program starts: a signal in between would leave it running.
  process.on("exit", endGroup);
  for (const signal of ENDING_SIGNALS) process.on(signal, endBySignal);
  try {
    const child = spawn(found.path, rest, {
      argv0: program,
      env,
      cwd: "/",
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
      windowsHide: true,
    });
    leader = child.pid;
    const chunks: Buffer[] = [];
    let length = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > STDOUT_LIMIT) endGroup();
      else chunks.push(chunk);
    });
    let isLate = false;
    timer = setTimeout(() => {
      isLate = true;
      endGroup();
    }, timeout);
    const status = await new Promise<number | null>((settle, reject) => {
      child.once("exit", () => {
        endGroup();
        clearTimeout(timer);
        timer = setTimeout(() => child.stdout.destroy(), DRAIN_TIME);
      });
      child.once("error", reject);
      child.once("close", settle);
    });
    if (isLate) return { problem: `did not end within ${timeout / SECOND} s` };
    if (length > STDOUT_LIMIT) return { problem: `printed more than ${STDOUT_LIMIT / 1024} KiB` };
    if (status === null) return { problem: "was killed by a signal" };
    return { status, stdout: Buffer.concat(chunks).toString() };
  } catch (error) {
    // The program could not be started. Node.js emits some errors, such as EACCES, and throws others, such as E2BIG.
    if (!isSystemError(error)) throw error;
    return { problem: "could not be started" };
  } finally {
    clearTimeout(timer);
    process.removeListener("exit", endGroup);
    for (const signal of ENDING_SIGNALS) process.removeListener(signal, endBySignal);
  }
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    // The group no longer exists, or its remaining processes belong to another user.
    if (!hasErrorCode(error, "ESRCH") && !hasErrorCode(error, "EPERM")) throw error;
  }
}

/**
 * Finds a program as `execvp(3)` does in the root directory, and requires that only root and this user can replace it. The
 * interpreter of a script and the libraries of a program are not checked.
 *
 * @returns its path, or why there is none
 * @throws ProviderError `file-unsafe`
 */
function findProgram(
  name: string,
  searchPath: string | undefined,
  user: number | undefined,
): { readonly path: string } | { readonly problem: string } {
  const isPath = name.includes("/");
  const directories = isPath ? [""] : (searchPath || DEFAULT_SEARCH_PATH).split(":");
  let problem = isPath ? "does not exist" : "is not in PATH";
  for (const directory of directories) {
    const path = resolve("/", directory, name);
    const stats = statTarget(path);
    if (!stats?.isFile()) continue;
    if ((stats.mode & ANY_EXECUTE) === 0) {
      problem = "is not executable";
      continue;
    }
    assertSafeFile(path, stats, "unwritable", user);
    return { path };
  }
  return { problem };
}

/**
 * Reports whether the kernel runs a file. `execvp(3)`, which Node.js uses, would run any other file as a script of `/bin/sh`,
 * even a program for another processor.
 */
function isRunByKernel(path: string): boolean {
  const header = Buffer.alloc(ELF_HEADER);
  try {
    const file = openSync(path, "r");
    readSync(file, header, 0, ELF_HEADER, 0);
    closeSync(file);
  } catch (error) {
    // Without permission to read the file, a shell cannot run it either.
    if (hasErrorCode(error, "EACCES")) return true;
    throw error;
  }
  if (header.toString("latin1", 0, 2) === "#!") return true;
  return (
    header.toString("latin1", 0, ELF_MAGIC.length) === ELF_MAGIC &&
    ELF_MACHINES.get(process.arch)?.includes(header.readUInt16LE(ELF_HEADER - 2)) === true
  );
}

function statTarget(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return undefined;
  }
}
