/**
 * AWS STS (its API reference): the query protocol in a form body, XML answers. `AssumeRoleWithWebIdentity` takes no signature but a
 * token of a known issuer, for `sts.amazonaws.com`, in force, whose subject the role trusts. `AssumeRole`, `GetCallerIdentity` and
 * `GetWebIdentityToken` are signed for `sts` in the endpoint's region (us-east-1 for the global host); the last is refused
 * on the global host. Error names are those of the query protocol, which differ from ECR's.
 */
import { type AwsEndpoint, awsEndpoint } from "./aws-hosts.ts";
import type { Answer, Asked, Service } from "./exchange.ts";
import { type AwsKey, awsTime, type Iam } from "./iam.ts";
import { audiences, claim, numericClaim, Signer } from "./jwt.ts";
import type { Ledger } from "./ledger.ts";
import { expired, type Oidc } from "./oidc.ts";
import { verifySigV4 } from "./sigv4.ts";
import { stsError, stsResult, type Tree } from "./xml.ts";

const VERSION = "2011-06-15";
const AUDIENCE = "sts.amazonaws.com";
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
    const jwt = this.#oidc.check(form.get("WebIdentityToken") ?? "");
    if (jwt === undefined)
      return stsError(
        400,
        "InvalidIdentityToken",
        "No OpenIDConnect provider found in your account for this token, or its signature is not valid",
      );
    if (!audiences(jwt).includes(AUDIENCE))
      return stsError(400, "InvalidIdentityToken", "Incorrect token audience");
    if (expired(jwt, asked.now))
      return stsError(
        400,
        "ExpiredTokenException",
        `Token expired: current date/time ${Math.floor(asked.now / 1000)} must be before the expiration date/time ${numericClaim(jwt, "exp")}`,
      );
    const role = this.#iam.named(form.get("RoleArn") ?? "");
    const trusted = role && this.#iam.role(role)?.trustedTokens;
    if (
      !role ||
      !trusted ||
      trusted.issuer !== claim(jwt, "iss") ||
      !trusted.subjects.includes(claim(jwt, "sub"))
    ) {
      return stsError(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
    }
    const subject = {
      SubjectFromWebIdentityToken: claim(jwt, "sub"),
      Audience: AUDIENCE,
      Provider: claim(jwt, "iss"),
    };
    return this.#session("AssumeRoleWithWebIdentity", asked, form, role, subject);
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
    if (!this.#iam.may(caller, "sts:GetWebIdentityToken"))
      return stsError(403, "AccessDenied", "not authorized to perform: sts:GetWebIdentityToken");
    const audience = [...form]
      .filter(([name]) => name.startsWith("Audience.member."))
      .map(([, value]) => value);
    const life = Number(form.get("DurationSeconds") ?? 300);
    const bad =
      audience.length < 1 ||
      audience.length > 10 ||
      form.get("SigningAlgorithm") !== "RS256" ||
      !(life >= 60 && life <= 3600);
    if (bad) return stsError(400, "ValidationError", "1 validation error detected");
    const now = Math.floor(asked.now / 1000);
    const exp = asked.bend === "expired" ? now - 60 : now + life;
    const sub = this.#iam.arn(asked.bend === "swapped" ? "swapped" : caller.role);
    const token = this.#outbound.sign({
      aud: audience,
      sub,
      iss: OUTBOUND_ISSUER,
      iat: now,
      exp,
      jti: this.#ledger.digits(16),
    });
    return stsResult("GetWebIdentityToken", {
      WebIdentityToken: this.#ledger.keepJwt(token),
      Expiration: awsTime(exp * 1000),
    });
  }

  #assumed(role: string, session: string): string {
    return `${this.#iam.arn(role).replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/${session}`;
  }
}

const INVALID_TOKEN = "The security token included in the request is invalid.";

const parameters = (asked: Asked): URLSearchParams =>
  asked.method === "POST" ? new URLSearchParams(asked.body) : asked.query;

function checkSession(form: URLSearchParams): Answer | undefined {
  const life = Number(form.get("DurationSeconds") ?? 3600);
  const arn = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(form.get("RoleArn") ?? "");
  const name = /^[\w+=,.@-]{2,64}$/.test(form.get("RoleSessionName") ?? "");
  if (arn && name && life >= 900 && life <= 43_200) return undefined;
  return stsError(
    400,
    "ValidationError",
    "1 validation error detected: a value failed to satisfy constraint",
  );
}

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
