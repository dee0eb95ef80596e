/**
 * AWS STS (its API reference): the query protocol in a form body, XML answers. `AssumeRoleWithWebIdentity` takes no signature but a
 * token of a known issuer, for `sts.amazonaws.com`, in force, whose subject the role trusts. `AssumeRole`, `GetCallerIdentity` and
 * `GetWebIdentityToken` are signed for `sts` in the endpoint's region (us-east-1 for the global host); the last is refused
 * on the global host. Error names are those of the query protocol, which differ from ECR's.
 */
import { type AwsEndpoint, awsEndpoint } from "./aws-hosts.ts";
import type { Answer, Asked, Service } from "./exchange.ts";
import { type AwsKey, awsTime, type Iam } from "./iam.ts";
import { claim, Signer } from "./jwt.ts";
import type { Ledger } from "./ledger.ts";
import type { Oidc } from "./oidc.ts";
import { verifySigV4 } from "./sigv4.ts";
import { AUDIENCE, checkSession, checkWebIdentity, invalid } from "./sts-session.ts";
import { stsError, stsResult, type Tree } from "./xml.ts";

const VERSION = "2011-06-15";
/** Issuer of `GetWebIdentityToken`; one per account. */
export const OUTBOUND_ISSUER = "https://fake.tokens.sts.global.api.aws";

export class Sts implements Service {
  readonly name = "sts";
  readonly #iam: Iam;
  readonly #oidc: Oidc;
  readonly #ledger: Ledger;
  readonly #outbound = new Signer("aws-outbound-1");

  constructor(iam: Iam, oidc: Oidc, ledger: Ledger) {
    this.#iam = iam;
    this.#oidc = oidc;
    this.#ledger = ledger;
    oidc.trust(OUTBOUND_ISSUER, () => this.#outbound.publicKey);
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
    if (form.get("Action") === "AssumeRoleWithWebIdentity") return this.#webIdentity(asked, form);
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
          Arn: this.#assumed(caller.role, "i-0123456789"),
          UserId: "AROA:fake",
          Account: this.#iam.options.account,
        });
      case "GetWebIdentityToken":
        return this.#outboundToken(asked, form, caller, endpoint);
      default:
        return stsError(
          400,
          "InvalidAction",
          `Could not find operation ${form.get("Action")} for version ${VERSION}`,
        );
    }
  }

  #webIdentity(asked: Asked, form: URLSearchParams): Answer {
    const wrong = checkSession(form);
    if (wrong !== undefined) return wrong;
    const trusted = checkWebIdentity(asked, form, this.#iam, this.#oidc);
    if ("refusal" in trusted) return trusted.refusal;
    const { role, token } = trusted;
    const subject = { SubjectFromWebIdentityToken: claim(token, "sub"), Provider: claim(token, "iss") };
    return this.#session("AssumeRoleWithWebIdentity", asked, form, role, { ...subject, Audience: AUDIENCE });
  }

  #assumeRole(asked: Asked, form: URLSearchParams, caller: AwsKey): Answer {
    const wrong = checkSession(form);
    if (wrong !== undefined) return wrong;
    const arn = form.get("RoleArn") ?? "";
    const name = this.#iam.named(arn);
    const role = name === undefined ? undefined : this.#iam.role(name);
    const idFits = role?.externalId === undefined || role.externalId === form.get("ExternalId");
    if (name === undefined || !role?.trustedRoles?.includes(caller.role) || !idFits) {
      const who = this.#assumed(caller.role, "i-0123456789");
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
    const key = this.#iam.temporary(role, asked, life);
    const session = form.get("RoleSessionName") ?? "";
    return stsResult(action, {
      ...extra,
      AssumedRoleUser: { Arn: this.#assumed(role, session), AssumedRoleId: `AROA${role}:${session}` },
      Credentials: {
        AccessKeyId: key.accessKeyId,
        SecretAccessKey: key.secretAccessKey,
        SessionToken: key.sessionToken ?? "",
        Expiration: awsTime(key.expires),
      },
    });
  }

  #outboundToken(asked: Asked, form: URLSearchParams, caller: AwsKey, endpoint: AwsEndpoint): Answer {
    if (endpoint.global)
      return stsError(400, "InvalidAction", "GetWebIdentityToken is not supported on the global endpoint");
    if (!this.#iam.may(caller, "sts:GetWebIdentityToken")) {
      return stsError(403, "AccessDenied", "not authorized to perform: sts:GetWebIdentityToken");
    }
    const aud = [...form].filter(([name]) => name.startsWith("Audience.member.")).map(([, value]) => value);
    const life = Number(form.get("DurationSeconds") ?? 300);
    const lifeFits = life >= 60 && life <= 3600;
    if (aud.length < 1 || aud.length > 10 || form.get("SigningAlgorithm") !== "RS256" || !lifeFits)
      return invalid();
    return this.#signOutbound(asked, aud, life, caller.role);
  }

  #signOutbound(asked: Asked, aud: readonly string[], life: number, role: string): Answer {
    const iat = Math.floor(asked.now / 1000);
    const exp = asked.bend === "expired" ? iat - 60 : iat + life;
    const sub = this.#iam.arn(asked.bend === "swapped" ? "swapped" : role);
    const token = this.#outbound.sign({
      aud,
      sub,
      iss: OUTBOUND_ISSUER,
      iat,
      exp,
      jti: this.#ledger.digits(16),
    });
    const result = { WebIdentityToken: this.#ledger.keepJwt(token), Expiration: awsTime(exp * 1000) };
    return stsResult("GetWebIdentityToken", result);
  }

  #assumed(role: string, session: string): string {
    return `${this.#iam.arn(role).replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/${session}`;
  }
}

const INVALID_TOKEN = "The security token included in the request is invalid.";

const parameters = (asked: Asked): URLSearchParams =>
  asked.method === "POST" ? new URLSearchParams(asked.body) : asked.query;

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
