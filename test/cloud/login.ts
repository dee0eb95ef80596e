/**
 * Logs in to a registry as containerd does, over verified TLS: `GET /v2/` without credentials, then as the challenge requires:
 * Basic at `/v2/`, or a token from the realm by GET with Basic. The credentials are sent only to the registry's own host, whatever
 * the realm is.
 */
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { connect } from "node:tls";
import { readTextField } from "./client.ts";

export interface LoginCheck {
  readonly ok: boolean;
  readonly status: number;
  /** The challenge, or the text of the body. */
  readonly detail: string;
}

export interface Login {
  readonly host: string;
  readonly username: string;
  readonly password: string;
  readonly port: number;
  readonly ca: string;
}

export async function login(attempt: Login): Promise<LoginCheck> {
  const asked = await get(attempt, "/v2/");
  const basic = `Basic ${Buffer.from(`${attempt.username}:${attempt.password}`).toString("base64")}`;
  if (asked.status !== 401) return refuseLogin(asked.status, "The registry did not ask for a login.");
  if (/^basic /i.test(asked.challenge)) return toLoginCheck(await get(attempt, "/v2/", basic));
  const path = readRealmPath(asked.challenge, attempt.host);
  if (path === undefined) return refuseLogin(401, `The challenge is not this registry's: ${asked.challenge}`);
  const answer = await get(attempt, path, basic);
  if (answer.status !== 200) return toLoginCheck(answer);
  const token = readTextField(answer.body, "token") || readTextField(answer.body, "access_token");
  if (token === "") return refuseLogin(answer.status, "There is no token in the answer.");
  return toLoginCheck(await get(attempt, "/v2/", `Bearer ${token}`));
}

interface Reply {
  readonly status: number;
  readonly challenge: string;
  readonly body: string;
}

const refuseLogin = (status: number, detail: string): LoginCheck => ({ ok: false, status, detail });

function toLoginCheck({ status, challenge, body }: Reply): LoginCheck {
  return { ok: status === 200, status, detail: challenge === "" ? body : challenge };
}

/** Returns the path and query of the realm in a Bearer challenge; undefined if the realm is on another host. */
function readRealmPath(challenge: string, host: string): string | undefined {
  if (!/^bearer /i.test(challenge)) return undefined;
  const found = [...challenge.matchAll(/([a-z]+)="([^"]*)"/gi)];
  const { realm = "", service, scope } = Object.fromEntries(found.map(([, name, value]) => [name, value]));
  const url = URL.parse(realm);
  if (url?.origin !== `https://${host}`) return undefined;
  if (service !== undefined) url.searchParams.set("service", service);
  if (scope !== undefined) url.searchParams.set("scope", scope);
  return `${url.pathname}${url.search}`;
}

function get({ host, port, ca }: Login, path: string, authorization?: string): Promise<Reply> {
  const [servername = ""] = host.split(":");
  const createConnection = () => connect({ host: "127.0.0.1", port, servername, ca });
  const headers = authorization === undefined ? { host } : { host, authorization };
  return new Promise((resolve, reject) => {
    const receive = (response: IncomingMessage) => readReply(response).then(resolve, reject);
    const sent = request({ host, path, headers, createConnection }, receive);
    sent.on("error", reject);
    sent.end();
  });
}

async function readReply(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  const challenge = response.headers["www-authenticate"] ?? "";
  return { status: response.statusCode ?? 0, challenge, body: Buffer.concat(chunks).toString() };
}
