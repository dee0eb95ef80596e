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

/** AWS's names of an error → ours (ECR, ECR Public and STS API references, "Common errors"). */
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

/** STS could not reach the issuer of a web identity; it says this with status 400 too. */
const ISSUER_RETRY_WINDOW = 5 * SECOND;

/** AWS says with status 400 what others say with 429 or 5xx: only the body tells. */
export function getAwsRetryWindow(response: HttpResponse): number | "throttled" | undefined {
  const { code } = parseAwsError(response);
  if (code === "IDPCommunicationError") return ISSUER_RETRY_WINDOW;
  return CODES.get(code ?? "") === "throttled" ? "throttled" : undefined;
}

/** JSON 1.1 names the error in `__type`, the query protocol in `<Code>`. */
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

/** "Signature expired: … is now earlier than …" and "not yet current": the signature is right, the clock is not. */
function isClockSkew({ body }: HttpResponse): boolean {
  return /Signature (expired|not yet current)/.test(body);
}

export const awsErrors: ErrorMapping = {
  vendorError: parseAwsError,
  codeFor: ({ code }, response) => (isClockSkew(response) ? "clock-skew" : CODES.get(code ?? "")),
};

/** What STS says where it gives no token for others (API reference, `GetWebIdentityToken`). */
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
  vendorError: parseAwsError,
  codeFor: (vendor, response) =>
    WEB_IDENTITY_TOKEN_CODES.get(vendor.code ?? "") ?? awsErrors.codeFor(vendor, response),
};

/** What STS says of a web identity that is not good (API reference, `AssumeRoleWithWebIdentity`). */
const TOKEN_REJECTED: ReadonlySet<string> = new Set([
  "ExpiredTokenException",
  "IDPCommunicationError",
  "IDPRejectedClaim",
  "InvalidIdentityToken",
]);

/** STS says AccessDenied of a trust policy, which is mended elsewhere than a missing permission. */
export const stsErrors: ErrorMapping = {
  vendorError: parseAwsError,
  codeFor: (vendor, response) => {
    if (vendor.code === "AccessDenied") return "aws-sts-refused";
    if (TOKEN_REJECTED.has(vendor.code ?? "")) return "aws-sts-token-rejected";
    return awsErrors.codeFor(vendor, response);
  },
};

/** The agent of EKS Pod Identity hands EKS's error on as `[request id]: (code): message, fault: …` (its `pkg/errors/errors.go`). */
export function parsePodIdentityError(body: string): VendorError {
  const [, requestId, code] = /^\[([^\]]*)\]: \((\w{1,80})\): /.exec(body) ?? [];
  return { code: recogniseCode(code, AWS_CODES), requestId: recogniseRequestId(requestId) };
}
