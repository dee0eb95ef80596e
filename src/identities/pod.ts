import type { Secret } from "../core/secret.ts";
import type { Milliseconds } from "../core/time.ts";
import { quoteUntrusted } from "../errors/error-line.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { isJsonObject, type JsonObject } from "../formats/json.ts";
import { readJwtAudiences, readJwtClaims, readJwtExpiry } from "../formats/jwt.ts";
import type { CredentialRequest } from "../protocol/request.ts";

/**
 * A pod that asks: its ServiceAccount's token and what that says of itself. The signature is not checked here, so a claim
 * only ever refuses; whoever exchanges the token checks it.
 */
export interface Pod {
  readonly token: Secret;
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Who signed the token, as it says. */
  readonly issuer: string | undefined;
  /** Of the ServiceAccount: another where one of the same name was made anew. Undefined where the token does not say. */
  readonly uid: string | undefined;
  readonly audiences: readonly string[];
  /** Wall clock. */
  readonly expiresAt: Milliseconds;
  readonly annotations: Readonly<Record<string, string>>;
}

/** `system:serviceaccount:NAMESPACE:NAME` (Kubernetes "Managing Service Accounts"); names are RFC 1123's. */
const SUBJECT =
  /^system:serviceaccount:([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?):([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)$/;

/**
 * The pod whose token the request carries, if it does. Whatever the token is then used for, if only to say who asks, it is in
 * force.
 *
 * @throws ProviderError `pod-token-malformed`, `pod-token-expired`; the token is never quoted
 */
export function parsePod(request: CredentialRequest, now: Milliseconds): Pod | undefined {
  const { serviceAccountToken: token, serviceAccountAnnotations: annotations } = request;
  if (token === undefined) return undefined;
  const claims = readJwtClaims(token);
  const sub = claims?.["sub"];
  const [, namespace, serviceAccount] = typeof sub === "string" ? (SUBJECT.exec(sub) ?? []) : [];
  const expiresAt = readJwtExpiry(token);
  if (namespace === undefined || serviceAccount === undefined || expiresAt === undefined)
    throw new ProviderError("pod-token-malformed");
  const told = { issuer: textIn(claims, "iss"), uid: uidIn(claims), audiences: readJwtAudiences(token) };
  const pod = { token, namespace, serviceAccount, ...told, expiresAt, annotations };
  if (expiresAt <= now) throw new ProviderError("pod-token-expired", { identity: formatServiceAccount(pod) });
  return pod;
}

/** As API servers have it in the tokens that they bind (Kubernetes `pkg/serviceaccount/claims.go`). */
function uidIn(claims: JsonObject | undefined): string | undefined {
  const own = claims?.["kubernetes.io"];
  const account = isJsonObject(own) ? own["serviceaccount"] : undefined;
  return isJsonObject(account) ? textIn(account, "uid") : undefined;
}

function textIn(claims: JsonObject | undefined, name: string): string | undefined {
  const claim = claims?.[name];
  return typeof claim === "string" && claim !== "" ? claim : undefined;
}

/** `ServiceAccount NAMESPACE/NAME`, for messages. */
export function formatServiceAccount({ namespace, serviceAccount }: Pod): string {
  return `ServiceAccount ${namespace}/${serviceAccount}`;
}

/**
 * Before anybody is asked: whether the token is for one of these audiences.
 *
 * @param wanted none: whatever it is for
 * @throws ProviderError `pod-token-wrong-audience`
 */
export function requireTokenAudience(pod: Pod, wanted: readonly string[]): void {
  if (wanted.length === 0 || wanted.some((audience) => pod.audiences.includes(audience))) return;
  const came = pod.audiences.map(quoteUntrusted).join(", ") || "none";
  throw new ProviderError("pod-token-wrong-audience", {
    detail: `${wanted.map(quoteUntrusted).join(" or ")} is wanted, and ${came} came`,
    identity: formatServiceAccount(pod),
  });
}
