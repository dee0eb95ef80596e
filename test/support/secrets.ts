import type { Cloud, RecordedRequest } from "../cloud/cloud.ts";
import type { Canary } from "../kubelet/canaries.ts";
import type { Contact } from "../kubelet/invariants.ts";

/** Which services may be shown a secret; the proxy's own login never reaches a service. */
type Audience = (service: string, host: string) => boolean;

const AUDIENCES: readonly (readonly [secret: RegExp, audience: Audience])[] = [
  [/-imdsv2-/, (service) => service === "imds"],
  [/-arc-key-/, (service) => service === "azure-arc"],
  [/-aws-session-|^A[SK]IA/, (service) => ["ecr", "ecr-public", "sts"].includes(service)],
  [/-entra-secret-/, (service) => service === "entra"],
  [/^eyJ/, (service, host) => mayHaveToken(service, host)],
];

/** Every JWT here is an Entra token or a ServiceAccount's: one for the registry, one for whoever exchanges it. */
const mayHaveToken = (service: string, host: string): boolean =>
  (service === "acr" && /\.azurecr\.(io|cn|us)$/.test(host)) || ["sts", "container"].includes(service);

/** The cloud's secrets under names that say nothing of them. */
export function canariesOf({ canaries }: Cloud): readonly Canary[] {
  return canaries.map((value, index) => ({ name: `secret ${index}`, value }));
}

/** What of them may stand in an answer with this password: all that it is made of. */
export function answeredBy(password: string | undefined, canaries: readonly Canary[]): readonly string[] {
  if (password === undefined) return [];
  const isPart = ({ value }: Canary) => password.includes(value) || password.includes(value.slice(0, 12));
  return canaries.filter(isPart).map(({ name }) => name);
}

/** The host of the handshake; of metadata, which has no name of its own, the service. */
export const placeOf = ({ sni, service }: RecordedRequest): string => sni ?? service;

/** Who was reached since the cloud's `from`th request, and with which secrets that they should not have seen. */
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
  return meant.some(([, audience]) => audience(request.service, request.sni ?? ""));
}

/** A signature stands for its token, base64 for what it encodes. */
function plainOf(value: string, canaries: readonly Canary[]): string {
  const whole = canaries.find((other) => other.value.endsWith(`.${value}`));
  const encoded = canaries.find((other) => Buffer.from(other.value).toString("base64") === value);
  return (whole ?? encoded)?.value ?? value;
}
