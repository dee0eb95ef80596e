/**
 * ECR Public's API, `GetAuthorizationToken` (the ECR Public API reference): its own target, SigV4 for `ecr-public`, only in us-east-1
 * (UnsupportedCommandException elsewhere), keys of partition `aws` only, and two permissions: the call's own and
 * `sts:GetServiceBearerToken`. Answers one object, not a list, without an endpoint.
 */
import { awsEndpoint } from "./aws-hosts.ts";
import { accessDenied, amzError, amzJson, checkCall, getStep } from "./ecr.ts";
import type { Answer, Asked, Service } from "./exchange.ts";
import type { Iam } from "./iam.ts";
import type { Ledger } from "./ledger.ts";

const TARGET = "SpencerFrontendService.GetAuthorizationToken";
const ACTIONS = ["ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken"];

export class EcrPublic implements Service {
  readonly name = "ecr-public";
  readonly #iam: Iam;
  readonly #ledger: Ledger;
  readonly #logins = new Map<string, number>();

  constructor(iam: Iam, ledger: Ledger) {
    this.#iam = iam;
    this.#ledger = ledger;
  }

  step(asked: Asked): string {
    return getStep(asked, TARGET);
  }

  answer(asked: Asked): Answer {
    const region = awsEndpoint(asked.host)?.region ?? "us-east-1";
    const checked = checkCall(asked, TARGET, { region, service: "ecr-public" }, this.#iam, "aws");
    if ("answer" in checked) return checked.answer;
    if (region !== "us-east-1") {
      return amzError(
        400,
        "UnsupportedCommandException",
        "GetAuthorizationToken command is only supported in us-east-1.",
      );
    }
    const denied = ACTIONS.find((action) => !this.#iam.may(checked.key, action));
    return denied === undefined ? this.#login(asked) : accessDenied(this.#iam, checked.key, denied);
  }

  failure(status: number): Answer {
    return status >= 500
      ? amzError(status, "ServerException", "Internal failure")
      : amzError(status, "ThrottlingException", "Rate exceeded");
  }

  accepts(password: string): boolean {
    const expires = this.#logins.get(password);
    return expires !== undefined && expires > Date.now();
  }

  #login(asked: Asked): Answer {
    const password = this.#ledger.secret("ecr-public-password", 64);
    const expires =
      asked.tokenFault === "expired" ? asked.now - 60_000 : asked.now + this.#iam.options.loginLife;
    if (asked.tokenFault !== "swapped") this.#logins.set(password, expires);
    const authorizationToken = this.#ledger.keep(Buffer.from(`AWS:${password}`).toString("base64"));
    return amzJson(200, { authorizationData: { authorizationToken, expiresAt: expires / 1000 } });
  }
}
