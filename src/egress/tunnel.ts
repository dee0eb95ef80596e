import { connect, type Socket } from "node:net";
import type { HttpRequest } from "../core/world.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";
import { getShowableNodeCode } from "./node-errors.ts";

/** The maximum number of informational responses (1xx) before the final one, as Go's HTTP client had it (`max1xxResponses`). */
export const MAX_INFORMATIONAL = 5;
/** The maximum size of a response's head in bytes, as in Node.js. */
const MAX_HEAD = 16 * 1024;
const END_OF_HEAD = "\r\n\r\n";

/**
 * Opens a tunnel to the destination with the proxy's CONNECT (RFC 9110 §9.3.6). Node's HTTP client is not used, because it takes
 * an informational response to CONNECT for the final one.
 *
 * @throws ProviderError `proxy-unreachable`, `proxy-refused` or `proxy-authentication-required`
 */
export async function openTunnel(
  proxy: URL,
  { url, connectTimeout }: HttpRequest,
  signal: AbortSignal,
): Promise<Socket> {
  const authority = `${url.hostname}:${url.port || 443}`;
  const socket = connect({
    host: proxy.hostname.replace(/^\[|\]$/g, ""),
    port: Number(proxy.port || 80),
    signal,
  });
  const timer = setTimeout(
    () => socket.destroy(new Error("timed out waiting for the tunnel")),
    connectTimeout,
  );
  try {
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${formatAuthorization(proxy)}\r\n`);
    const status = await readFinalStatus(socket, proxy);
    if (status >= 200 && status < 300) return socket;
    throw new ProviderError(status === 407 ? "proxy-authentication-required" : "proxy-refused", {
      detail: `${showValue("host", proxy.host)} returned ${status}`,
    });
  } catch (error) {
    socket.destroy();
    if (error instanceof ProviderError || signal.aborted) throw error;
    throw proxyUnreachable(proxy, getShowableNodeCode(error), error);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads responses up to the final one. Bytes that follow it stay in the socket. */
function readFinalStatus(socket: Socket, proxy: URL): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let received: Buffer = Buffer.alloc(0);
  let informational = 0;
  const readResponses = () => {
    received = Buffer.concat([received, ...readChunks(socket)]);
    for (let end = received.indexOf(END_OF_HEAD); end >= 0; end = received.indexOf(END_OF_HEAD)) {
      const status = parseStatus(received.subarray(0, end));
      received = received.subarray(end + END_OF_HEAD.length);
      if (status === undefined) return reject(proxyUnreachable(proxy, "it does not speak HTTP"));
      if (!isInformational(status)) return finish(status);
      informational += 1;
      if (informational > MAX_INFORMATIONAL)
        return reject(
          proxyUnreachable(proxy, `more than ${MAX_INFORMATIONAL} informational responses (1xx)`),
        );
    }
    if (received.length > MAX_HEAD)
      reject(proxyUnreachable(proxy, `the head of its response exceeds ${MAX_HEAD} bytes`));
  };
  const finish = (status: number) => {
    socket.off("readable", readResponses);
    if (received.length > 0) socket.unshift(received);
    resolve(status);
  };
  socket.on("readable", readResponses);
  socket.once("error", reject);
  socket.once("close", () => reject(proxyUnreachable(proxy, "it closed the connection")));
  return promise;
}

function* readChunks(socket: Socket): Generator<Buffer> {
  for (;;) {
    const chunk: unknown = socket.read();
    if (!Buffer.isBuffer(chunk)) return;
    yield chunk;
  }
}

function parseStatus(head: Buffer): number | undefined {
  const [, status] = /^HTTP\/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?(?:\r\n|$)/.exec(head.toString("latin1")) ?? [];
  return status === undefined ? undefined : Number(status);
}

/** Reports whether another response follows. After 101 the connection has another protocol. */
function isInformational(status: number): boolean {
  return status < 200 && status !== 101;
}

function proxyUnreachable({ host }: URL, why: string | undefined, cause?: unknown): ProviderError {
  const proxy = showValue("host", host);
  return new ProviderError("proxy-unreachable", {
    detail: why === undefined ? proxy : `${proxy}: ${why}`,
    cause,
  });
}

function formatAuthorization({ username, password }: URL): string {
  if (username === "" && password === "") return "";
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Proxy-Authorization: Basic ${Buffer.from(pair).toString("base64")}\r\n`;
}
