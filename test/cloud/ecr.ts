/**
 * ECR's API, `GetAuthorizationToken` (the ECR API reference, and requests of the SDKs as measured): POST to `/`, the target and
 * content type of JSON 1.1, SigV4 for `ecr` in the endpoint's region, the IAM action, keys of the same partition.
 * Answers a list, `expiresAt` in float seconds 12 h ahead, base64 of `AWS:password`. Errors are JSON with `__type`.
 */

import { type AwsEndpoint, awsEndpoint, registryName } from "./aws-hosts.ts";
import { type Answer, type Asked, answerJson, type Service } from "./exchange.ts";
import type { AwsKey, Iam } from "./iam.ts";
import type { Ledger } from "./ledger.ts";
import { type Verdict, verifySigV4 } from "./sigv4.ts";

const TARGET = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken";
const ACTION = "ecr:GetAuthorizationToken";

interface EcrLogin {
  readonly region: string;
  readonly partition: string;
  readonly expires: number;
}

export class Ecr implements Service {
  readonly name = "ecr";
  readonly #iam: Iam;
  readonly #ledger: Ledger;
  readonly #logins = new Map<string, EcrLogin>();

  constructor(iam: Iam, ledger: Ledger) {
    this.#iam = iam;
    this.#ledger = ledger;
  }

  step(asked: Asked): string {
    return getStep(asked, TARGET);
  }

  answer(asked: Asked): Answer {
    const endpoint = awsEndpoint(asked.host);
    if (endpoint === undefined) return amzError(400, "UnknownOperationException", "");
    const checked = checkCall(
      asked,
      TARGET,
      { region: endpoint.region, service: "ecr" },
      this.#iam,
      endpoint.partition,
    );
    if ("answer" in checked) return checked.answer;
    if (!this.#iam.may(checked.key, ACTION)) return accessDenied(this.#iam, checked.key, ACTION);
    return this.#login(asked, endpoint);
  }

  failure(status: number): Answer {
    return status >= 500
      ? amzError(status, "ServerException", "Internal failure")
      : amzError(status, "ThrottlingException", "Rate exceeded");
  }

  /** Whether a registry of this region takes this password. */
  accepts(password: string, region: string, partition: string): boolean {
    const login = this.#logins.get(password);
    return (
      login !== undefined &&
      login.region === region &&
      login.partition === partition &&
      login.expires > Date.now()
    );
  }

  #login(asked: Asked, endpoint: AwsEndpoint): Answer {
    const password = this.#ledger.secret("ecr-password", 64);
    const expires =
      asked.tokenFault === "expired" ? asked.now - 60_000 : asked.now + this.#iam.options.loginLife;
    const region = asked.tokenFault === "swapped" ? "elsewhere-1" : endpoint.region;
    this.#logins.set(password, { region, partition: endpoint.partition, expires });
    const authorizationToken = this.#ledger.keep(Buffer.from(`AWS:${password}`).toString("base64"));
    const proxyEndpoint = `https://${registryName(this.#iam.options.account, endpoint)}`;
    return amzJson(200, {
      authorizationData: [{ authorizationToken, expiresAt: expires / 1000, proxyEndpoint }],
    });
  }
}

export const getStep = (asked: Asked, target: string): string =>
  asked.headers["x-amz-target"] === target ? "GetAuthorizationToken" : "other";

/** The checks that ECR and ECR Public apply to every call: target, headers, signature. */
export function checkCall(
  asked: Asked,
  target: string,
  scope: { readonly region: string; readonly service: string },
  iam: Iam,
  partition: string,
): { readonly key: AwsKey } | { readonly answer: Answer } {
  const verdict = verifyCall(asked, target, scope, iam);
  if ("answer" in verdict) return verdict;
  if ("refusal" in verdict) return { answer: amzError(400, verdict.refusal.code, verdict.refusal.message) };
  if (verdict.key.partition === partition) return verdict;
  return {
    answer: amzError(
      400,
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    ),
  };
}

function verifyCall(
  asked: Asked,
  target: string,
  scope: { readonly region: string; readonly service: string },
  iam: Iam,
): Verdict | { readonly answer: Answer } {
  const right =
    asked.method === "POST" &&
    asked.path === "/" &&
    asked.headers["content-type"] === "application/x-amz-json-1.1";
  if (!right || asked.headers["x-amz-target"] !== target)
    return { answer: amzError(400, "UnknownOperationException", "") };
  if (!isJsonObject(asked.body))
    return {
      answer: amzError(400, "SerializationException", "Start of structure or map found where not expected"),
    };
  return verifySigV4(asked, scope, (id) => iam.key(id));
}

function isJsonObject(body: string): boolean {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

let requests = 0;

export function amzJson(status: number, value: unknown): Answer {
  requests += 1;
  const id = `00000000-0000-4000-8000-${String(requests).padStart(12, "0")}`;
  return answerJson(status, value, { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": id });
}

export const amzError = (status: number, type: string, message: string): Answer =>
  amzJson(status, message === "" ? { __type: type } : { __type: type, message });

/** The only error that spells the field `Message`. */
export function accessDenied(iam: Iam, key: AwsKey, action: string): Answer {
  return amzJson(400, {
    __type: "AccessDeniedException",
    Message: `User: ${iam.assumed(key)} is not authorized to perform: ${action} on resource: * because no identity-based policy allows the ${action} action`,
  });
}
