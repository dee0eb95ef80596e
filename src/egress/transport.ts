import * as http from "node:http";
import * as https from "node:https";
import { isIP, type Socket } from "node:net";
import * as tls from "node:tls";
import type { HttpRequest, HttpResponse } from "../core/world.ts";
import { asProviderError, ProviderError } from "../errors/provider-error.ts";
import { getNodeErrorCode, toErrorCode } from "./node-errors.ts";
import type { TrustList } from "./trust-list.ts";
import { MAX_INFORMATIONAL, openTunnel } from "./tunnel.ts";

/**
 * Node asks of each host whether it is an address, by a pattern for IPv6 that takes V8 3 ms: first it makes bytecode of it,
 * then machine code. For a text as long as this it makes machine code at once, in a quarter of the time.
 */
isIP(" ".repeat(1000));

/**
 * One exchange on a socket of its own: no kept connection, no cookie, no compression, no redirect followed.
 *
 * @throws ProviderError with a code of the wire
 */
export async function exchange(request: HttpRequest, trust: TrustList): Promise<HttpResponse> {
  const cancel = new AbortController();
  const progress: Progress = { late: request.proxy ? "proxy-unreachable" : "connection-silent" };
  const timer = setTimeout(() => cancel.abort(new ProviderError(progress.late)), request.timeout);
  try {
    const tunnel = request.proxy && (await openTunnel(request.proxy, request, cancel.signal));
    return await send(request, trust, tunnel, cancel.signal, progress);
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    if (cancel.signal.reason instanceof ProviderError) throw cancel.signal.reason;
    // Not an error of a socket: Node refused a header or URL, or this program has a bug.
    if (error instanceof TypeError || getNodeErrorCode(error) === undefined) throw asProviderError(error);
    throw new ProviderError(toErrorCode(error), { detail: getNodeErrorCode(error), cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** What it is called if time is up now: a last try may have less of it than a connection. */
interface Progress {
  late: "proxy-unreachable" | "dns-failed" | "connection-silent" | "answer-timeout";
}

function send(
  request: HttpRequest,
  trust: TrustList,
  tunnel: Socket | undefined,
  signal: AbortSignal,
  progress: Progress,
): Promise<HttpResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
  const options = { method: request.method, headers: headersOf(request), signal } as const;
  const outgoing =
    request.url.protocol === "https:"
      ? https.request(request.url, { ...options, ...secure(request.url, trust, tunnel) })
      : http.request(request.url, { ...options, agent: false });
  outgoing.on("error", reject);
  // 101: Node would drop the request without another word.
  outgoing.on("upgrade", (_incoming, socket) => {
    socket.destroy();
    reject(new ProviderError("connection-lost", { detail: "an upgrade that nobody asked for" }));
  });
  let informational = 0;
  outgoing.on("information", () => {
    informational += 1;
    if (informational <= MAX_INFORMATIONAL) return;
    const detail = `more than ${MAX_INFORMATIONAL} informational responses (1xx) before it`;
    outgoing.destroy(new ProviderError("answer-too-large", { detail }));
  });
  outgoing.on("response", (incoming) => readBody(incoming, request.bodyLimit).then(resolve, reject));
  outgoing.on("socket", (socket) => limitConnect(outgoing, socket, request, progress));
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

/** TLS with the certificate always checked, whatever the environment says. */
function secure(url: URL, trust: TrustList, tunnel: Socket | undefined): https.RequestOptions {
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

function headersOf({ headers, body }: HttpRequest): http.OutgoingHttpHeaders {
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  return { ...headers, ...length, "accept-encoding": "identity", connection: "close" };
}

/** A socket that is not connected (and, for TLS, not secured) in time is given up; the step that hung is named. */
function limitConnect(
  outgoing: http.ClientRequest,
  socket: Socket,
  { url, connectTimeout }: HttpRequest,
  progress: Progress,
): void {
  const isResolved = socket.remoteAddress !== undefined || isAddress(url.hostname);
  progress.late = isResolved ? "connection-silent" : "dns-failed";
  const timer = setTimeout(() => outgoing.destroy(new ProviderError(progress.late)), connectTimeout);
  const connected = () => {
    clearTimeout(timer);
    progress.late = "answer-timeout";
  };
  socket.once("lookup", () => {
    progress.late = "connection-silent";
  });
  socket.once(url.protocol === "https:" ? "secureConnect" : "connect", connected);
  socket.once("close", () => clearTimeout(timer));
}

function isAddress(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, "")) > 0;
}

/** Bytes are counted as they come: a body over the limit is never held. */
async function readBody(incoming: http.IncomingMessage, limit: number): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > limit) throw new ProviderError("answer-too-large", { status: incoming.statusCode });
    chunks.push(bytes);
  }
  return {
    status: incoming.statusCode ?? 0,
    headers: plainHeaders(incoming.headers),
    body: Buffer.concat(chunks).toString("utf8"),
  };
}

function plainHeaders(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
}
