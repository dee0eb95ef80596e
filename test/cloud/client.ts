/** A plain HTTP client for the tests of the fakes: TLS through the proxy, metadata directly. No status is an error. */

import { readFileSync } from "node:fs";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { Agent, request as requestHttps } from "node:https";
import type { Cloud } from "./cloud.ts";

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds after which the exchange fails with the code `ABORT_ERR`. */
  readonly patience?: number;
}

export interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Creates an agent that uses the fake cloud's proxy and authority. The vendors' SDKs accept it too. */
export const createAgent = (cloud: Cloud): Agent =>
  new Agent({ proxyEnv: cloud.env(), ca: readFileSync(cloud.caFile, "utf8") });

export function send(cloud: Cloud, url: string, sent: Sent = {}): Promise<Got> {
  const { method = "GET", headers = {}, body = "", patience = 20_000 } = sent;
  const length = body === "" ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const signal = AbortSignal.timeout(patience);
  const options = { method, headers: { ...headers, ...length }, signal };
  // Node.js would take it from the Host header.
  const servername = new URL(url).hostname;
  return new Promise((resolve, reject) => {
    const receive = (response: IncomingMessage) => collect(response).then(resolve, reject);
    const request = url.startsWith("https:")
      ? requestHttps(url, { ...options, servername, agent: createAgent(cloud) }, receive)
      : requestHttp(url, options, receive);
    request.on("error", reject);
    request.end(body);
  });
}

async function collect(response: IncomingMessage): Promise<Got> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks).toString(),
  };
}

/** Returns a field of a JSON body by its path; undefined if it is missing. */
export function readField(body: string, ...path: readonly (string | number)[]): unknown {
  let value: unknown = JSON.parse(body);
  for (const name of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.entries(value).find(([key]) => key === String(name))?.[1];
  }
  return value;
}

/** The response body as text. */
export function readTextField(body: string, ...path: readonly (string | number)[]): string {
  const value = readField(body, ...path);
  return typeof value === "string" ? value : "";
}
