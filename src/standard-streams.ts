import { constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { ProviderError } from "./errors.ts";
import { type Milliseconds, SECOND } from "./time.ts";

const CHUNK = 64 * 1024;
/** Between two looks at an empty pipe. The kubelet has written before we are up: the first look finds it all. */
const PAUSE: Milliseconds = 2;

/**
 * All of stdin, by a second opening of it that does not block: `process.stdin` loads Node's sockets (a quarter of a
 * bare start), a blocking read cannot be given up, and a read on the thread pool keeps the process from ending.
 *
 * @throws ProviderError `request-too-large` or `request-too-slow`
 */
export async function readStdin(limit: number, timeout: Milliseconds): Promise<Buffer> {
  const stdin = openWithoutBlocking();
  const end = performance.now() + timeout;
  const chunks: Buffer[] = [];
  for (let size = 0; ; ) {
    const chunk = readChunk(stdin);
    if (chunk === undefined) await pauseUntil(end);
    else if (chunk.length === 0) return Buffer.concat(chunks);
    else chunks.push(chunk);
    size += chunk?.length ?? 0;
    if (size > limit) throw new ProviderError("request-too-large");
  }
}

function openWithoutBlocking(): number {
  try {
    return openSync("/proc/self/fd/0", constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return 0; // a socket, or another system: read it as it is
  }
}

/** Undefined where nothing is there yet. */
function readChunk(descriptor: number): Buffer | undefined {
  const buffer = Buffer.allocUnsafe(CHUNK);
  try {
    return buffer.subarray(0, readSync(descriptor, buffer));
  } catch (error) {
    if (hasCode(error, "EAGAIN")) return undefined;
    if (hasCode(error, "EOF")) return buffer.subarray(0, 0);
    throw error;
  }
}

async function pauseUntil(end: Milliseconds): Promise<void> {
  if (performance.now() >= end) throw new ProviderError("request-too-slow");
  await new Promise((resolve) => setTimeout(resolve, PAUSE));
}

/** Writes all of it; a full pipe is waited for, up to 5 s in all. Throws `stdout-closed` where nobody reads. */
export function writeAll(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  const end = performance.now() + 5 * SECOND;
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if (!hasCode(error, "EAGAIN") || performance.now() > end)
        throw new ProviderError("stdout-closed", { cause: error });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
}

/** Asked of the kernel first: `node:tty` loads Node's sockets too. */
export async function isTerminal(descriptor: 0 | 2): Promise<boolean> {
  try {
    if (!fstatSync(descriptor).isCharacterDevice()) return false;
  } catch {
    return false;
  }
  const { isatty } = await import("node:tty");
  return isatty(descriptor);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
