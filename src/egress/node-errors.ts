import type { ErrorCode } from "../errors/provider-error.ts";

/** What Node and OpenSSL call it → what we call it. Whatever is not here broke the connection in some other way. */
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
    ETIMEDOUT: "connection-silent",
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
    HPE_HEADER_OVERFLOW: "answer-too-large",
  }),
);

/** The code of the table for an error of a socket. */
export function toErrorCode(error: unknown): ErrorCode {
  const code = nodeCode(error);
  if (code.startsWith("ERR_SSL_")) return "tls-failed";
  return NODE_CODES.get(code) ?? "connection-lost";
}

/** Node's or OpenSSL's own name of an error of a socket: a constant, never a text. */
export function getNodeErrorCode(error: unknown): string | undefined {
  const code = nodeCode(error);
  return /^[A-Z][A-Z0-9_]+$/.test(code) ? code : undefined;
}

/** `code` of an error, or of the first of several addresses tried at once. */
function nodeCode(error: unknown): string {
  if (error instanceof AggregateError) return nodeCode(error.errors[0]);
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
