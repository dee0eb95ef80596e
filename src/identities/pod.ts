import type { Secret } from "../core/secret.ts";
import type { Milliseconds } from "../core/time.ts";
import { quoteUntrusted } from "../errors/error-line.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { isJsonObject, type JsonObject } from "../formats/json.ts";
import { readJwtAudiences, readJwtClaims, readJwtExpiry } from "../formats/jwt.ts";
import type { CredentialRequest } from "../protocol/request.ts";

/**
 * The pod that an image is pulled for: its ServiceAccount token and the token's claims. The signature is not verified here, so
 * claims may only lead to a refusal; the cloud that exchanges the token verifies it.
 */
export interface Pod {
  readonly token: Secret;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly issuer: string | undefined;
  /** UID of the ServiceAccount: it changes if the ServiceAccount is recreated. Undefined if the token does not state it. */
  readonly uid: string | undefined;
  readonly audiences: readonly string[];
  /** Wall clock. */
  readonly expiresAt: Milliseconds;
  readonly annotations: Readonly<Record<string, string>>;
}

/** `system:serviceaccount:NAMESPACE:NAME` (Kubernetes "Managing Service Accounts"), with names of RFC 1123. */
const SUBJECT =
  /^system:serviceaccount:([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?):([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)$/;

/**
 * Returns the pod of the request's token, if there is one. An expired token is refused even if only the node's
 * identity is used.
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
  const pod = {
    token,
    namespace,
    serviceAccount,
    issuer: readText(claims, "iss"),
    uid: readUid(claims),
    audiences: readJwtAudiences(token),
    expiresAt,
    annotations,
  };
  if (expiresAt <= now) throw new ProviderError("pod-token-expired", { identity: formatServiceAccount(pod) });
  return pod;
}

/** Reads the claim that API servers add to bound tokens (Kubernetes `pkg/serviceaccount/claims.go`). */
function readUid(claims: JsonObject | undefined): string | undefined {
  const kubernetes = claims?.["kubernetes.io"];
  const serviceAccount = isJsonObject(kubernetes) ? kubernetes["serviceaccount"] : undefined;
  return isJsonObject(serviceAccount) ? readText(serviceAccount, "uid") : undefined;
}

function readText(claims: JsonObject | undefined, name: string): string | undefined {
  const claim = claims?.[name];
  return typeof claim === "string" && claim !== "" ? claim : undefined;
}

/** Returns `ServiceAccount NAMESPACE/NAME`, for messages. */
export function formatServiceAccount({
  namespace,
  serviceAccount,
}: Pick<Pod, "namespace" | "serviceAccount">): string {
  return `ServiceAccount ${namespace}/${serviceAccount}`;
}

/**
 * Checks, before any network request, that the token has one of the audiences.
 *
 * @throws ProviderError `pod-token-wrong-audience`
 */
export function requireTokenAudience(pod: Pod, accepted: readonly string[]): void {
  if (accepted.some((audience) => pod.audiences.includes(audience))) return;
  const actual = pod.audiences.map(quoteUntrusted).join(", ") || "none";
  throw new ProviderError("pod-token-wrong-audience", {
    detail: `expected ${accepted.map(quoteUntrusted).join(" or ")}, got ${actual}`,
    identity: formatServiceAccount(pod),
  });
}
