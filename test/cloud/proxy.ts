/**
 * A CONNECT proxy. It records each request, requires Basic authorisation if a password is configured (otherwise 407 with
 * Proxy-Authenticate, RFC 9110 §11.7), answers 502 for hosts that the cloud does not know, and terminates TLS itself.
 * It refuses and records a request in absolute form: plain HTTP is metadata, which must never go through a proxy.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Fault, Faults } from "./faults.ts";
import { resetConnection } from "./front.ts";

export interface ProxyOptions {
  readonly faults: Faults;
  readonly connects: string[];
  /** The required `user:password`. */
  readonly login: string | undefined;
  readonly knows: (host: string) => boolean;
  /** The fault of the connection to this host. */
  readonly takeFault: (host: string) => Fault | undefined;
  readonly accept: (socket: Socket, host: string, fault: Fault | undefined) => void;
}

export function startProxy(options: ProxyOptions): Server {
  const server = createServer((request, response) => {
    options.connects.push(`PLAIN ${request.method} ${request.url}`);
    response.writeHead(403).end();
  });
  server.on("connect", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    options.connects.push(request.url ?? "");
    if (head.length > 0) socket.unshift(head);
    applyProxyFault(options, request, socket);
  });
  return server;
}

function applyProxyFault(options: ProxyOptions, request: IncomingMessage, socket: Socket): void {
  const faults = options.faults.request("proxy", "connect", false);
  if (faults.some((fault) => endsConnection(fault, socket))) return;
  const wait = faults.find((fault) => fault.kind === "delay")?.ms ?? 0;
  setTimeout(() => connect(options, request, socket), wait).unref();
}

/** Reports whether the fault ends the connection. */
function endsConnection(fault: Fault, socket: Socket): boolean {
  if (fault.kind === "refuse" || fault.kind === "reset") resetConnection(socket);
  else if (fault.kind === "html") refuse(socket, 200, "<html></html>");
  else if (fault.kind === "status") refuse(socket, fault.status, fault.body ?? "", fault.headers);
  else return fault.kind === "hang";
  return true;
}

function connect(options: ProxyOptions, request: IncomingMessage, socket: Socket): void {
  const [host = "", port] = (request.url ?? "").toLowerCase().split(":");
  const refusal = checkConnect(options, request, host, port);
  const fault = refusal === undefined ? options.takeFault(host) : undefined;
  if (socket.destroyed) return;
  if (refusal !== undefined) refuse(socket, ...refusal);
  else if (fault?.kind === "refuse") refuse(socket, 502, "");
  else {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    options.accept(socket, host, fault);
  }
}

type Refusal = readonly [status: number, body: string, headers?: Readonly<Record<string, string>>];

function checkConnect(
  options: ProxyOptions,
  request: IncomingMessage,
  host: string,
  port?: string,
): Refusal | undefined {
  if (!isAuthorised(options.login, request.headers["proxy-authorization"])) {
    return [407, "", { "proxy-authenticate": 'Basic realm="proxy"' }];
  }
  return port === "443" && options.knows(host) ? undefined : [502, ""];
}

function isAuthorised(login: string | undefined, header: string | undefined): boolean {
  return login === undefined || header === `Basic ${Buffer.from(login).toString("base64")}`;
}

function refuse(
  socket: Socket,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const lines = Object.entries({
    ...headers,
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.end(`HTTP/1.1 ${status} Proxy says no\r\n${head}\r\n${body}`);
}
