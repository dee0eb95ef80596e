import type { Milliseconds } from "../../src/core/time.ts";
import { type Answer, json, text } from "../support/world.ts";
import { TokenBucket } from "./bucket.ts";

/** ECR's quota of `GetAuthorizationToken` for an account in a region: requests per second, and burst. */
export const QUOTA = { rate: 20, burst: 200 } as const;

/** A request for `GetAuthorizationToken`, as in CloudTrail. */
export interface QuotaCall {
  readonly node: number;
  readonly at: Milliseconds;
  readonly isThrottled: boolean;
}

/** An AWS account: the nodes share the quota of ECR, and each has its own metadata service. */
export class Account {
  readonly calls: QuotaCall[] = [];
  readonly #bucket = new TokenBucket(QUOTA.rate, QUOTA.burst);

  answer(
    node: number,
    { method, pathname, hostname }: AccountRequest,
    now: Milliseconds,
    date: number,
  ): Answer {
    if (hostname === "api.ecr.us-east-1.amazonaws.com") return this.#authorize(node, now, date);
    if (method === "PUT") return text("session");
    if (pathname.endsWith("/services/partition")) return text("aws");
    return pathname.endsWith("/") ? text("node-role") : json(KEYS);
  }

  #authorize(node: number, at: Milliseconds, date: number): Answer {
    const isThrottled = !this.#bucket.take(at);
    this.calls.push({ node, at, isThrottled });
    if (isThrottled) return amz(400, { __type: "ThrottlingException", message: "Rate exceeded" });
    const authorizationToken = Buffer.from(`AWS:password-of-${node}`).toString("base64");
    return amz(200, { authorizationData: [{ authorizationToken, expiresAt: date / 1000 + LIFE }] });
  }
}

interface AccountRequest {
  readonly method: string;
  readonly pathname: string;
  readonly hostname: string;
}

/** The lifetime of an ECR login in seconds. */
const LIFE = 43_200;
const KEYS = {
  Code: "Success",
  AccessKeyId: "K",
  SecretAccessKey: "s",
  Token: "t",
  Expiration: "2099-01-01T00:00:00Z",
};

const amz = (status: number, value: unknown): Answer =>
  json(value, status, { "content-type": "application/x-amz-json-1.1" });
