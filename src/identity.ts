import { ProviderError } from "./errors.ts";
import type { CredentialRequest } from "./protocol/request.ts";
import type { Secret } from "./secret.ts";

/** Who asks for the login. No function turns one kind into the other: a pod never becomes its node in silence. */
export type Identity =
  | { readonly kind: "pod"; readonly token: Secret; readonly annotations: Readonly<Record<string, string>> }
  | NodeIdentity;

/** The node's own; where it has several in Azure, the operator's azure.json says which. */
export interface NodeIdentity {
  readonly kind: "node";
  readonly azureConfigPath?: string | undefined;
}

/** A request that carries a token is a pod's; any other is the node's. */
export function identityFor(request: CredentialRequest, azureConfigPath: string | undefined): Identity {
  if (request.serviceAccountToken === undefined) return { kind: "node", azureConfigPath };
  return { kind: "pod", token: request.serviceAccountToken, annotations: request.serviceAccountAnnotations };
}

/** Registries that only know the node's identity call this first. Throws `pod-identity-unsupported`. */
export function requireNode(identity: Identity): NodeIdentity {
  if (identity.kind === "node") return identity;
  throw new ProviderError("pod-identity-unsupported");
}
