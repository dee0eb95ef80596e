import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTcp, type Server, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { HttpRequest } from "../../src/core/world.ts";
import { exchange } from "../../src/egress/transport.ts";
import type { TrustList } from "../../src/egress/trust-list.ts";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import { type Cloud, startCloud } from "../cloud/cloud.ts";
import { failure } from "../support/world.ts";

const BUILT_IN: TrustList = { includesBuiltIn: true, certificates: [] };

const servers: Server[] = [];
const sockets = new Set<Socket>();
let cloud: Cloud;

before(async () => {
  cloud = await startCloud({ proxyLogin: "user:canary-proxy-password" });
});
after(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  await cloud.stop();
});

async function open(server: Server): Promise<string> {
  servers.push(server);
  server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => {})));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return `127.0.0.1:${address.port}`;
}

const serve = (listener: RequestListener): Promise<string> => open(createServer(listener));
const listen = (listener: (socket: Socket) => void): Promise<string> => open(createTcp(listener));

/** The limits are generous, except in tests of a limit. */
function ask(url: string, more: Partial<HttpRequest> = {}) {
  const request = {
    method: "GET",
    headers: {},
    connectTimeout: 20_000,
    timeout: 20_000,
    bodyLimit: 1000,
    ...more,
  } as const;
  return exchange({ ...request, url: new URL(url) }, BUILT_IN);
}

async function failsWith(sent: Promise<unknown>, code: ErrorCode): Promise<void> {
  assert.equal((await failure(sent)).code, code);
}

test("sends method, path, headers and body, and returns the whole response", async () => {
  let seen = "";
  const host = await serve((request, response) => {
    request.setEncoding("utf8").on("data", (body: string) => {
      const { "content-length": length, "accept-encoding": encoding, connection, "x-a": a } = request.headers;
      seen = [request.method, request.url, a, length, encoding, connection, body].join(" ");
    });
    request.on("end", () =>
      response.writeHead(201, { "X-B": ["1", "2"], "set-cookie": ["a=1", "b=2"] }).end("ünd"),
    );
  });
  const response = await ask(`http://${host}/path?query`, {
    method: "POST",
    headers: { "x-a": "b" },
    body: "bödy",
  });
  assert.equal(seen, "POST /path?query b 5 identity close bödy");
  assert.deepEqual([response.status, response.body], [201, "ünd"]);
  assert.deepEqual([response.headers["x-b"], response.headers["set-cookie"]], ["1, 2", "a=1, b=2"]);
});

test("returns a redirect without following it", async () => {
  let asked = 0;
  const host = await serve((_, response) => {
    asked += 1;
    response.writeHead(307, { location: "/elsewhere" }).end();
  });
  assert.equal((await ask(`http://${host}/`)).status, 307);
  assert.equal(asked, 1);
});

test("opens a new connection for each request", async () => {
  const seen = new Set<Socket>();
  const host = await serve((request, response) => {
    seen.add(request.socket);
    response.end();
  });
  await ask(`http://${host}/`);
  await ask(`http://${host}/`);
  assert.equal(seen.size, 2);
});

for (const [size, fits] of [
  [999, true],
  [1000, true],
  [1001, false],
] as const)
  test(`${fits ? "reads" : "refuses"} a body of ${size} bytes with a limit of 1,000`, async () => {
    const host = await serve((_, response) => response.end("x".repeat(size)));
    if (fits) assert.equal((await ask(`http://${host}/`)).body.length, size);
    else await failsWith(ask(`http://${host}/`), "response-too-large");
  });

test("refuses an endless body as soon as it exceeds the limit", async () => {
  const host = await serve((_, response) => {
    const pour = () => {
      while (!response.destroyed && response.write("x".repeat(500)));
      if (!response.destroyed) response.once("drain", pour);
    };
    pour();
  });
  await failsWith(ask(`http://${host}/`), "response-too-large");
});

test("does not decompress a body, since compression is not requested", async () => {
  const packed = gzipSync("x".repeat(100_000));
  const host = await serve((_, response) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(packed),
  );
  const { body } = await ask(`http://${host}/`);
  assert.ok(body.length <= packed.length && !body.includes("xxxx"));
});

test("times out if the body arrives too slowly", async () => {
  const host = await serve((_, response) => {
    const timer = setInterval(() => response.write("x"), 10);
    response.once("close", () => clearInterval(timer));
  });
  await failsWith(ask(`http://${host}/`, { timeout: 300 }), "response-timeout");
});

test("times out if the server accepts the connection and sends nothing", async () => {
  const host = await listen(() => {});
  await failsWith(ask(`http://${host}/`, { timeout: 300 }), "response-timeout");
});

test("times out if the TLS handshake is not complete within the connect timeout", async () => {
  const host = await listen(() => {});
  await failsWith(ask(`https://${host}/`, { connectTimeout: 300 }), "connect-timeout");
});

test("reports a connection timeout if the whole attempt has less time than a connection", async () => {
  const host = await listen(() => {});
  await failsWith(ask(`https://${host}/`, { timeout: 300 }), "connect-timeout");
});

const WORDS: readonly (readonly [what: string, sent: () => Promise<unknown>, detail: string])[] = [
  ["a refused connection", () => ask(`http://${cloud.addresses.refused}/`), "ECONNREFUSED"],
  ["an unknown host name", () => ask("https://nowhere.invalid/"), "ENOTFOUND"],
  ["an untrusted certificate", () => tls(), "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  [
    "a reset",
    async () =>
      ask(`http://${await listen((socket) => socket.once("data", () => socket.resetAndDestroy()))}/`),
    "ECONNRESET",
  ],
];
for (const [what, sent, detail] of WORDS)
  test(`reports Node's code for ${what}`, async () => {
    assert.equal((await failure(sent())).facts.detail, detail);
  });

test("reports the address of a proxy that refuses connections, and Node's code", async () => {
  const host = cloud.addresses.refused;
  const error = await failure(ask("https://a.example/", { proxy: new URL(`http://${host}`) }));
  assert.equal(error.facts.detail, `${host}: ECONNREFUSED`);
});

const REFUSED_BY_NODE: readonly (readonly [what: string, headers: Record<string, string>, code: string])[] = [
  ["a line feed in a header", { "x-a": "canary\nb: c" }, "ERR_INVALID_CHAR"],
  ["a blank in a header's name", { "x canary": "" }, "ERR_INVALID_HTTP_TOKEN"],
];
for (const [what, headers, code] of REFUSED_BY_NODE)
  test(`reports ${what} as an internal error and sends nothing`, async () => {
    let asked = 0;
    const host = await listen(() => {
      asked += 1;
    });
    const error = await failure(ask(`http://${host}/`, { headers }));
    assert.deepEqual([error.code, error.facts.detail, asked], ["internal", `TypeError ${code}`, 0]);
  });

test("reports a refused connection", () =>
  failsWith(ask(`http://${cloud.addresses.refused}/`), "connection-refused"));

const BROKEN: readonly (readonly [what: string, says: (socket: Socket) => void])[] = [
  ["nothing and closes", (socket) => socket.end()],
  ["a reset", (socket) => socket.resetAndDestroy()],
  ["another protocol than HTTP", (socket) => socket.end("220 mail.example ESMTP\r\n")],
  ["an incomplete head", (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-le")],
  [
    "less than its content-length",
    (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"),
  ],
  [
    "a chunk without an end",
    (socket) => socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab"),
  ],
];
for (const [what, says] of BROKEN)
  test(`reports a lost connection if the server sends ${what}`, async () => {
    const host = await listen((socket) => socket.once("data", () => says(socket)));
    await failsWith(ask(`http://${host}/`), "connection-lost");
  });

test("refuses a response head of 1 MiB", async () => {
  const head = `HTTP/1.1 200 OK\r\nx: ${"y".repeat(1 << 20)}\r\n\r\n`;
  const host = await listen((socket) => socket.once("data", () => socket.end(head)));
  await failsWith(ask(`http://${host}/`), "response-too-large");
});

test("reports a server without TLS as a TLS failure", async () => {
  const host = await listen((socket) =>
    socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
  );
  await failsWith(ask(`https://${host}/`), "tls-failed");
});

const tls = (more: Partial<HttpRequest> = {}, trust: TrustList = BUILT_IN) =>
  exchange(
    {
      method: "GET",
      url: new URL(`https://${cloud.addresses.tls}/`),
      headers: {},
      connectTimeout: 20_000,
      timeout: 20_000,
      bodyLimit: 1000,
      ...more,
    },
    trust,
  );

test("does not trust a certificate of an unknown authority", () => failsWith(tls(), "tls-untrusted"));

test("reports an unknown host name", () => failsWith(ask("https://nowhere.invalid/"), "dns-failed"));

const proxied = (login: string, more: Partial<HttpRequest> = {}) =>
  ask("https://myregistry.azurecr.io/v2/", {
    proxy: new URL(`http://${login}${cloud.addresses.proxy}`),
    ...more,
  });

test("reports a proxy that requires a password", () =>
  failsWith(proxied(""), "proxy-authentication-required"));
test("reports a proxy that rejects the password", () =>
  failsWith(proxied("user:wrong@"), "proxy-authentication-required"));
test("checks the certificate through a proxy", () =>
  failsWith(proxied("user:canary-proxy-password@"), "tls-untrusted"));

const PROXIES: readonly (readonly [
  what: string,
  says: ((socket: Socket) => void) | undefined,
  code: ErrorCode,
])[] = [
  [
    "refuses with 403",
    (socket) => socket.end("HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n"),
    "proxy-refused",
  ],
  [
    "refuses with 502",
    (socket) => socket.end("HTTP/1.1 502 No\r\ncontent-length: 0\r\n\r\n"),
    "proxy-refused",
  ],
  [
    "redirects",
    (socket) =>
      socket.end("HTTP/1.1 302 Found\r\nlocation: http://attacker.example\r\ncontent-length: 0\r\n\r\n"),
    "proxy-refused",
  ],
  [
    "wants a password",
    (socket) => socket.end("HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n"),
    "proxy-authentication-required",
  ],
  ["sends nothing", undefined, "proxy-unreachable"],
  ["closes the connection", (socket) => socket.destroy(), "proxy-unreachable"],
  ["does not speak HTTP", (socket) => socket.end("hello\r\n\r\n"), "proxy-unreachable"],
];
for (const [what, says, code] of PROXIES)
  test(`reports a proxy that ${what}`, async () => {
    const host = await listen((socket) => socket.once("data", () => says?.(socket)));
    const sent = ask("https://a.example/", {
      proxy: new URL(`http://${host}`),
      connectTimeout: says ? 20_000 : 300,
    });
    await failsWith(sent, code);
  });

test("reports a proxy that refuses connections", () =>
  failsWith(
    ask("https://a.example/", { proxy: new URL(`http://${cloud.addresses.refused}`) }),
    "proxy-unreachable",
  ));
