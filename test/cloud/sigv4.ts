/**
 * Checks AWS Signature Version 4 as AWS does, from its public description ("Create a signed AWS API request" in the IAM
 * user guide) and not with an SDK's code: canonical request, credential scope, which headers must be signed, five minutes
 * of clock, key, session token. The error codes and texts are those that AWS services give.
 */
import { timingSafeEqual } from "node:crypto";
import type { Asked } from "./exchange.ts";
import type { AwsKey } from "./iam.ts";
import { type Authorization, signature } from "./sigv4-signature.ts";

const TOLERANCE = 300_000;

export interface Scope {
  readonly region: string;
  readonly service: string;
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

export type Verdict = { readonly key: AwsKey } | { readonly refusal: Refusal };

export function verifySigV4(asked: Asked, scope: Scope, keyOf: (id: string) => AwsKey | undefined): Verdict {
  const header = asked.headers["authorization"];
  if (header === undefined)
    return refuse("MissingAuthenticationTokenException", "Missing Authentication Token");
  const authorization = parseAuthorization(header);
  if (authorization === undefined) {
    return refuse(
      "IncompleteSignatureException",
      "Authorization header is not in the form of AWS4-HMAC-SHA256.",
    );
  }
  const key = keyOf(authorization.accessKeyId);
  const refusal =
    checkKey(key, asked) ??
    checkScope(authorization, scope) ??
    checkHeaders(authorization, asked, key) ??
    checkTime(authorization, asked) ??
    checkSignature(authorization, asked, key);
  if (refusal !== undefined) return { refusal };
  return key === undefined ? refuse("UnrecognizedClientException", "") : { key };
}

const refuse = (code: string, message: string): { refusal: Refusal } => ({ refusal: { code, message } });

export function parseAuthorization(header: string): Authorization | undefined {
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  if (parts === null) return undefined;
  const [, accessKeyId = "", date = "", region = "", service = "", names = "", signature = ""] = parts;
  return { accessKeyId, date, region, service, signedHeaders: names.split(";"), signature };
}

function checkKey(key: AwsKey | undefined, asked: Asked): Refusal | undefined {
  const unknown = {
    code: "UnrecognizedClientException",
    message: "The security token included in the request is invalid.",
  };
  if (key === undefined) return unknown;
  if (key.sessionToken !== asked.headers["x-amz-security-token"]) return unknown;
  if (key.expires > asked.now) return undefined;
  return { code: "ExpiredTokenException", message: "The security token included in the request is expired" };
}

function checkScope(authorization: Authorization, scope: Scope): Refusal | undefined {
  const code = "InvalidSignatureException";
  if (authorization.region !== scope.region) {
    return {
      code,
      message: `Credential should be scoped to a valid region, not '${authorization.region}'. `,
    };
  }
  if (authorization.service !== scope.service) {
    return { code, message: `Credential should be scoped to correct service: '${scope.service}'. ` };
  }
  return undefined;
}

/** `host` and every `x-amz-…` header must be covered, and what is covered must be there, in order. */
function checkHeaders(
  authorization: Authorization,
  asked: Asked,
  key: AwsKey | undefined,
): Refusal | undefined {
  const names = authorization.signedHeaders;
  const amazon = Object.keys(asked.headers).filter(
    (name) => name.startsWith("x-amz-") && name !== "x-amz-user-agent",
  );
  const must = [
    "host",
    "x-amz-date",
    ...amazon,
    ...(key?.sessionToken === undefined ? [] : ["x-amz-security-token"]),
  ];
  const missing = must.find((name) => !names.includes(name));
  const absent = names.find((name) => asked.headers[name] === undefined);
  const sorted = names.join(";") === [...names].sort().join(";");
  if (missing === undefined && absent === undefined && sorted) return undefined;
  const name = missing ?? absent ?? names.join(";");
  return {
    code: "InvalidSignatureException",
    message: `'${name}' must be a 'SignedHeader' in the AWS Authorization.`,
  };
}

function checkTime(authorization: Authorization, asked: Asked): Refusal | undefined {
  const code = "InvalidSignatureException";
  const stamp = asked.headers["x-amz-date"] ?? "";
  const time = parseStamp(stamp);
  if (Number.isNaN(time))
    return {
      code: "IncompleteSignatureException",
      message: `Date must be in ISO-8601 'basic format'. Got '${stamp}'.`,
    };
  if (!stamp.startsWith(authorization.date))
    return {
      code,
      message: "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP",
    };
  if (time < asked.now - TOLERANCE) {
    const limit = formatStamp(asked.now - TOLERANCE);
    return {
      code,
      message: `Signature expired: ${stamp} is now earlier than ${limit} (${formatStamp(asked.now)} - 5 min.)`,
    };
  }
  if (time <= asked.now + TOLERANCE) return undefined;
  const limit = formatStamp(asked.now + TOLERANCE);
  return {
    code,
    message: `Signature not yet current: ${stamp} is still later than ${limit} (${formatStamp(asked.now)} + 5 min.)`,
  };
}

export function parseStamp(stamp: string): number {
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(stamp);
  if (parts === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

const formatStamp = (time: number): string => new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");

function checkSignature(
  authorization: Authorization,
  asked: Asked,
  key: AwsKey | undefined,
): Refusal | undefined {
  const ours = signature(asked, authorization, key?.secretAccessKey ?? "");
  const theirs = authorization.signature;
  if (timingSafeEqual(Buffer.from(ours), Buffer.from(theirs))) return undefined;
  return {
    code: "InvalidSignatureException",
    message:
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  };
}
