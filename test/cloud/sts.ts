/**
 * AWS STS (its API reference): the query protocol in a form body, XML responses. `AssumeRoleWithWebIdentity` needs no
 * signature but a valid token of an issuer for which the role's account has a provider, with one of that provider's
 * client ids, and a subject that the role trusts. `AssumeRole`, `GetCallerIdentity` and `GetWebIdentityToken` (sts-
 * outbound.ts) are signed for `sts` in the endpoint's region (us-east-1 for the global host). Error names are those of
 * the query protocol, which differ from ECR's.
 */
import { type AwsEndpoint, awsEndpoint } from "./aws-hosts.ts";
import type { Answer, Asked, Service } from "./exchange.ts";
import { type AwsKey, awsTime, type Iam } from "./iam.ts";
import { readAudiences, readClaim } from "./jwt.ts";
import type { Ledger } from "./ledger.ts";
import type { Oidc } from "./oidc.ts";
import { verifySigV4 } from "./sigv4.ts";
import { StsOutbound } from "./sts-outbound.ts";
import { checkSession, checkWebIdentity } from "./sts-session.ts";
import { stsError, stsResult, type Tree } from "./xml.ts";

const VERSION = "2011-06-15";

export class Sts implements Service {
  readonly name = "sts";
  readonly #iam: Iam;
  readonly #oidc: Oidc;
  readonly #outbound: StsOutbound;

  constructor(iam: Iam, oidc: Oidc, ledger: Ledger) {
    this.#iam = iam;
    this.#oidc = oidc;
    this.#outbound = new StsOutbound(iam, oidc, ledger);
  }

  step(asked: Asked): string {
    return parameters(asked).get("Action") ?? "other";
  }

  answer(asked: Asked): Answer {
    const form = parameters(asked);
    const endpoint = awsEndpoint(asked.host);
    if (asked.path !== "/" || endpoint === undefined) return this.failure(404);
    if (form.get("Version") !== VERSION)
      return stsError(400, "NoSuchVersion", "The requested version is not valid.");
    if (form.get("Action") === "AssumeRoleWithWebIdentity")
      return this.#webIdentity(asked, form, endpoint.partition);
    const verdict = verifySigV4(asked, { region: endpoint.region, service: "sts" }, (id) =>
      this.#iam.key(id),
    );
    if ("refusal" in verdict) return queryError(verdict.refusal.code, verdict.refusal.message);
    if (verdict.key.partition !== endpoint.partition)
      return queryError("UnrecognizedClientException", INVALID_TOKEN);
    return this.#signed(asked, form, verdict.key, endpoint);
  }

  failure(status: number): Answer {
    if (status >= 500)
      return stsError(status, "InternalFailure", "We encountered an internal error. Please try again.");
    return stsError(status, status === 403 ? "AccessDenied" : "Throttling", "Rate exceeded");
  }

  #signed(asked: Asked, form: URLSearchParams, caller: AwsKey, endpoint: AwsEndpoint): Answer {
    switch (form.get("Action")) {
      case "AssumeRole":
        return this.#assumeRole(asked, form, caller);
      case "GetCallerIdentity":
        return stsResult("GetCallerIdentity", {
          Arn: this.#iam.assumed(caller),
          UserId: "AROA:fake",
          Account: this.#iam.account(caller.role),
        });
      case "GetWebIdentityToken":
        return this.#outbound.answer(asked, form, caller, endpoint);
      default:
        return stsError(
          400,
          "InvalidAction",
          `Could not find operation ${form.get("Action")} for version ${VERSION}`,
        );
    }
  }

  #webIdentity(asked: Asked, form: URLSearchParams, partition: string): Answer {
    const wrong = checkSession(form, partition);
    if (wrong !== undefined) return wrong;
    const trusted = checkWebIdentity(asked, form, this.#iam, this.#oidc);
    if ("refusal" in trusted) return trusted.refusal;
    const { role, token } = trusted;
    return this.#session("AssumeRoleWithWebIdentity", asked, form, role, {
      SubjectFromWebIdentityToken: readClaim(token, "sub"),
      Provider: readClaim(token, "iss"),
      Audience: readAudiences(token)[0] ?? "",
    });
  }

  #assumeRole(asked: Asked, form: URLSearchParams, caller: AwsKey): Answer {
    const wrong = checkSession(form, caller.partition, caller);
    if (wrong !== undefined) return wrong;
    const arn = form.get("RoleArn") ?? "";
    const name = this.#iam.named(arn);
    const role = name === undefined ? undefined : this.#iam.role(name);
    const idFits = role?.externalId === undefined || role.externalId === form.get("ExternalId");
    if (name === undefined || !role?.trustedRoles?.includes(caller.role) || !idFits) {
      const who = this.#iam.assumed(caller);
      return stsError(
        403,
        "AccessDenied",
        `User: ${who} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
      );
    }
    return this.#session("AssumeRole", asked, form, name, {});
  }

  #session(action: string, asked: Asked, form: URLSearchParams, role: string, extra: Tree): Answer {
    const life = Number(form.get("DurationSeconds") ?? 3600) * 1000;
    const session = form.get("RoleSessionName") ?? "";
    const key = this.#iam.temporary(role, asked, life, session);
    const arn = this.#iam.assumed({ role, session });
    this.#iam.sessions.push(arn);
    return stsResult(action, {
      ...extra,
      AssumedRoleUser: { Arn: arn, AssumedRoleId: `AROA${role}:${session}` },
      Credentials: {
        AccessKeyId: key.accessKeyId,
        SecretAccessKey: key.secretAccessKey,
        SessionToken: key.sessionToken ?? "",
        Expiration: awsTime(key.expires),
      },
    });
  }
}

const INVALID_TOKEN = "The security token included in the request is invalid.";

const parameters = (asked: Asked): URLSearchParams =>
  asked.method === "POST" && asked.body !== "" ? new URLSearchParams(asked.body) : asked.query;

const QUERY_NAMES: Readonly<Record<string, readonly [number, string]>> = {
  MissingAuthenticationTokenException: [403, "MissingAuthenticationToken"],
  IncompleteSignatureException: [400, "IncompleteSignature"],
  UnrecognizedClientException: [403, "InvalidClientTokenId"],
  InvalidSignatureException: [403, "SignatureDoesNotMatch"],
  ExpiredTokenException: [403, "ExpiredToken"],
};

function queryError(code: string, message: string): Answer {
  const [status, name] = QUERY_NAMES[code] ?? [400, code];
  return stsError(status, name, message);
}
