import { SECOND } from "../../core/time.ts";
import type { HttpResponse } from "../../core/world.ts";
import type { ErrorCode } from "../../errors/provider-error.ts";
import { parseJsonObject } from "../../formats/json.ts";
import {
  type ErrorMapping,
  recogniseCode,
  recogniseRequestId,
  type VendorError,
} from "../shared/response.ts";
import { AWS_CODES } from "../shared/vendor-codes.ts";

/** AWS's error codes, each with this program's (ECR, ECR Public and STS API references, "Common errors"). */
const CODES: ReadonlyMap<string, ErrorCode> = new Map(
  Object.entries<ErrorCode>({
    AccessDeniedException: "aws-access-denied",
    UnrecognizedClientException: "aws-credentials-rejected",
    InvalidClientTokenId: "aws-credentials-rejected",
    InvalidSignatureException: "aws-credentials-rejected",
    SignatureDoesNotMatch: "aws-credentials-rejected",
    ExpiredTokenException: "aws-credentials-expired",
    ExpiredToken: "aws-credentials-expired",
    RequestExpired: "clock-skew",
    RequestTimeTooSkewed: "clock-skew",
    ThrottlingException: "throttled",
    Throttling: "throttled",
    TooManyRequestsException: "throttled",
    RequestLimitExceeded: "throttled",
  }),
);

/** How long `IDPCommunicationError` is retried: STS could not reach the issuer of a web identity, and responds with status 400. */
const ISSUER_RETRY_WINDOW = 5 * SECOND;

/** Returns the retry window of a response that AWS sends with status 400 instead of 429 or 5xx; undefined for all others. */
export function getAwsRetryWindow(response: HttpResponse): number | "throttled" | undefined {
  const { code } = parseAwsError(response);
  if (code === "IDPCommunicationError") return ISSUER_RETRY_WINDOW;
  return CODES.get(code ?? "") === "throttled" ? "throttled" : undefined;
}

/** Reads the error code: in `__type` with JSON 1.1, in `<Code>` with the query protocol (Smithy, "AWS JSON 1.1" and "AWS query"). */
function parseAwsError({ headers, body }: HttpResponse): VendorError {
  const type = parseJsonObject(body)?.["__type"];
  const name =
    typeof type === "string" ? type.slice(type.indexOf("#") + 1) : /<Code>([^<]*)<\/Code>/.exec(body)?.[1];
  return {
    code: recogniseCode(name ?? headers["x-amzn-errortype"]?.split(":")[0], AWS_CODES),
    requestId:
      recogniseRequestId(headers["x-amzn-requestid"]) ??
      recogniseRequestId(/<RequestId>([^<]*)<\/RequestId>/.exec(body)?.[1]),
  };
}

export const awsErrors: ErrorMapping = {
  readVendorError: parseAwsError,
  // AWS rejects a signature for its time with the same code as one of a wrong key.
  codeFor: ({ code }, { body }) =>
    /Signature (expired|not yet current)/.test(body) ? "clock-skew" : CODES.get(code ?? ""),
};

/** The error codes of STS for `GetWebIdentityToken` (its API reference). */
const WEB_IDENTITY_TOKEN_CODES: ReadonlyMap<string, ErrorCode> = new Map(
  Object.entries<ErrorCode>({
    AccessDenied: "aws-federation-refused",
    AccessDeniedException: "aws-federation-refused",
    OutboundWebIdentityFederationDisabledException: "aws-federation-disabled",
    SessionDurationEscalationException: "aws-federation-session-too-short",
    JWTPayloadSizeExceededException: "aws-federation-token-too-large",
  }),
);

export const webIdentityTokenErrors: ErrorMapping = {
  readVendorError: parseAwsError,
  codeFor: (vendor, response) =>
    WEB_IDENTITY_TOKEN_CODES.get(vendor.code ?? "") ?? awsErrors.codeFor(vendor, response),
};

/** The error codes of STS for an unacceptable token (API reference, `AssumeRoleWithWebIdentity`). */
const TOKEN_REJECTED: ReadonlySet<string> = new Set([
  "ExpiredTokenException",
  "IDPCommunicationError",
  "IDPRejectedClaim",
  "InvalidIdentityToken",
]);

/** The mapping for assumed roles. `AccessDenied` is about the role's trust policy there, not about a permission of the caller. */
export const stsErrors: ErrorMapping = {
  readVendorError: parseAwsError,
  codeFor: (vendor, response) => {
    if (vendor.code === "AccessDenied") return "aws-sts-refused";
    if (TOKEN_REJECTED.has(vendor.code ?? "")) return "aws-sts-token-rejected";
    return awsErrors.codeFor(vendor, response);
  },
};

/** Parses an error of the EKS Pod Identity agent: `[request id]: (code): message, fault: …` (its `pkg/errors/errors.go`). */
export function parsePodIdentityError(body: string): VendorError {
  const [, requestId, code] = /^\[([^\]]*)\]: \((\w{1,80})\): /.exec(body) ?? [];
  return { code: recogniseCode(code, AWS_CODES), requestId: recogniseRequestId(requestId) };
}
