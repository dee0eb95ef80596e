/** Runs a program to its end and says what it cost. */
import { spawn } from "node:child_process";
import { Python } from "./python.ts";

export interface Program {
  readonly name: string;
  readonly argv: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
}

export interface Sample {
  /** Milliseconds. */
  readonly wall: number;
  /** Milliseconds, user and system; undefined where it cannot be known. */
  readonly cpu: number | undefined;
  /** MiB. */
  readonly peak: number | undefined;
}

/** `wait4` gives CPU in microseconds and the peak. */
const PYTHON = `
import json, os, sys, time
nothing = os.open(os.devnull, os.O_WRONLY)
for line in sys.stdin:
    job = json.loads(line)
    reader, writer = os.pipe()
    os.write(writer, job["stdin"].encode())
    os.close(writer)
    actions = [(os.POSIX_SPAWN_DUP2, reader, 0), (os.POSIX_SPAWN_DUP2, nothing, 1)]
    began = time.perf_counter()
    pid = os.posix_spawn(job["argv"][0], job["argv"], job["env"], file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - began
    os.close(reader)
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    print(json.dumps([status, wall * 1e3, (usage.ru_utime + usage.ru_stime) * 1e3, usage.ru_maxrss / unit]), flush=True)
`;

export class Meter {
  readonly #python: Python | undefined;

  private constructor(python: Python | undefined) {
    this.#python = python;
  }

  /** Without Python there is wall time only. */
  static async start(): Promise<Meter> {
    return new Meter(await Python.start(PYTHON));
  }

  get knowsCpu(): boolean {
    return this.#python !== undefined;
  }

  /** Throws where the program fails: what it costs to fail is not asked here. */
  async run(program: Program): Promise<Sample> {
    const { status, ...sample } =
      this.#python === undefined ? await runHere(program) : await runBeside(program, this.#python);
    if (status !== 0) throw new Error(`${program.name} failed`);
    return sample;
  }

  stop(): void {
    this.#python?.stop();
  }
}

async function runBeside(
  { argv, env, stdin }: Program,
  python: Python,
): Promise<Sample & { status: number }> {
  const values = await python.ask({ argv, env, stdin });
  const [status = 1, wall = 0, cpu, peak] = Array.isArray(values) ? values.map(Number) : [];
  return { status, wall, cpu, peak };
}

async function runHere({ argv, env, stdin }: Program): Promise<Sample & { status: number }> {
  const [command = "", ...rest] = argv;
  const began = performance.now();
  const child = spawn(command, rest, { env, stdio: ["pipe", "ignore", "inherit"] });
  child.stdin.end(stdin);
  const status = await new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 1)));
  return { status, wall: performance.now() - began, cpu: undefined, peak: undefined };
}
