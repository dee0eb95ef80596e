import { constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { type Milliseconds, SECOND } from "../core/time.ts";
import { hasErrorCode, isSystemError, ProviderError } from "../errors/provider-error.ts";
import { elapsed } from "./clock.ts";

const CHUNK_SIZE = 64 * 1024;
/** Between two looks at an empty pipe. The kubelet has written before we are up: the first look finds it all. */
const POLL_INTERVAL: Milliseconds = 2;

/**
 * All of stdin. A pipe or a file is opened a second time, without blocking: `process.stdin` loads Node's sockets (a
 * quarter of a bare start), a blocking read cannot be given up, and one on the thread pool keeps the process from
 * ending. What cannot be opened so, a socket, is read by Node's stream.
 *
 * @throws ProviderError `request-too-large` or `stdin-timeout`
 */
export async function readStdin(limit: number, timeout: Milliseconds): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of withTimeout(readStdinChunks(), timeout)) {
    size += chunk.length;
    if (size > limit) throw new ProviderError("request-too-large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function readStdinChunks(): AsyncIterable<Buffer> {
  const descriptor = openWithoutBlocking();
  return descriptor === undefined ? process.stdin : pollChunks(descriptor);
}

function openWithoutBlocking(): number | undefined {
  try {
    return openSync("/proc/self/fd/0", constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return undefined;
  }
}

async function* pollChunks(descriptor: number): AsyncGenerator<Buffer> {
  for (;;) {
    const chunk = readChunk(descriptor);
    if (chunk?.length === 0) return;
    if (chunk === undefined) await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
    else yield chunk;
  }
}

/** Undefined where nothing is there yet. */
function readChunk(descriptor: number): Buffer | undefined {
  const buffer = Buffer.allocUnsafe(CHUNK_SIZE);
  try {
    return buffer.subarray(0, readSync(descriptor, buffer));
  } catch (error) {
    if (hasErrorCode(error, "EAGAIN")) return undefined;
    throw error;
  }
}

/** The same, up to the end of the time. */
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

/** Writes all of it; a full pipe is waited for, up to 5 s in all. Throws `stdout-closed` where nobody reads. */
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

/** Asked of the kernel first: `node:tty` loads Node's sockets too. */
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
