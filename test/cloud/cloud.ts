/**
 * The fake clouds, all of them, on loopback. TLS services answer under their real names behind a CONNECT proxy, with
 * certificates of an authority that `NODE_EXTRA_CA_CERTS` names; metadata services answer on ports of 127.0.0.1 that the vendors'
 * own variables name. So the real executable, and any other vendor's client, runs against them unchanged.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ATTACKER_HOST } from "./attacker.ts";
import { Authority } from "./authority.ts";
import type { RecordedRequest } from "./exchange.ts";
import { type Fault, Faults } from "./faults.ts";
import { Front } from "./front.ts";
import type { AwsKey } from "./iam.ts";
import { Ledger } from "./ledger.ts";
import { type LoginCheck, login } from "./login.ts";
import { type CloudOptions, settle } from "./options.ts";
import { proxy } from "./proxy.ts";
import { type Stage, serve } from "./server.ts";
import { type MetadataName, makeServices, type Services } from "./services.ts";

export type { RecordedRequest } from "./exchange.ts";
export type { Fault } from "./faults.ts";
export type { LoginCheck } from "./login.ts";
export type { CloudOptions } from "./options.ts";

export type CloudName = "aws" | "google" | "azure";

export interface EnvOptions {
  /** The metadata address is one where nobody listens. */
  readonly refused?: boolean;
}

export interface Cloud {
  /** What a client needs to live in this cloud: proxy, authority, metadata address. Without a name: those of all three. */
  env(cloud?: CloudName, options?: EnvOptions): Record<string, string>;
  /** Every exchange, in order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Every CONNECT target asked of the proxy; `PLAIN METHOD url` where it was asked for plain HTTP. */
  readonly connects: readonly string[];
  /** `where`: `service/step`, or a service for all its steps, or `proxy/connect`. Hits the next `times` requests. */
  fault(where: string, fault: Fault, times?: number): void;
  clearFaults(): void;
  /** Every secret that this cloud holds or has issued so far, plain and in base64. */
  readonly canaries: readonly string[];
  /** Tries a login at the registry of an image, past the proxy, so that `connects` stays the client's. */
  login(image: string, username: string, password: string): Promise<LoginCheck>;
  /** `127.0.0.1:port` of each listener; `tls` answers for every name that the handshake asks for. */
  readonly addresses: Readonly<Record<MetadataName | "proxy" | "tls" | "refused", string>>;
  /** PEM file of the authority. */
  readonly caFile: string;
  /** A long-lived key of an AWS user who may do everything. */
  readonly awsUserKey: AwsKey;
  stop(): Promise<void>;
}

export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const settings = settle(options);
  const ledger = new Ledger(settings.canary);
  if (settings.proxyLogin !== undefined)
    ledger
      .keep(settings.proxyLogin)
      .split(":")
      .slice(1)
      .map((word) => ledger.keep(word));
  const services = makeServices(settings, ledger);
  const stage: Stage = {
    faults: new Faults(),
    requests: [],
    started: Date.now(),
    attacker: { tls: `https://${ATTACKER_HOST}`, plain: "" },
  };
  const listeners = new Listeners();
  const authority = new Authority("Fake clouds CA");
  const directory = await mkdtemp(join(tmpdir(), "fake-clouds-"));
  const caFile = join(directory, "ca.pem");
  await writeFile(caFile, authority.pem);
  const connects: string[] = [];
  const addresses = await open(listeners, {
    services,
    stage,
    authority,
    connects,
    proxyLogin: settings.proxyLogin,
  });
  stage.attacker.plain = `http://${addresses.attacker}`;
  return {
    env: (cloud, { refused = false } = {}) =>
      environment(addresses, caFile, settings.proxyLogin, cloud, refused),
    requests: stage.requests,
    connects,
    fault: (where, fault, times = Number.POSITIVE_INFINITY) => stage.faults.add(where, fault, times),
    clearFaults: () => stage.faults.clear(),
    get canaries() {
      return ledger.canaries;
    },
    login: (image, username, password) => {
      const host = image.split("/")[0] ?? "";
      return login({ host, username, password, port: portOf(addresses.tls), ca: authority.pem });
    },
    addresses,
    caFile,
    awsUserKey: services.iam.userKey,
    async stop() {
      await listeners.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface Parts {
  readonly services: Services;
  readonly stage: Stage;
  readonly authority: Authority;
  readonly connects: string[];
  readonly proxyLogin: string | undefined;
}

async function open(listeners: Listeners, parts: Parts): Promise<Cloud["addresses"]> {
  const { services, stage, connects, proxyLogin } = parts;
  const front = new Front({ trusted: parts.authority, rogue: new Authority("Nobody's CA") });
  const http = serve(stage, services.route, (socket) => front.nameOf(socket));
  const faultOf = (host: string) =>
    stage.faults.connection(services.route(host, "/oauth2/exchange")?.name ?? "");
  const gate = proxy({
    faults: stage.faults,
    connects,
    login: proxyLogin,
    knows: (host) => services.route(host, "/") !== undefined,
    faultOf,
    accept: (socket, host, fault) => front.accept(socket, host, () => fault, http),
  });
  const direct = createTcpServer((socket) => front.accept(socket, "127.0.0.1", faultOf, http));
  const plain = (name: MetadataName) => listeners.open(serve(stage, () => services.metadata[name]));
  return {
    proxy: await listeners.open(gate),
    tls: await listeners.open(direct),
    refused: await closedPort(),
    imds: await plain("imds"),
    gce: await plain("gce"),
    "azure-imds": await plain("azure-imds"),
    attacker: await plain("attacker"),
  };
}

/** Listening servers and their connections, so that all can be ended at once, also those that hang. */
class Listeners {
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

/** An address that was free a moment ago. */
async function closedPort(): Promise<string> {
  const server = createTcpServer();
  const address = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return address;
}

const portOf = (address: string): number => Number(address.split(":")[1]);

function environment(
  addresses: Cloud["addresses"],
  caFile: string,
  proxyLogin: string | undefined,
  cloud: CloudName | undefined,
  refused: boolean,
): Record<string, string> {
  const user = proxyLogin === undefined ? "" : `${proxyLogin.split(":").map(encodeURIComponent).join(":")}@`;
  const at = (name: MetadataName) => (refused ? addresses.refused : addresses[name]);
  const metadata: Readonly<Record<CloudName, Record<string, string>>> = {
    aws: { AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://${at("imds")}` },
    google: { GCE_METADATA_HOST: at("gce") },
    azure: { AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://${at("azure-imds")}` },
  };
  const common = { HTTPS_PROXY: `http://${user}${addresses.proxy}`, NODE_EXTRA_CA_CERTS: caFile };
  if (cloud === undefined) return { ...common, ...metadata.aws, ...metadata.google, ...metadata.azure };
  return { ...common, REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: cloud, ...metadata[cloud] };
}
