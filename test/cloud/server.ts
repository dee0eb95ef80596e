/** Serves the fakes over HTTP: reads a request, applies the faults, records it, and responds. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Asked, RecordedRequest, Service } from "./exchange.ts";
import type { Fault, FaultKind, Faults } from "./faults.ts";
import { respond } from "./play.ts";

/** Far above the size of any request in these protocols. */
const BODY_LIMIT = 1_048_576;

export interface Stage {
  readonly faults: Faults;
  readonly requests: RecordedRequest[];
  readonly started: number;
  /** The targets of redirects: for TLS services, and for a metadata service. */
  readonly attacker: { readonly tls: string; plain: string };
}

/** An HTTP server. `find` selects the service by the TLS server name or the Host header. */
export function serve(
  stage: Stage,
  find: (host: string, path: string) => Service | undefined,
  sniOf: (socket: Socket) => string | undefined = () => undefined,
): Server {
  return createServer((request, response) => {
    // A client may close the connection at any time.
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    read(request)
      .then((body) => handle(stage, find, sniOf(request.socket), request, body, response))
      .catch(() => response.destroy());
  });
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > BODY_LIMIT) throw new RangeError("request body too long");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}

function handle(
  stage: Stage,
  find: (host: string, path: string) => Service | undefined,
  sni: string | undefined,
  request: IncomingMessage,
  body: string,
  response: ServerResponse,
): void {
  const plain = parseAsked(request, body, sni);
  const service = find(plain.host, plain.path);
  if (service === undefined) return void answerMisdirected(response);
  const step = service.step(plain);
  if (sni !== undefined && !isFor(sni, plain.headers["host"] ?? "", service.port)) {
    record(stage, service, step, sni, request, plain, []).status = answerMisdirected(response);
    return;
  }
  const faults = stage.faults.request(service.name, step, sni !== undefined);
  const asked = applyRequestFaults(plain, faults);
  const entry = record(stage, service, step, sni, request, asked, faults);
  const target = sni === undefined ? stage.attacker.plain : stage.attacker.tls;
  respond({ faults, service, asked, response, attacker: `${target}${request.url ?? "/"}` }, (status) => {
    entry.status = status;
  });
}

/** Real services check the Host header: the TLS server name, with the service's port unless it is 443. */
function isFor(sni: string, host: string, port = "443"): boolean {
  const asked = host.toLowerCase();
  return asked === `${sni}:${port}` || (asked === sni && port === "443");
}

function answerMisdirected(response: ServerResponse): number {
  response.writeHead(421).end();
  return response.statusCode;
}

function parseAsked(request: IncomingMessage, body: string, sni: string | undefined): Asked {
  const [path = "/", query = ""] = splitOnce(request.url ?? "/", "?");
  const headers = Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values]) => [name, (values ?? []).join(", ")]),
  );
  const host = sni ?? (headers["host"] ?? "").replace(/:\d+$/, "");
  const method = request.method ?? "GET";
  return {
    host: host.toLowerCase(),
    method,
    path,
    query: new URLSearchParams(query),
    headers,
    body,
    now: Date.now(),
    tokenFault: undefined,
  };
}

function splitOnce(whole: string, mark: string): string[] {
  const at = whole.indexOf(mark);
  return at < 0 ? [whole] : [whole.slice(0, at), whole.slice(at + 1)];
}

function applyRequestFaults(asked: Asked, faults: readonly Fault[]): Asked {
  const skew = faults.reduce((sum, fault) => sum + (fault.kind === "skew" ? fault.ms : 0), 0);
  const has = (kind: FaultKind) => faults.some((fault) => fault.kind === kind);
  const tokenFault = has("expired") ? "expired" : has("swapped") ? "swapped" : undefined;
  return { ...asked, now: asked.now + skew, tokenFault };
}

function record(
  stage: Stage,
  service: Service,
  step: string,
  sni: string | undefined,
  request: IncomingMessage,
  asked: Asked,
  faults: readonly Fault[],
): { status: number | undefined } {
  const entry = {
    service: service.name,
    step,
    sni,
    host: asked.headers["host"] ?? "",
    method: asked.method,
    path: request.url ?? "/",
    headers: asked.headers,
    body: asked.body,
    at: Date.now() - stage.started,
    status: undefined,
    faults: faults.map((fault) => fault.kind),
  };
  stage.requests.push(entry);
  return entry;
}
