/**
 * The fake clouds, on loopback. TLS services answer under their real names behind a CONNECT proxy, with certificates of an
 * authority in `NODE_EXTRA_CA_CERTS`. Metadata services answer on ports of 127.0.0.1, which the vendors' variables contain. The
 * executable and the vendors' clients therefore run against them unchanged.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ATTACKER_HOST } from "./attacker.ts";
import { Authority } from "./authority.ts";
import { POD_IDENTITY_AUDIENCE } from "./container-credentials.ts";
import { buildEnvironment, type EnvName } from "./environment.ts";
import type { RecordedRequest } from "./exchange.ts";
import { type Fault, Faults } from "./faults.ts";
import { Front } from "./front.ts";
import { Ledger } from "./ledger.ts";
import { Listeners, NOBODYS, readPort } from "./listeners.ts";
import { type LoginCheck, login } from "./login.ts";
import type { SubjectToken } from "./oidc.ts";
import { applyDefaults, type CloudOptions } from "./options.ts";
import { startProxy } from "./proxy.ts";
import { type Stage, serve } from "./server.ts";
import { type MetadataName, makeServices, type Services } from "./services.ts";

export type { CloudName, EnvName } from "./environment.ts";
export type { RecordedRequest } from "./exchange.ts";
export type { Fault } from "./faults.ts";
export type { LoginCheck } from "./login.ts";
export type { CloudOptions } from "./options.ts";

export interface EnvOptions {
  /** The metadata address is one that refuses connections. */
  readonly refused?: boolean;
}

export interface Cloud {
  /**
   * The environment of a client of this cloud: proxy, authority, metadata address. Without a name, that of all three
   * clouds.
   */
  env(cloud?: EnvName, options?: EnvOptions): Record<string, string>;
  /** Every exchange, in order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Every CONNECT target that the proxy received; `PLAIN METHOD url` for plain HTTP. */
  readonly connects: readonly string[];
  /** Adds a fault for the next `times` requests. `where`: `service/step`, a service for all its steps, or `proxy/connect`. */
  fault(where: string, fault: Fault, times?: number): void;
  clearFaults(): void;
  /** Every secret that this cloud has or has issued so far, plain and in base64. */
  readonly canaries: readonly string[];
  /** Tries a login at the registry of an image. Bypasses the proxy, so that `connects` shows only the client's requests. */
  login(image: string, username: string, password: string): Promise<LoginCheck>;
  /** `127.0.0.1:port` of each listener; `tls` serves every name in the TLS handshake. */
  readonly addresses: Readonly<Record<MetadataName | "proxy" | "tls" | "refused", string>>;
  /** The PEM file of the authority. */
  readonly caFile: string;
  /** A long-lived key of an AWS user that has every permission. */
  readonly awsUserKey: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The ARNs of STS sessions, in order, as in CloudTrail. */
  readonly awsSessions: readonly string[];
  /** Returns the ARN of a role in the options. */
  roleArn(name: string): string;
  /** The key file of this Google service account; the cloud does not accept a revoked one. */
  googleKey(email: string, isRevoked?: boolean): string;
  /** Returns a ServiceAccount token of the cluster, as in the kubelet's request. */
  serviceAccountToken(token: SubjectToken): string;
  stop(): Promise<void>;
}

export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const parts = assembleCloud(options);
  const { services, stage, authority, connects, ledger } = parts;
  const directory = await mkdtemp(join(tmpdir(), "fake-clouds-"));
  const caFile = join(directory, "ca.pem");
  await writeFile(caFile, authority.pem, { mode: 0o644 });
  const listeners = new Listeners();
  const addresses = await open(listeners, parts);
  stage.attacker.plain = `http://${addresses.attacker}`;
  const podToken = () => services.oidc.token({ audience: POD_IDENTITY_AUDIENCE });
  const { accessKeyId, secretAccessKey } = services.iam.userKey;
  const around = { addresses, caFile, proxyLogin: options.proxyLogin, podToken };
  return {
    env: (cloud, { refused = false } = {}) => buildEnvironment(cloud, refused, around),
    requests: stage.requests,
    connects,
    fault: (where, fault, times = Number.POSITIVE_INFINITY) => stage.faults.add(where, fault, times),
    clearFaults: () => stage.faults.clear(),
    get canaries() {
      return ledger.canaries;
    },
    login(image, username, password) {
      const host = image.split("/")[0] ?? "";
      return login({ host, username, password, port: readPort(addresses.tls), ca: authority.pem });
    },
    addresses,
    caFile,
    awsUserKey: { accessKeyId, secretAccessKey },
    awsSessions: services.iam.sessions,
    roleArn: (name) => services.iam.arn(name),
    googleKey: (email, isRevoked) => services.google.keyFile(email, isRevoked),
    serviceAccountToken: (token) => services.oidc.token(token),
    async stop() {
      await listeners.close();
      services.arc.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface Parts {
  readonly services: Services;
  readonly stage: Stage;
  readonly authority: Authority;
  readonly ledger: Ledger;
  readonly connects: string[];
  readonly proxyLogin: string | undefined;
}

function assembleCloud(options: CloudOptions): Parts {
  const settings = applyDefaults(options);
  const ledger = new Ledger(settings.canary);
  const { proxyLogin } = settings;
  if (proxyLogin !== undefined) ledger.keep(proxyLogin.slice(proxyLogin.indexOf(":") + 1));
  if (proxyLogin !== undefined) ledger.keep(proxyLogin);
  const attacker = { tls: `https://${ATTACKER_HOST}`, plain: "" };
  const stage: Stage = { faults: new Faults(), requests: [], started: Date.now(), attacker };
  const services = makeServices(settings, ledger);
  return { services, stage, authority: new Authority("Fake clouds CA"), ledger, connects: [], proxyLogin };
}

async function open(listeners: Listeners, parts: Parts): Promise<Cloud["addresses"]> {
  const { services, stage, connects, proxyLogin } = parts;
  const front = new Front({ trusted: parts.authority, rogue: new Authority("Untrusted CA") });
  const http = serve(stage, services.route, (socket) => front.nameOf(socket));
  const takeFault = (host: string) =>
    stage.faults.connection(services.route(host, "/oauth2/exchange")?.name ?? "");
  const gate = startProxy({
    faults: stage.faults,
    connects,
    login: proxyLogin,
    knows: (host) => services.route(host, "/") !== undefined,
    takeFault,
    accept: (socket, host, fault) => front.accept(socket, host, () => fault, http),
  });
  const direct = createTcpServer((socket) => front.accept(socket, "127.0.0.1", takeFault, http));
  const plain = (name: MetadataName) => listeners.open(serve(stage, () => services.metadata[name]));
  return {
    proxy: await listeners.open(gate),
    tls: await listeners.open(direct),
    refused: NOBODYS,
    imds: await plain("imds"),
    container: await plain("container"),
    gce: await plain("gce"),
    "azure-arc": await plain("azure-arc"),
    "azure-imds": await plain("azure-imds"),
    attacker: await plain("attacker"),
  };
}
