import { quoteUntrusted } from "../../errors/error-line.ts";
import type { ProviderError } from "../../errors/provider-error.ts";
import { quoteValue } from "../../errors/show-value.ts";
import { formatServiceAccount, type Pod } from "../../identities/pod.ts";
import type { SubjectTokenSource } from "../../identities/subject-token.ts";

/**
 * Returns the hint for a web identity that STS refused, by the source of its token (IAM User Guide, "Creating a role for OpenID
 * Connect federation"). Undefined leaves the hint of the error code.
 */
export function getTrustPolicyHint(
  subject: SubjectTokenSource,
  { code, facts }: ProviderError,
): string | undefined {
  if (code !== "aws-sts-refused" && code !== "aws-sts-token-rejected") return undefined;
  switch (facts.vendorCode) {
    case "ExpiredTokenException":
      return "the token has expired by STS's clock: check the node's clock and what renews the token";
    case "IDPCommunicationError":
      return "make the issuer's /.well-known/openid-configuration and its keys reachable from the internet, with short response times";
    default:
      return code === "aws-sts-refused" ? refusedHint(subject) : rejectedHint(subject);
  }
}

/** The token is valid, and the role's trust policy does not allow it or the role does not exist: STS does not tell these apart. */
function refusedHint(subject: SubjectTokenSource): string | undefined {
  const start =
    "check that the role exists and that its trust policy allows sts:AssumeRoleWithWebIdentity to";
  switch (subject.kind) {
    case "request":
      return `${start} the OIDC provider of the cluster's issuer, with aud ${formatAudiences(subject.pod)} and sub "system:serviceaccount:${subject.pod.namespace}:${subject.pod.serviceAccount}" if it has conditions on aud and sub`;
    case "google":
      return `${start} accounts.google.com, whose oaud is the token's audience ${quoteValue("audience", subject.audience)}, and whose aud and sub are the service account's unique id`;
    case "azure":
      return `${start} the OIDC provider of the token's issuer, whose aud is ${quoteValue("audience", subject.audience)} and whose sub is the object id of the managed identity`;
    default:
      return undefined;
  }
}

/** The account has no OIDC provider for the token's issuer and audience, or the signature is not from one of the issuer's keys. */
function rejectedHint(subject: SubjectTokenSource): string | undefined {
  switch (subject.kind) {
    case "request":
      return `create an IAM OIDC provider for the cluster's issuer in the role's account, with ${formatAudiences(subject.pod)} among its audiences; if there is one, check that the issuer's published keys are the cluster's (${formatServiceAccount(subject.pod)})`;
    case "azure":
      return `create an IAM OIDC provider for the token's issuer (https://sts.windows.net/TENANT/) in the role's account, with ${quoteValue("audience", subject.audience)} among its audiences`;
    default:
      return undefined;
  }
}

function formatAudiences({ audiences }: Pod): string {
  return audiences.map(quoteUntrusted).join(" or ");
}
