import type { ErrorCode } from "../errors/provider-error.ts";

/** Error codes of Node and OpenSSL, each with its code in this program. Any other counts as `connection-lost`. */
const NODE_CODES: ReadonlyMap<string, ErrorCode> = new Map(
  Object.entries<ErrorCode>({
    ENOTFOUND: "dns-failed",
    EAI_AGAIN: "dns-failed",
    EAI_FAIL: "dns-failed",
    ECONNREFUSED: "connection-refused",
    ENETUNREACH: "network-unreachable",
    EHOSTUNREACH: "network-unreachable",
    EADDRNOTAVAIL: "network-unreachable",
    EAFNOSUPPORT: "network-unreachable",
    ETIMEDOUT: "connect-timeout",
    ERR_TLS_CERT_ALTNAME_INVALID: "tls-wrong-name",
    CERT_HAS_EXPIRED: "tls-untrusted",
    CERT_NOT_YET_VALID: "tls-untrusted",
    CERT_UNTRUSTED: "tls-untrusted",
    CERT_SIGNATURE_FAILURE: "tls-untrusted",
    DEPTH_ZERO_SELF_SIGNED_CERT: "tls-untrusted",
    SELF_SIGNED_CERT_IN_CHAIN: "tls-untrusted",
    UNABLE_TO_GET_ISSUER_CERT: "tls-untrusted",
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "tls-untrusted",
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: "tls-untrusted",
    EPROTO: "tls-failed",
    HPE_HEADER_OVERFLOW: "response-too-large",
  }),
);

/** Returns this program's code for an error of a socket. */
export function toErrorCode(error: unknown): ErrorCode {
  const code = readNodeCode(error);
  if (code.startsWith("ERR_SSL_")) return "tls-failed";
  return NODE_CODES.get(code) ?? "connection-lost";
}

/** Returns the code that Node or OpenSSL gave an error of a socket. It is always a constant, so it can be shown. */
export function getShowableNodeCode(error: unknown): string | undefined {
  const code = readNodeCode(error);
  return /^[A-Z][A-Z0-9_]+$/.test(code) ? code : undefined;
}

/** Returns the `code` of an error. If several addresses were tried at once, the first one's counts. */
function readNodeCode(error: unknown): string {
  if (error instanceof AggregateError) return readNodeCode(error.errors[0]);
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
