/** Logs in to a registry as a container runtime does first of all: `GET /v2/` with Basic authorisation, over verified TLS. */
import { request } from "node:https";
import { connect } from "node:tls";

export interface LoginCheck {
  readonly ok: boolean;
  readonly status: number;
  /** The challenge or the body's text. */
  readonly detail: string;
}

export interface Login {
  readonly host: string;
  readonly username: string;
  readonly password: string;
  readonly port: number;
  readonly ca: string;
}

export function login({ host, username, password, port, ca }: Login): Promise<LoginCheck> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const createConnection = () => connect({ host: "127.0.0.1", port, servername: host, ca });
  return new Promise((resolve, reject) => {
    const sent = request(
      { host, path: "/v2/", headers: { host, authorization }, createConnection },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          resolve({
            ok: status === 200,
            status,
            detail: response.headers["www-authenticate"] ?? Buffer.concat(chunks).toString(),
          });
        });
      },
    );
    sent.on("error", reject);
    sent.end();
  });
}
