import * as http from "node:http";
import * as https from "node:https";
import { isIP, type Socket } from "node:net";
import * as tls from "node:tls";
import type { HttpRequest, HttpResponse } from "../core/world.ts";
import { ensureProviderError, ProviderError } from "../errors/provider-error.ts";
import { getShowableNodeCode, toErrorCode } from "./node-errors.ts";
import type { TrustList } from "./trust-list.ts";
import { MAX_INFORMATIONAL, openTunnel } from "./tunnel.ts";

/**
 * perf: Node tests each host with its pattern for IPv6 addresses, which V8 compiles to bytecode and then to machine code, in 3 ms
 * (Node 24.21). A subject of this length makes V8 compile to machine code at once, in a quarter of the time.
 */
isIP(" ".repeat(1000));

/**
 * Sends one request on a new connection, without keep-alive, cookies, compression or redirects.
 *
 * @throws ProviderError with a network code
 */
export async function exchange(request: HttpRequest, trust: TrustList): Promise<HttpResponse> {
  const cancel = new AbortController();
  const progress: Progress = { timeoutCode: request.proxy ? "proxy-unreachable" : "connect-timeout" };
  const timer = setTimeout(() => cancel.abort(new ProviderError(progress.timeoutCode)), request.timeout);
  try {
    const tunnel = request.proxy && (await openTunnel(request.proxy, request, cancel.signal));
    return await sendRequest(request, trust, tunnel, cancel.signal, progress);
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    if (cancel.signal.reason instanceof ProviderError) throw cancel.signal.reason;
    // Node refused a header or a URL, or this program has a bug: not a network error.
    if (error instanceof TypeError || getShowableNodeCode(error) === undefined)
      throw ensureProviderError(error);
    throw new ProviderError(toErrorCode(error), { detail: getShowableNodeCode(error), cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** The error code to report if the timeout of the attempt fires now. It follows the current step: DNS, connection, response. */
interface Progress {
  timeoutCode: "proxy-unreachable" | "dns-failed" | "connect-timeout" | "response-timeout";
}

function sendRequest(
  request: HttpRequest,
  trust: TrustList,
  tunnel: Socket | undefined,
  signal: AbortSignal,
  progress: Progress,
): Promise<HttpResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
  const length = request.body === undefined ? {} : { "content-length": Buffer.byteLength(request.body) };
  const headers = { ...request.headers, ...length, "accept-encoding": "identity", connection: "close" };
  const options = { method: request.method, headers, signal } as const;
  const outgoing =
    request.url.protocol === "https:"
      ? https.request(request.url, { ...options, ...createTlsOptions(request.url, trust, tunnel) })
      : http.request(request.url, { ...options, agent: false });
  outgoing.on("error", reject);
  // After a 101 without this listener, Node would end the request without an event.
  outgoing.on("upgrade", (_incoming, socket) => {
    socket.destroy();
    reject(new ProviderError("connection-lost", { detail: "unexpected protocol upgrade (101)" }));
  });
  let informational = 0;
  outgoing.on("information", () => {
    informational += 1;
    if (informational <= MAX_INFORMATIONAL) return;
    const detail = `more than ${MAX_INFORMATIONAL} informational responses (1xx) before it`;
    outgoing.destroy(new ProviderError("response-too-large", { detail }));
  });
  outgoing.on("response", (incoming) => readBody(incoming, request.bodyLimit).then(resolve, reject));
  outgoing.on("socket", (socket) => enforceConnectTimeout(outgoing, socket, request, progress));
  outgoing.end(request.body);
  return promise;
}

/** perf: parsing the built-in list takes 7 ms of CPU (Node 24.21), so a run does it once. */
const contexts = new WeakMap<TrustList, tls.SecureContext>();

/** Always passes a list, because variables such as NODE_USE_SYSTEM_CA change Node's default list. */
function getSecureContext(trust: TrustList): tls.SecureContext {
  const known = contexts.get(trust);
  if (known !== undefined) return known;
  const ca = [...(trust.includesBuiltIn ? tls.rootCertificates : []), ...trust.certificates];
  const context = tls.createSecureContext({ minVersion: "TLSv1.2", ca });
  contexts.set(trust, context);
  return context;
}

/** The certificate is always checked: `rejectUnauthorized` overrides NODE_TLS_REJECT_UNAUTHORIZED. */
function createTlsOptions(url: URL, trust: TrustList, tunnel: Socket | undefined): https.RequestOptions {
  const options = {
    secureContext: getSecureContext(trust),
    rejectUnauthorized: true,
  } as const;
  if (tunnel === undefined) return { ...options, agent: false };
  // `host` is what the certificate is checked against; an address has no server name (RFC 6066 §3).
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const name = isAddress(url.hostname) ? { host } : { host, servername: host };
  const connect = () => tls.connect({ ...options, ...name, socket: tunnel });
  return { ...options, defaultPort: 443, createConnection: connect };
}

/** Aborts a request that is not connected (with TLS: and secured) in time, with the code of the step that hung. */
function enforceConnectTimeout(
  outgoing: http.ClientRequest,
  socket: Socket,
  { url, connectTimeout }: HttpRequest,
  progress: Progress,
): void {
  const isResolved = socket.remoteAddress !== undefined || isAddress(url.hostname);
  progress.timeoutCode = isResolved ? "connect-timeout" : "dns-failed";
  const timer = setTimeout(() => outgoing.destroy(new ProviderError(progress.timeoutCode)), connectTimeout);
  const connected = () => {
    clearTimeout(timer);
    progress.timeoutCode = "response-timeout";
  };
  socket.once("lookup", () => {
    progress.timeoutCode = "connect-timeout";
  });
  socket.once(url.protocol === "https:" ? "secureConnect" : "connect", connected);
  socket.once("close", () => clearTimeout(timer));
}

function isAddress(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, "")) > 0;
}

/** Counts bytes as they arrive, so that a body over the limit is never held in memory. */
async function readBody(incoming: http.IncomingMessage, limit: number): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > limit) throw new ProviderError("response-too-large", { status: incoming.statusCode });
    chunks.push(bytes);
  }
  return {
    status: incoming.statusCode ?? 0,
    headers: Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value = ""]) => [
        name,
        Array.isArray(value) ? value.join(", ") : value,
      ]),
    ),
    body: Buffer.concat(chunks).toString("utf8"),
  };
}
