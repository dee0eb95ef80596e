/**
 * Workload identity pools ("Workload Identity Federation", its REST reference and AIP-4117): the issuers that each
 * trusts, and the principal that a subject token maps to. Providers of type OIDC and AWS, and GKE's own pool, which
 * trusts the project's clusters.
 */
import { readField, readTextField } from "./client.ts";
import type { Asked } from "./exchange.ts";
import { type Jwt, readAudiences, readClaim } from "./jwt.ts";
import { isExpired, type Oidc } from "./oidc.ts";
import type { AwsProvider, GoogleOptions, OidcProvider } from "./options.ts";
import type { Sts } from "./sts.ts";

const RESOURCE = "//iam.googleapis.com/";
const JWT_TYPES = ["urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"];
const AWS_TYPE = "urn:ietf:params:aws:token-type:aws4_request";
/** The maximum length of `google.subject`, in bytes. */
const LONGEST_SUBJECT = 127;

export interface OAuthError {
  readonly error: string;
  readonly why: string;
}

/** The principal of the subject token; `exp` in seconds, if the token has one. */
export interface Principal {
  readonly name: string;
  readonly exp: number | undefined;
}

export class GooglePools {
  readonly #options: GoogleOptions;
  readonly #oidc: Oidc;
  readonly #sts: Sts;

  constructor(options: GoogleOptions, oidc: Oidc, sts: Sts) {
    this.#options = options;
    this.#oidc = oidc;
    this.#sts = sts;
  }

  exchange(asked: Asked, form: URLSearchParams): Principal | OAuthError {
    const audience = form.get("audience") ?? "";
    const type = form.get("subject_token_type") ?? "";
    const token = form.get("subject_token") ?? "";
    const issuer = this.#clusterOf(audience);
    if (issuer !== undefined) return this.#gke(token, type, issuer, asked.now);
    if (!AUDIENCE.test(audience)) return { error: "invalid_request", why: INVALID_AUDIENCE };
    const name = audience.slice(RESOURCE.length);
    const provider = this.#options.providers[name];
    if (provider === undefined) return { error: "invalid_target", why: INVALID_TARGET };
    if ("awsAccount" in provider) return this.#aws(asked, token, type, name, provider);
    return this.#provided(token, type, name, provider, asked.now);
  }

  /** The issuer of the pool's cluster, which is the cluster's own URL. */
  #clusterOf(audience: string): string | undefined {
    const { projectId, clusters } = this.#options;
    return clusters.find((url) => audience === `identitynamespace:${projectId}.svc.id.goog:${url}`);
  }

  #provided(
    token: string,
    type: string,
    name: string,
    provider: OidcProvider,
    now: number,
  ): Principal | OAuthError {
    const wanted = provider.audiences ?? [`${RESOURCE}${name}`, `https:${RESOURCE}${name}`];
    const jwt = this.#checked(token, type, provider.issuer, wanted, now);
    return "error" in jwt ? jwt : mapSubject(name, readClaim(jwt, "sub"), provider, jwt);
  }

  #gke(token: string, type: string, issuer: string, now: number): Principal | OAuthError {
    const { projectId, projectNumber } = this.#options;
    const jwt = this.#checked(token, type, issuer, [`${projectId}.svc.id.goog`], now);
    if ("error" in jwt) return jwt;
    const pool = `projects/${projectNumber}/locations/global/workloadIdentityPools/${projectId}.svc.id.goog`;
    const [, , namespace, account] = readClaim(jwt, "sub").split(":");
    return mapSubject(pool, `ns/${namespace}/sa/${account}`, {}, jwt);
  }

  #checked(
    token: string,
    type: string,
    issuer: string,
    wanted: readonly string[],
    now: number,
  ): Jwt | OAuthError {
    if (!JWT_TYPES.includes(type)) return { error: "invalid_request", why: "Invalid subject_token_type" };
    const jwt = this.#oidc.check(token);
    if (jwt === undefined)
      return answerInvalidGrant("Unable to parse the ID Token, or its signature is not valid.");
    if (readClaim(jwt, "iss") !== issuer)
      return answerInvalidGrant(
        `The issuer in ID Token ${readClaim(jwt, "iss")} does not match the expected one: ${issuer}.`,
      );
    if (!readAudiences(jwt).some((one) => wanted.includes(one)))
      return answerInvalidGrant(
        `The audience in ID Token [${readAudiences(jwt)}] does not match the expected audience ${wanted[0]}.`,
      );
    return isExpired(jwt, now) ? answerInvalidGrant("The ID Token is stale to sign-in.") : jwt;
  }

  /** Google sends the signed request to AWS and trusts the response. */
  #aws(
    asked: Asked,
    token: string,
    type: string,
    name: string,
    provider: AwsProvider,
  ): Principal | OAuthError {
    if (type !== AWS_TYPE) return { error: "invalid_request", why: "Invalid subject_token_type" };
    const request = parseSignedRequest(token, asked);
    if (request?.headers["x-goog-cloud-target-resource"] !== `${RESOURCE}${name}`)
      return answerInvalidGrant("Invalid subject token: not a signed request for this target resource.");
    const { status, body } = this.#sts.answer(request);
    if (status !== 200) return answerInvalidGrant("Received invalid AWS response.");
    const [, account] = /<Account>(\d{12})<\/Account>/.exec(body) ?? [];
    const [, arn = ""] = /<Arn>([^<]+)<\/Arn>/.exec(body) ?? [];
    if (account !== provider.awsAccount) return answerInvalidGrant("The AWS account is not the provider's.");
    return mapSubject(name, arn, provider, undefined);
  }
}

/** Finds a provider by its full name, or GKE's own pool. The host is googleapis.com in partner universes too (google-github-actions/auth#521). */
const AUDIENCE =
  /^(\/\/iam\.googleapis\.com\/projects\/\d+\/locations\/global\/workloadIdentityPools\/[^/]+\/providers\/[^/]+|identitynamespace:.+)$/;
const INVALID_AUDIENCE =
  'Invalid value for "audience". This value should be the full resource name of the Identity Provider. See https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token for the list of possible formats.';
const INVALID_TARGET =
  'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.';

const answerInvalidGrant = (why: string): OAuthError => ({ error: "invalid_grant", why });

/** Returns `google.subject` if the provider's condition and the length limit allow it. */
function mapSubject(
  name: string,
  subject: string,
  { subjects }: { readonly subjects?: readonly string[] },
  jwt: Jwt | undefined,
): Principal | OAuthError {
  if (Buffer.byteLength(subject) > LONGEST_SUBJECT)
    return {
      error: "invalid_request",
      why: "The size of mapped attribute google.subject exceeds the 127 bytes limit.",
    };
  if (subjects !== undefined && !subjects.includes(subject))
    return {
      error: "unauthorized_client",
      why: "The given credential is rejected by the attribute condition.",
    };
  const exp = jwt?.claims["exp"];
  const pool = name.replace(/\/providers\/.*/, "");
  return {
    name: `principal:${RESOURCE}${pool}/subject/${subject}`,
    exp: typeof exp === "number" ? exp : undefined,
  };
}

/**
 * Parses a signed request for GetCallerIdentity (AIP-4117, "Determining the subject token in AWS"): JSON, escaped as in a URL or a
 * form. Go's `externalaccount` writes spaces as `+`.
 */
function parseSignedRequest(token: string, { now, tokenFault }: Asked): Asked | undefined {
  try {
    const json = decodeURIComponent(token.replaceAll("+", " "));
    const method = readTextField(json, "method");
    const { protocol, hostname, pathname, searchParams } = new URL(readTextField(json, "url"));
    if (protocol !== "https:" || !AWS_STS.test(hostname) || method !== "POST") return undefined;
    if (searchParams.get("Action") !== "GetCallerIdentity") return undefined;
    const sent = readHeaders(json);
    if (sent["host"] !== hostname) return undefined;
    return {
      host: hostname,
      method,
      path: pathname,
      query: searchParams,
      headers: sent,
      body: "",
      now,
      tokenFault,
    };
  } catch {
    return undefined;
  }
}

function readHeaders(json: string): Readonly<Record<string, string>> {
  const list = readField(json, "headers");
  const pairs = (Array.isArray(list) ? list : []).map((_, index) => [
    readTextField(json, "headers", index, "key").toLowerCase(),
    readTextField(json, "headers", index, "value"),
  ]);
  return Object.fromEntries(pairs);
}

const AWS_STS = /^sts(\.[a-z]{2,}(-[a-z]+)+-\d)?\.amazonaws\.com(\.cn)?$/;
