import { ACR_RESOURCE } from "../cloud/azure-directory.ts";
import type { Cloud, RecordedRequest } from "../cloud/cloud.ts";
import { parseJwt, readAudiences, readClaim } from "../cloud/jwt.ts";
import type { Canary } from "../kubelet/canaries.ts";
import type { Contact } from "../kubelet/invariants.ts";

/** The services that may see a secret. The login of the proxy never reaches a service. */
type Audience = (service: string, host: string, secret: string) => boolean;

const AUDIENCES: readonly (readonly [secret: RegExp, audience: Audience])[] = [
  [/-imdsv2-/, (service) => service === "imds"],
  [/-arc-key-/, (service) => service === "azure-arc"],
  // Google's STS forwards the signed request to AWS.
  [/-aws-session-|^A[SK]IA/, (service) => ["ecr", "ecr-public", "sts", "google-sts"].includes(service)],
  [/-entra-secret-/, (service) => service === "entra"],
  [/^eyJ/, (service, host, token) => mayHaveToken(service, host, token)],
  [/^ya29\./, (service) => service === "iamcredentials"],
];

/** The services that exchange tokens of another issuer. */
const EXCHANGES = ["sts", "container", "google-sts", "entra"];

/**
 * An Entra token for registries may go to a registry; another one to the service that exchanges it; a registry's own
 * token to none.
 */
function mayHaveToken(service: string, host: string, token: string): boolean {
  const jwt = parseJwt(token);
  if (jwt === undefined || readClaim(jwt, "iss") === "Azure Container Registry") return false;
  if (readAudiences(jwt).includes(ACR_RESOURCE))
    return service === "acr" && /\.azurecr\.(io|cn|us|sovcloud-azure\.(fr|de)|stack\.example)$/.test(host);
  return EXCHANGES.includes(service);
}

/** The cloud's secrets, by names that reveal nothing. */
export function canariesOf({ canaries }: Cloud): readonly Canary[] {
  return canaries.map((value, index) => ({ name: `secret ${index}`, value }));
}

/** The secrets that a response with this password may contain: the parts of the password. */
export function answeredBy(password: string | undefined, canaries: readonly Canary[]): readonly string[] {
  if (password === undefined) return [];
  const isPart = ({ value }: Canary) => password.includes(value) || password.includes(value.slice(0, 12));
  return canaries.filter(isPart).map(({ name }) => name);
}

/** Returns the host of the TLS handshake; the service for metadata, which has no host name. */
export const placeOf = ({ sni, service }: RecordedRequest): string => sni ?? service;

/**
 * The hosts that were requested since the cloud's `from`th request, and the secrets that they should not have seen.
 */
export function contactsOf(cloud: Cloud, from = 0): readonly Contact[] {
  const canaries = canariesOf(cloud);
  return cloud.requests
    .slice(from)
    .filter(({ service }) => service !== "registry")
    .map((request) => ({ host: placeOf(request), carried: strangersIn(request, canaries) }));
}

function strangersIn(request: RecordedRequest, canaries: readonly Canary[]): readonly string[] {
  const { path, headers, body } = request;
  const seen = [path, ...Object.values(headers), body, ...new URLSearchParams(body).values()].join("\n");
  return canaries
    .filter(({ value }) => seen.includes(value) && !isRightful(plainOf(value, canaries), request))
    .map(({ name }) => name);
}

function isRightful(secret: string, request: RecordedRequest): boolean {
  const meant = AUDIENCES.filter(([shape]) => shape.test(secret));
  return meant.some(([, audience]) => audience(request.service, request.sni ?? "", secret));
}

/** Finds a token by its signature, and decodes base64. */
function plainOf(value: string, canaries: readonly Canary[]): string {
  const whole = canaries.find((other) => other.value.endsWith(`.${value}`));
  const encoded = canaries.find((other) => Buffer.from(other.value).toString("base64") === value);
  return (whole ?? encoded)?.value ?? value;
}
