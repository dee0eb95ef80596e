/**
 * A registry that belongs to no cloud, with its own users: `/v2/` requires Basic authentication (the distribution's
 * `htpasswd`, docs/content/about/configuration.md), answers 200 to these users with their passwords, and 401 to all
 * others. It has one port, which the Host header must name unless it is the default HTTPS port (RFC 9110 §7.2).
 */
import { timingSafeEqual } from "node:crypto";
import { type Answer, type Asked, answerJson, type Service } from "./exchange.ts";
import type { Ledger } from "./ledger.ts";

export class PlainRegistry implements Service {
  readonly name = "registry";
  readonly port: string;
  readonly #logins: readonly Uint8Array[];

  /** @param users name → password */
  constructor(port: string, users: Readonly<Record<string, string>>, ledger: Ledger) {
    this.port = port;
    this.#logins = Object.entries(users).map(([user, password]) => {
      ledger.keep(password);
      const login = Buffer.from(`${user}:${password}`);
      // Only this encoding is a secret: the other one starts with the user name.
      ledger.keep(login.toString("base64"));
      return login;
    });
  }

  step({ path }: Asked): string {
    return path === "/v2/" ? "v2" : "other";
  }

  answer(asked: Asked): Answer {
    if (this.step(asked) !== "v2") return this.failure(404);
    if (this.#accepts(asked.headers["authorization"] ?? "")) return answerJson(200, {});
    const refused = this.failure(401);
    return {
      ...refused,
      headers: { ...refused.headers, "www-authenticate": 'Basic realm="Registry Realm"' },
    };
  }

  failure(status: number): Answer {
    const code = status === 401 ? "UNAUTHORIZED" : "UNKNOWN";
    return answerJson(status, { errors: [{ code, message: "authentication required" }] });
  }

  #accepts(header: string): boolean {
    const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/.exec(header)?.[1] ?? "";
    const given = Buffer.from(encoded, "base64");
    return this.#logins.some((login) => login.length === given.length && timingSafeEqual(login, given));
  }
}

/** Keyed by host, without the port: one registry per host. */
export function createPlainRegistries(
  registries: Readonly<Record<string, Readonly<Record<string, string>>>>,
  ledger: Ledger,
): Readonly<Record<string, Service>> {
  return Object.fromEntries(
    Object.entries(registries).map(([place, users]) => {
      const [host = "", port = "443"] = place.split(":");
      return [host, new PlainRegistry(port, users, ledger)];
    }),
  );
}
