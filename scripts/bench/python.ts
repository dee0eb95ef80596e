/**
 * A small Python process that starts programs and waits for them, because Node.js cannot measure child processes. It is small on
 * purpose: Linux starts counting the peak memory of a child at the size of its parent, and forks a small process faster.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";

export class Python {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;
  readonly #answers: AsyncIterator<string>;

  private constructor(process: ChildProcessByStdio<Writable, Readable, null>) {
    this.#process = process;
    this.#lines = createInterface({ input: process.stdout });
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  /** Starts a script that returns a line of JSON for each line of JSON; undefined without Python. */
  static async start(script: string): Promise<Python | undefined> {
    const started = spawn("python3", ["-c", script], { stdio: ["pipe", "pipe", "inherit"] });
    const found = await new Promise<boolean>((resolve) => {
      started.once("spawn", () => resolve(true)).once("error", () => resolve(false));
    });
    return found ? new Python(started) : undefined;
  }

  async request(job: unknown): Promise<unknown> {
    this.#process.stdin.write(`${JSON.stringify(job)}\n`);
    const line = await this.#answers.next();
    return JSON.parse(String(line.value));
  }

  stop(): void {
    this.#process.stdin.end();
    this.#lines.close();
  }
}
