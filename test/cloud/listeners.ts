/** Servers on loopback, on ports that the system selects. */
import type { Server } from "node:http";
import type { Socket, Server as TcpServer } from "node:net";

/** Servers and their connections, which can all be closed at once, including hanging ones. */
export class Listeners {
  readonly #servers: TcpServer[] = [];
  readonly #sockets = new Set<Socket>();

  open(server: Server | TcpServer): Promise<string> {
    this.#servers.push(server);
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    return listen(server);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

function listen(server: TcpServer): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? `127.0.0.1:${address.port}` : "");
    });
  });
}

/**
 * An address that refuses connections. The port of a closed server would not do: another test's server may get it next.
 */
export const NOBODYS = "127.0.0.1:2";

export const readPort = (address: string): number => Number(address.split(":")[1]);
