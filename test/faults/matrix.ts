import type { ErrorCode } from "../../src/errors/provider-error.ts";
import type { Fault } from "../cloud/cloud.ts";

/** The possible outcomes of a fault: one of the codes, or `login` if it does no harm. */
export type Ending = ErrorCode | "login" | "anonymous";

export interface FaultRow {
  readonly name: string;
  readonly fault: Fault;
  readonly metadata: readonly Ending[];
  readonly token: readonly Ending[];
  /** The factor by which limits are shortened for faults that are waited out. */
  readonly speed?: number;
}

/** The fake cloud's unplanned errors that AWS classifies as throttling, regardless of the status. */
const REFUSED: readonly ErrorCode[] = [
  "cloud-refused",
  "throttled",
  "acr-unauthorized",
  "acr-firewall-blocked",
  "entra-refused",
  "aws-sts-refused",
  "google-federation-refused",
  "google-impersonation-refused",
  "google-key-refused",
];
const MALFORMED: readonly ErrorCode[] = ["response-malformed"];
const WRONG_SERVICE: readonly ErrorCode[] = ["metadata-wrong-service"];
const FORBIDDEN: readonly ErrorCode[] = [
  "metadata-forbidden",
  "aws-container-refused",
  "azure-arc-challenge-failed",
];
const NOT_READY: readonly ErrorCode[] = ["metadata-not-ready", "aws-container-refused"];
const THROTTLED: readonly ErrorCode[] = ["throttled", "aws-container-refused"];
/** A text instead of another text: the program cannot detect it, and the next service refuses it. */
const UNDETECTED: readonly Ending[] = [
  "login",
  "metadata-wrong-service",
  "metadata-forbidden",
  "aws-instance-has-no-role",
  "anonymous",
  "google-universe-mismatch",
];

/** On a busy machine, a fiftieth of the time can be too short to receive the response. */
const LATE: readonly ErrorCode[] = ["response-timeout", "connect-timeout", "proxy-unreachable"];

const status = (code: number, metadata: readonly Ending[], token: readonly Ending[]): FaultRow => ({
  name: `${code}`,
  fault: { kind: "status", status: code },
  metadata,
  token,
});

const change = (name: string, to: (body: string) => string, more: readonly Ending[] = []): FaultRow => ({
  name,
  fault: { kind: "change", change: to },
  metadata: [...MALFORMED, ...UNDETECTED, ...more],
  token: [...MALFORMED, ...more],
});

/** Replaces every value of a JSON document, or every text of an XML document. */
function replaceValues(body: string, to: unknown): string {
  try {
    return JSON.stringify(JSON.parse(body), (_key, value: unknown) =>
      typeof value === "object" && value !== null ? value : to,
    );
  } catch {
    return body.replace(/>[^<]+</g, `>${to}<`);
  }
}

export const FAULTS: readonly FaultRow[] = [
  ...([301, 302, 303, 307, 308] as const).map(
    (code): FaultRow => ({
      name: `${code} to another host`,
      fault: { kind: "redirect", status: code },
      metadata: WRONG_SERVICE,
      token: ["redirect-refused"],
    }),
  ),
  status(204, [...WRONG_SERVICE, ...MALFORMED, "aws-container-refused"], MALFORMED),
  // Azure's error names its code, which proves that it is Azure's.
  status(400, [...WRONG_SERVICE, "cloud-refused", "aws-container-refused"], REFUSED),
  status(401, FORBIDDEN, REFUSED),
  status(403, FORBIDDEN, REFUSED),
  status(
    404,
    [
      ...NOT_READY,
      "aws-instance-has-no-role",
      "anonymous",
      "google-instance-has-no-service-account",
      "google-universe-mismatch",
    ],
    REFUSED,
  ),
  status(408, NOT_READY, ["cloud-unavailable", "throttled"]),
  status(410, NOT_READY, REFUSED),
  status(418, NOT_READY, REFUSED),
  status(429, THROTTLED, ["throttled"]),
  ...[500, 502, 503, 504].map((code) => status(code, NOT_READY, ["cloud-unavailable"])),
  {
    name: "401 with a foreign realm",
    fault: {
      kind: "status",
      status: 401,
      headers: { "www-authenticate": 'Bearer realm="https://attacker.example/"' },
    },
    metadata: FORBIDDEN,
    token: REFUSED,
  },
  {
    name: "429 with a long Retry-After",
    fault: { kind: "status", status: 429, headers: { "retry-after": "9999" } },
    metadata: THROTTLED,
    token: ["throttled"],
  },
  { name: "a refused connection", fault: { kind: "refuse" }, metadata: NOT_READY, token: ["proxy-refused"] },
  {
    name: "a reset in the middle",
    fault: { kind: "reset" },
    metadata: NOT_READY,
    token: ["connection-lost"],
  },
  {
    name: "an end in the middle",
    fault: { kind: "truncated" },
    metadata: NOT_READY,
    token: ["connection-lost"],
  },
  {
    name: "broken JSON",
    fault: { kind: "broken-json" },
    metadata: [...MALFORMED, ...UNDETECTED],
    // Parsers accept a truncated end of the XML from STS.
    token: [...MALFORMED, "login"],
  },
  {
    name: "nothing",
    fault: { kind: "empty" },
    metadata: [...MALFORMED, ...WRONG_SERVICE, "google-universe-mismatch"],
    token: MALFORMED,
  },
  { name: "a portal's page", fault: { kind: "html" }, metadata: WRONG_SERVICE, token: ["response-not-json"] },
  {
    name: "1 MiB",
    fault: { kind: "endless", bytes: 1_048_576 },
    metadata: ["response-too-large"],
    token: ["response-too-large"],
  },
  {
    name: "another content type",
    fault: { kind: "content-type", type: "application/octet-stream" },
    metadata: ["login"],
    token: ["login"],
  },
  {
    name: "what is over",
    fault: { kind: "expired" },
    metadata: ["metadata-forbidden", "aws-credentials-expired", "token-expired", "acr-unauthorized", "login"],
    token: ["token-expired", "aws-credentials-expired", "acr-unauthorized"],
  },
  {
    name: "what is another's",
    fault: { kind: "swapped" },
    metadata: ["login", "acr-access-denied"],
    token: ["login", "acr-access-denied"],
  },
  {
    name: "silence",
    fault: { kind: "hang" },
    speed: 50,
    metadata: ["metadata-timeout"],
    token: LATE,
  },
  {
    name: "a byte now and then",
    fault: { kind: "drip", every: 50 },
    speed: 50,
    metadata: ["metadata-timeout"],
    token: LATE,
  },
  change("no fields", () => "{}"),
  change("null", () => "null"),
  change("a list", (body) => `[${body}]`),
  change("fields of null", (body) => replaceValues(body, null)),
  change("fields of numbers", (body) => replaceValues(body, 7), ["token-expired"]),
  change("empty fields", (body) => replaceValues(body, "")),
  change("fields with line feeds", (body) => replaceValues(body, "a\r\nb: c"), [
    "acr-unauthorized",
    "aws-credentials-rejected",
  ]),
  change("the answer twice", (body) => body + body, ["login"]),
];
