import { ProviderError } from "./errors.ts";
import type { CredentialRequest } from "./protocol/request.ts";
import type { Secret } from "./secret.ts";

/** Who asks for the login. No function turns one kind into the other: a pod never becomes its node in silence. */
export type Identity =
  | { readonly kind: "pod"; readonly token: Secret; readonly annotations: Readonly<Record<string, string>> }
  | { readonly kind: "node" };

/** A request that carries a token is a pod's; any other is the node's. */
export function identityFor(request: CredentialRequest): Identity {
  if (request.serviceAccountToken === undefined) return { kind: "node" };
  return { kind: "pod", token: request.serviceAccountToken, annotations: request.serviceAccountAnnotations };
}

/** Registries that only know the node's identity call this first. Throws `pod-identity-unsupported`. */
export function requireNode(identity: Identity): void {
  if (identity.kind === "pod") throw new ProviderError("pod-identity-unsupported");
}
