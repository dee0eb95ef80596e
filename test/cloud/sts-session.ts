/** STS's checks of a new session and of the token that starts it. */
import type { Answer, Asked } from "./exchange.ts";
import { type AwsKey, type Iam, STS_AUDIENCE } from "./iam.ts";
import { type Jwt, readAudiences, readClaim, readNumericClaim } from "./jwt.ts";
import { isExpired, type Oidc } from "./oidc.ts";
import { stsError } from "./xml.ts";

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;

/** Seconds: the longest session, and the longest that one role's keys begin ("IAM roles", "Role chaining"). */
const LONGEST = 43_200;
const LONGEST_CHAINED = 3600;

export const invalid = (): Answer =>
  rejected("1 validation error detected: a value failed to satisfy constraint");

const rejected = (why: string): Answer => stsError(400, "ValidationError", why);

/** The parameters of every session. `by` is the signer; a partition does not know the roles of another. */
export function checkSession(form: URLSearchParams, partition: string, by?: AwsKey): Answer | undefined {
  const life = Number(form.get("DurationSeconds") ?? 3600);
  const arn = form.get("RoleArn") ?? "";
  if (!SESSION_NAME.test(form.get("RoleSessionName") ?? "") || !(life >= 900 && life <= LONGEST))
    return invalid();
  if (!ROLE_ARN.test(arn) || arn.split(":")[1] !== partition) return rejected("Request ARN is invalid");
  const isChained = by?.sessionToken !== undefined && life > LONGEST_CHAINED;
  return isChained ? rejected(CHAINED) : undefined;
}

const CHAINED =
  "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";

type Trusted = { readonly role: string; readonly token: Jwt } | { readonly refusal: Answer };

export function checkWebIdentity(asked: Asked, form: URLSearchParams, iam: Iam, oidc: Oidc): Trusted {
  const token = oidc.check(form.get("WebIdentityToken") ?? "");
  if (token === undefined) return { refusal: unknown() };
  const account = form.get("RoleArn")?.split(":")[4] ?? "";
  const refusal = readClaim(token, "iss").endsWith(OUTBOUND) ? unknown() : checkProvider(token, account, iam);
  if (refusal !== undefined) return { refusal };
  if (isExpired(token, asked.now)) return { refusal: over(token, asked.now) };
  const role = iam.named(form.get("RoleArn") ?? "");
  return role !== undefined && trusts(iam, role, token)
    ? { role, token }
    : { refusal: stsError(403, "AccessDenied", DENIED) };
}

/**
 * The audience of tokens that STS issues for other services. STS itself refuses them (same guide, "Federating AWS
 * identities").
 */
const OUTBOUND = ".tokens.sts.global.api.aws";
const unknown = () => stsError(400, "InvalidIdentityToken", UNKNOWN);

/** Needs no provider in the account: IAM knows it, and looks at the trust policy alone (IAM User Guide, "OIDC federation"). */
const BUILT_IN = "https://accounts.google.com";

function checkProvider(token: Jwt, account: string, iam: Iam): Answer | undefined {
  const issuer = readClaim(token, "iss");
  if (issuer === BUILT_IN) return undefined;
  const clientIds = iam.clientIds(account, issuer);
  if (clientIds === undefined) return stsError(400, "InvalidIdentityToken", UNKNOWN);
  if (readAudiences(token).some((audience) => clientIds.includes(audience))) return undefined;
  return stsError(400, "InvalidIdentityToken", "Incorrect token audience");
}

const UNKNOWN =
  "No OpenIDConnect provider found in your account for this token, or its signature is not valid";
const DENIED = "Not authorized to perform sts:AssumeRoleWithWebIdentity";

function trusts(iam: Iam, role: string, token: Jwt): boolean {
  const trusted = iam.role(role)?.trustedTokens;
  if (trusted?.issuer !== readClaim(token, "iss") || !trusted.subjects.includes(readClaim(token, "sub")))
    return false;
  return readAudiences(token).some((audience) => (trusted.audiences ?? [STS_AUDIENCE]).includes(audience));
}

function over(token: Jwt, now: number): Answer {
  const [current, end] = [Math.floor(now / 1000), readNumericClaim(token, "exp")];
  const why = `Token expired: current date/time ${current} must be before the expiration date/time ${end}`;
  return stsError(400, "ExpiredTokenException", why);
}
