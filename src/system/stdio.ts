import { constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { type Milliseconds, SECOND } from "../core/time.ts";
import { hasErrorCode, isSystemError, ProviderError } from "../errors/provider-error.ts";
import { elapsed } from "./clock.ts";

/** Bytes. */
const CHUNK_SIZE = 64 * 1024;
/** The interval of reading an empty pipe again. The kubelet has usually written everything before the first read. */
const POLL_INTERVAL: Milliseconds = 2;

/**
 * Reads all of stdin. A pipe or a file is opened again in non-blocking mode, because a blocking read cannot be cancelled, and one on
 * the thread pool keeps the process from ending. A socket cannot be opened that way and is read through `process.stdin`.
 *
 * perf: `process.stdin` loads Node's sockets, a quarter of a bare start (Node 24).
 *
 * @throws ProviderError `request-too-large` or `stdin-timeout`
 */
export async function readStdin(limit: number, timeout: Milliseconds): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const descriptor = openWithoutBlocking();
  const source = descriptor === undefined ? process.stdin : pollChunks(descriptor);
  for await (const chunk of withTimeout(source, timeout)) {
    size += chunk.length;
    if (size > limit) throw new ProviderError("request-too-large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function openWithoutBlocking(): number | undefined {
  try {
    return openSync("/proc/self/fd/0", constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return undefined;
  }
}

/** Reads a file or a pipe in non-blocking mode until its end. */
async function* pollChunks(descriptor: number): AsyncGenerator<Buffer> {
  for (;;) {
    const chunk = readChunk(descriptor);
    if (chunk?.length === 0) return;
    if (chunk === undefined) await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
    else yield chunk;
  }
}

/** Returns undefined if there is no data yet. */
function readChunk(descriptor: number): Buffer | undefined {
  const buffer = Buffer.allocUnsafe(CHUNK_SIZE);
  try {
    return buffer.subarray(0, readSync(descriptor, buffer));
  } catch (error) {
    if (hasErrorCode(error, "EAGAIN")) return undefined;
    throw error;
  }
}

/** Yields the same chunks, and throws when the timeout has passed. */
async function* withTimeout(chunks: AsyncIterable<Buffer>, timeout: Milliseconds): AsyncGenerator<Buffer> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new ProviderError("stdin-timeout")), timeout);
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await Promise.race([iterator.next(), late]);
      if (done) return;
      yield value;
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Writes the whole text, and waits up to 5 s while the pipe is full. Throws `stdout-closed` if it cannot. */
export function writeAll(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  const end = elapsed() + 5 * SECOND;
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (!hasErrorCode(error, "EAGAIN") || elapsed() > end)
        throw new ProviderError("stdout-closed", { cause: error });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_INTERVAL);
    }
  }
}

/** perf: asks the kernel first, because `node:tty` loads Node's sockets, a quarter of a bare start (Node 24). */
export async function isTerminal(descriptor: 0 | 2): Promise<boolean> {
  try {
    if (!fstatSync(descriptor).isCharacterDevice()) return false;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return false;
  }
  const { isatty } = await import("node:tty");
  return isatty(descriptor);
}
