/** Terminates TLS for all services: one certificate per name. After the handshake, an HTTP server gets the connection. */
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import type { Authority } from "./authority.ts";
import type { Fault } from "./faults.ts";

export interface Authorities {
  readonly trusted: Authority;
  /** The authority of the fault `untrusted-ca`. */
  readonly rogue: Authority;
}

export class Front {
  readonly #authorities: Authorities;
  readonly #contexts = new Map<string, SecureContext>();
  readonly #names = new WeakMap<Socket, string>();

  constructor(authorities: Authorities) {
    this.#authorities = authorities;
  }

  /** The server name in the TLS handshake. */
  nameOf(socket: Socket): string | undefined {
    return this.#names.get(socket);
  }

  /** Accepts a connection. `takeFault` returns the fault for a server name. */
  accept(raw: Socket, expected: string, takeFault: (name: string) => Fault | undefined, http: Server): void {
    const secure = new TLSSocket(raw, {
      isServer: true,
      secureContext: this.#context(expected, takeFault(expected)),
      SNICallback: (name, done) => done(null, this.#named(secure, raw, name, takeFault(name))),
    });
    this.#names.set(secure, expected);
    secure.on("error", () => raw.destroy());
    raw.on("error", () => secure.destroy());
    http.emit("connection", secure);
    keepRaw(secure, raw);
  }

  #named(secure: TLSSocket, raw: Socket, name: string, fault: Fault | undefined): SecureContext {
    this.#names.set(secure, name.toLowerCase());
    if (fault?.kind === "refuse") raw.resetAndDestroy();
    return this.#context(name, fault);
  }

  #context(name: string, fault: Fault | undefined): SecureContext {
    const key = `${fault?.kind ?? "good"} ${name}`;
    const known = this.#contexts.get(key);
    if (known !== undefined) return known;
    const made = createSecureContext(this.#leaf(name, fault));
    this.#contexts.set(key, made);
    return made;
  }

  #leaf(name: string, fault: Fault | undefined) {
    const { trusted, rogue } = this.#authorities;
    if (fault?.kind === "untrusted-ca") return rogue.leaf(name);
    if (fault?.kind === "wrong-name") return trusted.leaf("wrong.example");
    if (fault?.kind === "expired-certificate") return trusted.expiredLeaf(name);
    return trusted.leaf(name);
  }
}

const raws = new WeakMap<Socket, Socket>();

const keepRaw = (secure: Socket, raw: Socket): void => void raws.set(secure, raw);

/** Resets a connection, below TLS if there is TLS. */
export function resetConnection(socket: Socket | null): void {
  if (socket === null) return;
  (raws.get(socket) ?? socket).resetAndDestroy();
}
