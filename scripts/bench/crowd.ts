/** Starts many programs at once from one small process, and measures their total cost. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import type { Program } from "./meter.ts";
import { Python } from "./python.ts";

export interface CrowdSample {
  /** Milliseconds from the first start to the last end. */
  readonly wall: number;
  /** User and system time of all programs in milliseconds; undefined without Python. */
  readonly cpu: number | undefined;
  readonly failed: number;
  /** The output of each program; empty if it failed. */
  readonly outputs: readonly string[];
}

/** Requests and responses fit into the buffer of a pipe, so no process waits for a reader. The pipes are not inherited. */
const PYTHON = `
import json, os, sys, time
devnull = os.open(os.devnull, os.O_WRONLY)
def fed(text):
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    return reader
for line in sys.stdin:
    jobs = [(job, fed(job["stdin"]), os.pipe()) for job in json.loads(line)]
    began = time.perf_counter()
    for job, reader, (_, printed) in jobs:
        ends = [(reader, 0), (printed, 1), (devnull, 2)]
        actions = [(os.POSIX_SPAWN_DUP2, here, there) for here, there in ends]
        os.posix_spawn(job["argv"][0], job["argv"], job["env"], file_actions=actions)
    cpu, failed = 0, 0
    for _ in jobs:
        _, status, usage = os.wait4(-1, 0)
        cpu += usage.ru_utime + usage.ru_stime
        failed += status != 0
    wall = time.perf_counter() - began
    outputs = []
    for _, reader, (answer, printed) in jobs:
        os.close(reader)
        os.close(printed)
        with os.fdopen(answer, "rb") as stream:
            outputs.append(stream.read().decode())
    print(json.dumps([failed, wall * 1e3, cpu * 1e3, outputs]), flush=True)
`;

export class Crowd {
  readonly #python: Python | undefined;

  private constructor(python: Python | undefined) {
    this.#python = python;
  }

  static async start(): Promise<Crowd> {
    return new Crowd(await Python.start(PYTHON));
  }

  run(programs: readonly Program[]): Promise<CrowdSample> {
    return this.#python === undefined ? runHere(programs) : runBeside(programs, this.#python);
  }

  stop(): void {
    this.#python?.stop();
  }
}

async function runBeside(programs: readonly Program[], python: Python): Promise<CrowdSample> {
  const jobs = programs.map(({ argv, env, stdin }) => ({ argv, env, stdin }));
  const answer = await python.request(jobs);
  const [failed, wall, cpu, outputs] = Array.isArray(answer) ? answer : [];
  const texts = Array.isArray(outputs) ? outputs.map(String) : [];
  return { failed: Number(failed), wall: Number(wall), cpu: Number(cpu), outputs: texts };
}

async function runHere(programs: readonly Program[]): Promise<CrowdSample> {
  const began = performance.now();
  const ends = await Promise.all(programs.map(runOne));
  const wall = performance.now() - began;
  const failed = ends.filter(({ status }) => status !== 0).length;
  return { failed, wall, cpu: undefined, outputs: ends.map(({ output }) => output) };
}

async function runOne({ argv, env, stdin }: Program): Promise<{ status: number; output: string }> {
  const [command = "", ...rest] = argv;
  const child = spawn(command, rest, { env, stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.end(stdin);
  const status = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 1)));
  return { output: await text(child.stdout), status: await status };
}
