import { type ChildProcess, spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import { MINUTE, type Milliseconds } from "../../src/core/time.ts";

export interface Execution {
  /** `<bin dir>/<provider name>`, passed as argv[0]; links are not resolved. */
  readonly path: string;
  readonly args?: readonly string[];
  /** The kubelet's own environment. */
  readonly hostEnvironment?: Readonly<Record<string, string>>;
  /** `env` of the provider's configuration, which is appended; of two variables with the same name the later wins. */
  readonly environment?: readonly { readonly name: string; readonly value: string }[];
  readonly cwd?: string;
  /** The user and group ID of the plugin; default: those of the test. */
  readonly uid?: number;
  readonly stdin: string | Uint8Array;
  /** In a kubelet always one minute. */
  readonly timeout?: Milliseconds;
}

/** The observable result of a finished run. */
export interface Run {
  readonly argv: readonly string[];
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  /** The time until the process ended. */
  readonly wall: Milliseconds;
  /** Whether a descendant kept stdout or stderr open; the kubelet waits for it, even after its timeout. */
  readonly hasOpenDescendant: boolean;
}

type Ending = Pick<Run, "status" | "signal" | "wall" | "hasOpenDescendant">;

/**
 * A descendant holds a pipe that is still open after this time and this number of turns of the event loop. The turns cover
 * a machine so busy that this process did not run in the meantime.
 */
const TIME_TO_CLOSE: Milliseconds = 2000;
const TURNS_TO_CLOSE = 1000;

/** Runs a plugin like `ExecPlugin`: writes the request to stdin, closes it, and kills only the child with SIGKILL on timeout. */
export async function execute(execution: Execution): Promise<Run> {
  const { path, args = [], uid, timeout = MINUTE } = execution;
  const child = spawn(path, [...args], {
    argv0: path,
    env: mergeEnvironment(execution),
    cwd: execution.cwd,
    stdio: ["pipe", "pipe", "pipe"],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = child.kill("SIGKILL");
  }, timeout);
  try {
    feed(child, execution.stdin);
    const [ending, stdout, stderr] = await Promise.all([
      waitForEnd(child),
      readAll(child.stdout),
      readAll(child.stderr),
    ]);
    return { argv: [path, ...args], stdout, stderr, timedOut, ...ending };
  } finally {
    clearTimeout(timer);
  }
}

function mergeEnvironment({ hostEnvironment = {}, environment = [] }: Execution): Record<string, string> {
  return { ...hostEnvironment, ...Object.fromEntries(environment.map(({ name, value }) => [name, value])) };
}

/** A plugin that exits without reading stdin is not an error: Go ignores EPIPE too. */
function feed(child: ChildProcess, stdin: string | Uint8Array): void {
  child.stdin?.on("error", () => {});
  child.stdin?.end(stdin);
}

function waitForEnd(child: ChildProcess): Promise<Ending> {
  const began = performance.now();
  let wall = 0;
  let turns = 0;
  const countTurns = () => {
    turns += 1;
    if (turns < TURNS_TO_CLOSE) counting = setImmediate(countTurns);
  };
  let counting: NodeJS.Immediate | undefined;
  let waiting: NodeJS.Timeout | undefined;
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => {
      wall = performance.now() - began;
      waiting = setTimeout(countTurns, TIME_TO_CLOSE);
    });
    child.once("close", (status, signal) => {
      clearTimeout(waiting);
      clearImmediate(counting);
      resolve({ status, signal, wall, hasOpenDescendant: turns === TURNS_TO_CLOSE });
    });
  });
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
