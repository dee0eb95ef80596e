/**
 * EC2's instance metadata service, version 2 only (EC2 user guide, "Use the Instance Metadata Service"): a session token by
 * PUT with a life of 1–21600 s (400 otherwise), refused with 403 where the request was forwarded; every GET needs a live one
 * (401), so that a version 1 request always fails and stands in the record as step `v1`. Role name, the role's keys
 * (404 where the instance has no role), partition, region, and the availability zone, by which Google's clients know the region. Answers under any Host, like the link-local address.
 */
import { type Answer, type Asked, answerJson, answerText, type Service } from "./exchange.ts";
import { awsTime, type Iam } from "./iam.ts";
import type { Ledger } from "./ledger.ts";

const CREDENTIALS = "/latest/meta-data/iam/security-credentials/";
const TTL = "x-aws-ec2-metadata-token-ttl-seconds";
const TOKEN = "x-aws-ec2-metadata-token";
const MAX_TTL = 21_600;
const PLACES: Readonly<Record<string, "region" | "zone" | "partition">> = {
  "/latest/meta-data/services/partition": "partition",
  "/latest/meta-data/placement/region": "region",
  "/latest/meta-data/placement/availability-zone": "zone",
};

export class Imds implements Service {
  readonly name = "imds";
  readonly #iam: Iam;
  readonly #ledger: Ledger;
  readonly #tokens = new Map<string, number>();

  constructor(iam: Iam, ledger: Ledger) {
    this.#iam = iam;
    this.#ledger = ledger;
  }

  step(asked: Asked): string {
    if (asked.path === "/latest/api/token") return "token";
    if (asked.headers[TOKEN] === undefined) return "v1";
    if (asked.path === CREDENTIALS || asked.path === CREDENTIALS.slice(0, -1)) return "role";
    if (asked.path.startsWith(CREDENTIALS)) return "credentials";
    return PLACES[asked.path] ?? "other";
  }

  answer(asked: Asked): Answer {
    if (this.step(asked) === "token") return this.#token(asked);
    if (asked.method !== "GET") return this.failure(405);
    const expires = this.#tokens.get(asked.headers[TOKEN] ?? "");
    if (expires === undefined || expires <= asked.now) return this.failure(401);
    return this.#read(asked);
  }

  failure(status: number): Answer {
    const page = `<?xml version="1.0" encoding="iso-8859-1"?>\n<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>`;
    return { status, headers: { "content-type": "text/html", server: "EC2ws" }, body: page };
  }

  #token(asked: Asked): Answer {
    if (asked.method !== "PUT") return this.failure(405);
    if (asked.headers["x-forwarded-for"] !== undefined) return this.failure(403);
    const ttl = asked.headers[TTL] ?? "";
    if (!/^\d+$/.test(ttl) || Number(ttl) < 1 || Number(ttl) > MAX_TTL) return this.failure(400);
    const token = this.#ledger.secret("imdsv2", 40);
    this.#tokens.set(token, asked.tokenFault === "expired" ? asked.now : asked.now + Number(ttl) * 1000);
    return answerText(200, token, { [TTL]: ttl, server: "EC2ws" });
  }

  #read(asked: Asked): Answer {
    const role = this.#iam.options.nodeRole;
    switch (this.step(asked)) {
      case "region":
        return answerText(200, this.#iam.options.region);
      case "partition":
        return answerText(200, this.#iam.options.partition);
      case "zone":
        return answerText(200, `${this.#iam.options.region}a`);
      case "role":
        return role === null ? this.failure(404) : answerText(200, role);
      case "credentials":
        return role !== null && asked.path === CREDENTIALS + role
          ? this.#credentials(role, asked)
          : this.failure(404);
      default:
        return this.failure(404);
    }
  }

  #credentials(role: string, asked: Asked): Answer {
    const key = this.#iam.temporary(role, asked);
    return answerJson(
      200,
      {
        Code: "Success",
        LastUpdated: awsTime(asked.now),
        Type: "AWS-HMAC",
        AccessKeyId: key.accessKeyId,
        SecretAccessKey: key.secretAccessKey,
        Token: key.sessionToken,
        Expiration: awsTime(key.expires),
      },
      { "content-type": "text/plain" },
    );
  }
}
