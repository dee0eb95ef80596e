/**
 * `GetWebIdentityToken` of AWS STS (its API reference; IAM User Guide, "Federating AWS identities to external services"):
 * only on regional endpoints, only if the account enables it and IAM allows it, and never beyond the caller's session.
 * The token's subject is the caller's role; its issuer is the account's own. AWS does not publish the maximum size. STS
 * can sign with ES384, which this fake refuses: Entra accepts only RS256.
 */
import type { AwsEndpoint } from "./aws-hosts.ts";
import type { Answer, Asked } from "./exchange.ts";
import { type AwsKey, awsTime, type Iam } from "./iam.ts";
import { Signer } from "./jwt.ts";
import type { Ledger } from "./ledger.ts";
import type { Oidc } from "./oidc.ts";
import { invalid } from "./sts-session.ts";
import { stsError, stsResult } from "./xml.ts";

/** One issuer per account. */
export const OUTBOUND_ISSUER = "https://fake.tokens.sts.global.api.aws";
/** The maximum number of characters of all tags together. */
const TAGS_LIMIT = 4096;

export class StsOutbound {
  readonly #iam: Iam;
  readonly #ledger: Ledger;
  readonly #signer = new Signer("aws-outbound-1");

  constructor(iam: Iam, oidc: Oidc, ledger: Ledger) {
    this.#iam = iam;
    this.#ledger = ledger;
    oidc.trust(OUTBOUND_ISSUER, () => this.#signer.publicKey);
  }

  answer(asked: Asked, form: URLSearchParams, caller: AwsKey, endpoint: AwsEndpoint): Answer {
    if (endpoint.global)
      return stsError(400, "InvalidAction", "GetWebIdentityToken is not supported on the global endpoint");
    if (!this.#iam.may(caller, "sts:GetWebIdentityToken"))
      return stsError(403, "AccessDenied", "not authorized to perform: sts:GetWebIdentityToken");
    const aud = [...form].filter(([name]) => name.startsWith("Audience.member.")).map(([, value]) => value);
    const life = Number(form.get("DurationSeconds") ?? 300);
    if (aud.length < 1 || aud.length > 10 || form.get("SigningAlgorithm") !== "RS256") return invalid();
    if (!(life >= 60 && life <= 3600)) return invalid();
    return this.#refusal(asked, life, caller) ?? this.#sign(asked, aud, life, caller.role);
  }

  #refusal(asked: Asked, life: number, caller: AwsKey): Answer | undefined {
    if (!this.#iam.options.outboundFederation)
      return stsError(
        403,
        "OutboundWebIdentityFederationDisabledException",
        "Outbound web identity federation is not enabled for this account",
      );
    if (asked.now + life * 1000 > caller.expires)
      return stsError(
        403,
        "SessionDurationEscalationException",
        "The requested token duration would extend the session beyond its original expiration time",
      );
    const tags = JSON.stringify(this.#iam.role(caller.role)?.tags ?? {});
    if (tags.length <= TAGS_LIMIT) return undefined;
    return stsError(400, "JWTPayloadSizeExceededException", "The requested token payload size is too large");
  }

  #sign(asked: Asked, aud: readonly string[], life: number, role: string): Answer {
    const iat = Math.floor(asked.now / 1000);
    const exp = asked.tokenFault === "expired" ? iat - 60 : iat + life;
    const sub = this.#iam.arn(asked.tokenFault === "swapped" ? "swapped" : role);
    const jti = this.#ledger.digits(16);
    const token = this.#signer.sign({ aud, sub, iss: OUTBOUND_ISSUER, iat, exp, jti });
    const result = { WebIdentityToken: this.#ledger.keepJwt(token), Expiration: awsTime(exp * 1000) };
    return stsResult("GetWebIdentityToken", result);
  }
}
