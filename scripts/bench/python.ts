/**
 * A small process beside this one, which starts programs and waits for them: Node knows the usage of itself only. Being small
 * matters, since the system counts a child's peak from the size that its parent had, and forks the faster for it.
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

  /** Undefined where there is no Python. The script answers each line of JSON with one. */
  static async start(script: string): Promise<Python | undefined> {
    const started = spawn("python3", ["-c", script], { stdio: ["pipe", "pipe", "inherit"] });
    const found = await new Promise<boolean>((resolve) => {
      started.once("spawn", () => resolve(true)).once("error", () => resolve(false));
    });
    return found ? new Python(started) : undefined;
  }

  async ask(question: unknown): Promise<unknown> {
    this.#process.stdin.write(`${JSON.stringify(question)}\n`);
    const answer = await this.#answers.next();
    return JSON.parse(String(answer.value));
  }

  stop(): void {
    this.#process.stdin.end();
    this.#lines.close();
  }
}
