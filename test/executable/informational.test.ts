/** Informational responses (1xx, RFC 9110 §15.2): a few are skipped, many end the exchange. */
import assert from "node:assert/strict";
import { connect, createServer, type Server, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import { type Cloud, startCloud } from "../cloud/cloud.ts";
import { requestFor, run } from "./start.ts";

const IMAGE = requestFor("123456789012.dkr.ecr.us-east-1.amazonaws.com/app");
/** The maximum number of bytes that a run may take: what the kernel's buffers hold, for each try. */
const MOST_BYTES = 64 * 1024 * 1024;

let cloud: Cloud;
before(async () => {
  cloud = await startCloud();
});
after(() => cloud.stop());

/** Sends bytes before the service's own response. Returns false if that response is never sent. */
type Prelude = (send: (text: string) => Promise<void>) => Promise<boolean>;

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
const PROCESSING = "HTTP/1.1 102 Processing\r\n\r\n";
const HINTS = "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\nlink: </b>; rel=preload\r\n\r\n";
const SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n";

const once =
  (text: string): Prelude =>
  async (send) => {
    await send(text);
    return true;
  };

async function sendByteByByte(send: (text: string) => Promise<void>): Promise<boolean> {
  for (const byte of CONTINUE + HINTS) await send(byte);
  return true;
}

/** Sends a header after the other until the client closes the connection. */
const endless =
  (text: string, pause: number): Prelude =>
  async (send) => {
    for (;;) {
      await send(text);
      if (pause > 0) await sleep(pause);
    }
  };

async function sendEndlessHead(send: (text: string) => Promise<void>): Promise<boolean> {
  await send("HTTP/1.1 103 Early Hints\r\n");
  for (;;) await send("link: </a>; rel=preload\r\n".repeat(1000));
}

interface Case {
  readonly name: string;
  readonly prelude: Prelude;
  /** The error codes for the metadata service and for the proxy; undefined: a login. */
  readonly metadata?: ErrorCode;
  readonly proxy?: ErrorCode;
}

const CASES: readonly Case[] = [
  { name: "no informational response", prelude: async () => true },
  { name: "one 100", prelude: once(CONTINUE) },
  { name: "one 102", prelude: once(PROCESSING) },
  { name: "one 103", prelude: once(HINTS) },
  { name: "five of all kinds", prelude: once(CONTINUE + PROCESSING + HINTS + HINTS + PROCESSING) },
  { name: "two, byte by byte", prelude: sendByteByByte },
  {
    name: "six",
    prelude: once(PROCESSING.repeat(6)),
    metadata: "response-too-large",
    proxy: "proxy-unreachable",
  },
  {
    name: "100 without end",
    prelude: endless(CONTINUE.repeat(2000), 0),
    metadata: "response-too-large",
    proxy: "proxy-unreachable",
  },
  {
    name: "103 without end",
    prelude: endless(HINTS.repeat(1000), 0),
    metadata: "response-too-large",
    proxy: "proxy-unreachable",
  },
  {
    name: "a slow drip of 102",
    prelude: endless(PROCESSING, 20),
    metadata: "response-too-large",
    proxy: "proxy-unreachable",
  },
  {
    name: "one 103 with headers without end",
    prelude: sendEndlessHead,
    metadata: "response-too-large",
    proxy: "proxy-unreachable",
  },
];

/** Relays to the address, with the prelude before the first byte of the response. */
function relay(address: string, prelude: Prelude, count: (bytes: number) => void): Server {
  const [host = "", port = ""] = address.split(":");
  return createServer((client) => {
    const service = connect(Number(port), host);
    client.on("error", () => service.destroy()).on("close", () => service.destroy());
    service.on("error", () => client.destroy());
    client.pipe(service);
    client.once("data", async () => {
      const isAnswered = await prelude((text) => send(client, text, count)).catch(() => false);
      if (isAnswered) service.pipe(client);
    });
  });
}

async function send(client: Socket, text: string, count: (bytes: number) => void): Promise<void> {
  if (client.destroyed) throw new Error("closed");
  count(text.length);
  await new Promise<void>((resolve, reject) =>
    client.write(text, (error) => (error ? reject(error) : resolve())),
  );
}

async function play(
  where: "metadata" | "proxy",
  prelude: Prelude,
): Promise<{ readonly status: number | null; readonly code: string | undefined; readonly sent: number }> {
  const { imds, proxy } = cloud.addresses;
  let sent = 0;
  const server = relay(where === "metadata" ? imds : proxy, prelude, (bytes) => {
    sent += bytes;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const url = `http://127.0.0.1:${address.port}`;
  const own = where === "metadata" ? { AWS_EC2_METADATA_SERVICE_ENDPOINT: url } : { HTTPS_PROXY: url };
  try {
    const { status, stderr } = await run({ env: { ...cloud.env("aws"), ...own }, stdin: IMAGE });
    return { status, code: /\[code ([a-z-]+),/.exec(stderr)?.[1], sent };
  } finally {
    server.close();
  }
}

describe("informational responses", { concurrency: 3 }, () => {
  for (const { name, prelude, ...codes } of CASES)
    for (const where of ["metadata", "proxy"] as const)
      test(`${name} from the ${where} ${codes[where] === undefined ? "is skipped" : "ends the exchange"}`, async () => {
        const code = codes[where];
        const ended = await play(where, prelude);
        assert.deepEqual([ended.status, ended.code], [code === undefined ? 0 : 1, code]);
        assert.ok(ended.sent < MOST_BYTES, `${ended.sent} bytes were taken`);
      });

  test("101 from the proxy counts as a refusal", async () => {
    const ended = await play("proxy", once(SWITCHING));
    assert.deepEqual([ended.status, ended.code], [1, "proxy-refused"]);
  });
});
