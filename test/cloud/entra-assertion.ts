/** Checks client assertions: JWTs that an application signs with its certificate, and tokens of a federated issuer. */
import { X509Certificate } from "node:crypto";
import { answerAadError } from "./aad-error.ts";
import type { Answer, Asked } from "./exchange.ts";
import { isSignedBy, type Jwt, parseJwt, readAudiences, readClaim, readNumericClaim } from "./jwt.ts";
import type { Oidc } from "./oidc.ts";
import type { AzureApp } from "./options.ts";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const LONGEST = 25 * 3_600_000;

export interface Attempt {
  readonly asked: Asked;
  readonly form: URLSearchParams;
  readonly app: AzureApp;
  readonly tenant: string;
  readonly oidc: Oidc;
}

/** Returns the error in the assertion, or undefined. */
export function checkAssertion(attempt: Attempt): Answer | undefined {
  const { asked, form, app } = attempt;
  const jwt = parseJwt(form.get("client_assertion") ?? "");
  if (form.get("client_assertion_type") !== ASSERTION_TYPE || !form.has("client_assertion")) {
    return refuseAssertion(
      7000218,
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    );
  }
  if (jwt === undefined)
    return answerAadError(400, "invalid_request", 50027, "JWT token is invalid or malformed.");
  const over = readNumericClaim(jwt, "exp") * 1000;
  if (!(over > asked.now))
    return refuseAssertion(700024, "Client assertion is not within its valid time range.");
  if (over > asked.now + LONGEST)
    return answerAadError(400, "invalid_request", 70023, "The assertion's lifetime is too long.");
  return readClaim(jwt, "iss") === app.clientId
    ? checkCertificate(jwt, attempt)
    : checkFederation(jwt, attempt);
}

function checkFederation(jwt: Jwt, { app, form, oidc }: Attempt): Answer | undefined {
  const [issuer, subject, audience] = [readClaim(jwt, "iss"), readClaim(jwt, "sub"), readAudiences(jwt)];
  const byIssuer = (app.federated ?? []).filter((one) => one.issuer === issuer);
  if (byIssuer.length === 0) return refuseWithoutRecord(700211, "issuer", issuer);
  const bySubject = byIssuer.filter((one) => one.subject === subject);
  if (bySubject.length === 0)
    return refuseWithoutRecord(selectSubjectCode(byIssuer, subject), "subject", subject);
  if (!bySubject.some((one) => audience.includes(one.audience)))
    return refuseWithoutRecord(700212, "audience", audience.join());
  const genuine =
    jwt.header["alg"] === "RS256" && oidc.check(form.get("client_assertion") ?? "") !== undefined;
  return genuine ? undefined : refuseAssertion(7000272, `${KEY_UNKNOWN} '${issuer}'.`);
}

const KEY_UNKNOWN =
  "The certificate with identifier used to sign the federated credential could not be found in the metadata of identity provider";

/** Entra has a separate number for a subject that differs only in case (Azure/login#515). */
function selectSubjectCode(byIssuer: readonly { readonly subject: string }[], subject: string): number {
  const isNear = byIssuer.some((one) => one.subject.toLowerCase() === subject.toLowerCase());
  return isNear ? 7002138 : 700213;
}

/** The application signs its own JWT. `x5t` identifies the certificate. */
function checkCertificate(jwt: Jwt, { asked, app, tenant }: Attempt): Answer | undefined {
  const endpoint = `https://${asked.host}/${tenant}/oauth2/v2.0/token`;
  const itself = readClaim(jwt, "sub") === app.clientId && readAudiences(jwt).includes(endpoint);
  if (!itself) return refuseAssertion(700027, "Client assertion audience or subject is not valid.");
  const known = (app.certificates ?? []).find((pem) => isNamedBy(jwt, new X509Certificate(pem)));
  if (known !== undefined && isSignedBy(jwt, known)) return undefined;
  return answerAadError(
    401,
    "invalid_client",
    700027,
    "The certificate with identifier used to sign the client assertion is not registered on application.",
  );
}

function isNamedBy(jwt: Jwt, certificate: X509Certificate): boolean {
  const { header } = jwt;
  return (
    decodeToHex(header["x5t"]) === certificate.fingerprint.replaceAll(":", "") ||
    decodeToHex(header["x5t#S256"]) === certificate.fingerprint256.replaceAll(":", "")
  );
}

/** Accepts base64 in either alphabet, padded or not: MSAL for Python pads, MSAL for Go writes `+` and `/`. */
const decodeToHex = (value: unknown): string =>
  typeof value === "string" ? Buffer.from(value, "base64").toString("hex").toUpperCase() : "";

const refuseAssertion = (code: number, why: string): Answer =>
  answerAadError(401, "invalid_client", code, why);

const refuseWithoutRecord = (code: number, what: string, found: string): Answer =>
  refuseAssertion(
    code,
    `No matching federated identity record found for presented assertion ${what} '${found}'.`,
  );
