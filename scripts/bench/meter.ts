/** Runs a program and measures its cost. */
import { spawn } from "node:child_process";
import { Python } from "./python.ts";

export interface Program {
  readonly name: string;
  readonly argv: readonly string[];
  /** The complete environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
}

export interface Sample {
  /** Milliseconds. */
  readonly wall: number;
  /** User and system time in milliseconds; undefined without Python. */
  readonly cpu: number | undefined;
  /** MiB. */
  readonly peak: number | undefined;
}

/** `wait4` returns CPU time and peak memory. */
const PYTHON = `
import json, os, sys, time
devnull = os.open(os.devnull, os.O_WRONLY)
for line in sys.stdin:
    job = json.loads(line)
    reader, writer = os.pipe()
    os.write(writer, job["stdin"].encode())
    os.close(writer)
    actions = [(os.POSIX_SPAWN_DUP2, reader, 0), (os.POSIX_SPAWN_DUP2, devnull, 1)]
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

  /** Without Python, only wall time is measured. */
  static async start(): Promise<Meter> {
    return new Meter(await Python.start(PYTHON));
  }

  get measuresCpu(): boolean {
    return this.#python !== undefined;
  }

  /** Throws if the program fails: the cost of a failure means nothing here. */
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
  const values = await python.request({ argv, env, stdin });
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
