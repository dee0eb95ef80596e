import { ProviderError } from "../errors.ts";
import { quoted } from "../last-words.ts";
import type { CredentialRequest } from "../protocol/request.ts";
import type { Secret } from "../secret.ts";
import { type Milliseconds, SECOND } from "../time.ts";

/**
 * A pod that asks: its ServiceAccount's token and what that says of itself. The signature is not checked here, so a claim
 * only ever refuses; whoever exchanges the token checks it.
 */
export interface Pod {
  readonly token: Secret;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audiences: readonly string[];
  /** Wall clock. */
  readonly expiresAt: Milliseconds;
  readonly annotations: Readonly<Record<string, string>>;
}

/** `system:serviceaccount:NAMESPACE:NAME` (Kubernetes "Managing Service Accounts"); names are RFC 1123's. */
const SUBJECT =
  /^system:serviceaccount:([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?):([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)$/;

/**
 * The pod whose token the request carries, if it does.
 *
 * @throws ProviderError `pod-token-malformed`; the token is never quoted
 */
export function podOf(request: CredentialRequest): Pod | undefined {
  const { serviceAccountToken: token, serviceAccountAnnotations: annotations } = request;
  if (token === undefined) return undefined;
  const { sub, exp, aud } = claimsOf(token) ?? {};
  const [, namespace, serviceAccount] = typeof sub === "string" ? (SUBJECT.exec(sub) ?? []) : [];
  if (namespace === undefined || serviceAccount === undefined || !isTime(exp)) {
    throw new ProviderError("pod-token-malformed");
  }
  const expiresAt = exp * SECOND;
  return { token, namespace, serviceAccount, audiences: audiencesOf(aud), expiresAt, annotations };
}

/** JSON has numbers that are read as infinite. */
function isTime(exp: unknown): exp is number {
  return typeof exp === "number" && Number.isFinite(exp);
}

/** Letters. Those of API servers have about a thousand. */
const MAX_TOKEN = 64 * 1024;

/** What a JWT says, its signature unchecked; undefined where it is none. */
export function claimsOf(jwt: Secret): Readonly<Record<string, unknown>> | undefined {
  const text = jwt.expose();
  const parts = text.length > MAX_TOKEN ? [] : text.split(".");
  if (parts.length !== 3 || !parts.every((part) => /^[\w-]+$/.test(part))) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? "", "base64url").toString("utf8"));
    return typeof claims === "object" && claims !== null ? { ...claims } : undefined;
  } catch {
    return undefined;
  }
}

export function audiencesOf(aud: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return all.filter((one) => typeof one === "string");
}

/** `ServiceAccount NAMESPACE/NAME`, for messages. */
export function nameOf({ namespace, serviceAccount }: Pod): string {
  return `ServiceAccount ${namespace}/${serviceAccount}`;
}

/**
 * Before anybody is asked: whether the token is in force, and for one of these audiences.
 *
 * @throws ProviderError `pod-token-expired` or `pod-token-audience`
 */
export function requireUsable(pod: Pod, wanted: readonly string[], now: Milliseconds): void {
  if (pod.expiresAt <= now) throw new ProviderError("pod-token-expired", { identity: nameOf(pod) });
  if (wanted.length === 0 || wanted.some((audience) => pod.audiences.includes(audience))) return;
  const came = pod.audiences.map(quoted).join(", ") || "none";
  throw new ProviderError("pod-token-audience", {
    detail: `${wanted.map(quoted).join(" or ")} is wanted, and ${came} came`,
    identity: nameOf(pod),
  });
}
