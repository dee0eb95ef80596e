/** A request and response between a client and a fake service, and the interface of such a service. */

/** A request as it arrived, with the service's clock. */
export interface Asked {
  /** The destination: the TLS server name for TLS services, otherwise the Host header; lower case, without a port. */
  readonly host: string;
  readonly method: string;
  /** The path as sent, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. Repeated headers are joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The service's clock, milliseconds since 1970. Differs from the test's clock under the fault `skew`. */
  readonly now: number;
  /** `expired`: issue an expired token. `swapped`: issue another identity's token. */
  readonly tokenFault: "expired" | "swapped" | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type ServiceName =
  | "imds"
  | "container"
  | "ecr"
  | "ecr-public"
  | "sts"
  | "gce"
  | "google-sts"
  | "google-oauth"
  | "iamcredentials"
  | "azure-imds"
  | "azure-arc"
  | "entra"
  | "acr"
  | "registry"
  | "attacker";

export interface Service {
  readonly name: ServiceName;
  /** The port of a TLS service; default 443. */
  readonly port?: string;
  /** Returns the part of the service that a request is for. Faults and records use `name/step`. */
  step(asked: Asked): string;
  answer(asked: Asked): Answer;
  /** Returns an internal error in the vendor's format, for the fault `status`. */
  failure(status: number): Answer;
}

/** The cloud's record of one request and its response. */
export interface RecordedRequest {
  readonly service: ServiceName;
  readonly step: string;
  /** The TLS server name; undefined for plain HTTP. */
  readonly sni: string | undefined;
  /** The Host header. */
  readonly host: string;
  readonly method: string;
  /** The path with its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Milliseconds since the cloud started. */
  readonly at: number;
  /** Undefined if there was no response. */
  readonly status: number | undefined;
  /** The kinds of the faults that were applied. */
  readonly faults: readonly string[];
}

export function answerJson(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(value) };
}

export function answerText(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, headers: { "content-type": "text/plain", ...headers }, body };
}
