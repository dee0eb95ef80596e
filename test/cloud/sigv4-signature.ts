/** The computing half of AWS Signature Version 4: canonical request, string to sign, signature. */
import { createHash, createHmac } from "node:crypto";
import type { Asked } from "./exchange.ts";

const ALGORITHM = "AWS4-HMAC-SHA256";

export interface Authorization {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** The parts of a request that the signature covers. */
export type Signed = Pick<Asked, "method" | "path" | "query" | "headers" | "body">;

export function signature(
  request: Signed,
  authorization: Omit<Authorization, "signature">,
  secret: string,
): string {
  const { date, region, service, signedHeaders } = authorization;
  const scope = `${date}/${region}/${service}/aws4_request`;
  const canonical = canonicalRequest(request, signedHeaders);
  const toSign = [ALGORITHM, request.headers["x-amz-date"] ?? "", scope, sha256(canonical)].join("\n");
  const key = [date, region, service, "aws4_request"].reduce(
    (last: string | Buffer, part) => hmac(last, part),
    `AWS4${secret}`,
  );
  return hmac(key, toSign).toString("hex");
}

export function canonicalRequest(request: Signed, signedHeaders: readonly string[]): string {
  const headers = signedHeaders.map(
    (name) => `${name}:${(request.headers[name] ?? "").trim().replace(/ +/g, " ")}\n`,
  );
  const parts = [
    canonicalPath(request.path),
    canonicalQuery(request.query),
    headers.join(""),
    signedHeaders.join(";"),
  ];
  return [request.method, ...parts, sha256(request.body)].join("\n");
}

/** Normalised, then encoded once more: every service but S3. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "." && segment !== "") segments.push(segment);
  }
  const end = segments.length > 0 && path.endsWith("/") ? "/" : "";
  return `/${segments.map(encode).join("/")}${end}`;
}

function canonicalQuery(query: URLSearchParams): string {
  const pairs = [...query].map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return pairs.sort().join("&");
}

const encode = (part: string): string =>
  encodeURIComponent(part).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

const sha256 = (value: string): string => createHash("sha256").update(value).digest("hex");
const hmac = (key: string | Buffer, value: string): Buffer =>
  createHmac("sha256", key).update(value).digest();
